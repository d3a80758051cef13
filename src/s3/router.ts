import type { S3Operation, S3Request } from './exchange.js';
import { s3Error } from './protocol/s3-error.js';
import { bucketRoutes, type Method, objectRoutes, type Routes, serviceRoutes } from './routes.js';

/** Sub-resources that S3 has and this server has not, where they may come with a value. */
const missing = new Set([
  'abac',
  'append',
  'metadataConfiguration',
  'metadataInventoryTable',
  'metadataJournalTable',
  'metadataTable',
  'restore',
  'select',
  'select-type',
  'session',
  'torrent',
]);

/** Sub-resources that choose an operation. */
export const selectors: ReadonlySet<string> = new Set([
  'website',
  'policyStatus',
  'acl',
  'renameObject',
  'attributes',
  'accelerate',
  'analytics',
  'intelligent-tiering',
  'inventory',
  'metrics',
  'cors',
  'ownershipControls',
  'publicAccessBlock',
  'requestPayment',
  'delete',
  'encryption',
  'legal-hold',
  'lifecycle',
  'location',
  'logging',
  'notification',
  'object-lock',
  'policy',
  'replication',
  'retention',
  'tagging',
  'uploadId',
  'uploads',
  'versioning',
  'versions',
]);

/** Sub-resources of which there are many: an id chooses one, and without it all are meant. */
const numerous = new Set(['analytics', 'intelligent-tiering', 'inventory', 'metrics']);

/** Parameters that belong to an operation or to the signature and may stand without a value. */
const parameters = new Set([
  'continuation-token',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'id',
  'key-marker',
  'list-type',
  'marker',
  'max-buckets',
  'max-keys',
  'max-parts',
  'max-uploads',
  'bucket-region',
  'part-number-marker',
  'partNumber',
  'prefix',
  'start-after',
  'upload-id-marker',
  'version-id-marker',
  'versionId',
  'x-id',
]);

/** The one operation that method, path and sub-resource mean. What is not there is said not to be, never guessed. */
export function route(request: S3Request): S3Operation {
  const { bucket, key } = request.resource;
  const routes = bucket === '' ? serviceRoutes : key === '' ? bucketRoutes : objectRoutes;
  const selector = request.query.parameters.length === 0 ? '' : selectorOf(request);
  const operations = Object.hasOwn(routes, request.method) ? routes[request.method as Method] : undefined;
  const operation = operations !== undefined && Object.hasOwn(operations, selector) ? operations[selector] : undefined;
  refuseCopySource(request, selector);
  if (operation === undefined) {
    throw unroutable(request, routes, selector);
  }
  return operation;
}

function selectorOf({ query }: S3Request): string {
  let selector = '';
  for (const { name, value } of query.parameters) {
    if (selectors.has(name)) {
      if (selector !== '' && selector !== name) {
        throw s3Error('InvalidArgument', `Conflicting query string parameters: ${selector}, ${name}`);
      }
      selector = name;
    } else if (missing.has(name) || (value === '' && !isParameter(name))) {
      // A bare name that nobody knows may be a sub-resource that S3 came to have.
      throw s3Error('NotImplemented', `The sub-resource "${name}" is not implemented.`);
    }
  }
  return numerous.has(selector) && query.has('id') ? `${selector}&id` : selector;
}

function isParameter(name: string): boolean {
  return parameters.has(name) || name.startsWith('response-') || name.toLowerCase().startsWith('x-amz-');
}

/** Of requests that copy nothing. */
function refuseCopySource({ method, headers }: S3Request, selector: string): void {
  const source = headers.values['x-amz-copy-source'];
  if (source !== undefined && method !== 'PUT' && (method !== 'POST' || selector === 'uploadId')) {
    throw s3Error('InvalidArgument', 'You can only specify a copy source header for copy requests.', {
      ArgumentName: 'x-amz-copy-source',
      ArgumentValue: source,
    });
  }
}

/** What GET has of buckets alone, with what S3 says when a key is named. */
const notOfKeys: ReadonlyMap<string, string> = new Map([
  ['uploads', 'Key is not expected for the GET method ?uploads subresource'],
  ['versions', 'There is no such thing as the ?versions sub-resource for a key'],
]);

function unroutable(request: S3Request, routes: Routes, selector: string): Error {
  const notOfKey = request.method === 'GET' && routes === objectRoutes ? notOfKeys.get(selector) : undefined;
  if (notOfKey !== undefined) {
    return s3Error('InvalidRequest', notOfKey);
  }
  const isKnown = selector === '' || Object.values(routes).some((operations) => Object.hasOwn(operations, selector));
  return isKnown
    ? s3Error('MethodNotAllowed', undefined, { Method: request.method, ResourceType: resourceType(request) })
    : s3Error('NotImplemented', `The sub-resource "${selector}" is not implemented here.`);
}

function resourceType({ resource }: S3Request): string {
  return resource.bucket === '' ? 'SERVICE' : resource.key === '' ? 'BUCKET' : 'OBJECT';
}
