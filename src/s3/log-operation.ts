import type { S3Request } from './exchange.js';
import { selectors } from './router.js';

/** What access logs call what is asked of a bucket, by the sub-resource; others are called as it is, in capitals. */
const ofBuckets: Readonly<Record<string, string>> = {
  '': 'BUCKET',
  delete: 'MULTI_OBJECT_DELETE',
  logging: 'LOGGING_STATUS',
  'object-lock': 'OBJECT_LOCK_CONFIGURATION',
  ownershipControls: 'OWNERSHIP_CONTROLS',
  policy: 'BUCKETPOLICY',
  policyStatus: 'BUCKETPOLICY_STATUS',
  publicAccessBlock: 'PUBLIC_ACCESS_BLOCK',
  requestPayment: 'REQUEST_PAYMENT',
  versions: 'BUCKETVERSIONS',
};

const ofObjects: Readonly<Record<string, string>> = {
  '': 'OBJECT',
  acl: 'ACL',
  attributes: 'OBJECT_ATTRIBUTES',
  'legal-hold': 'OBJECT_LOCK_LEGALHOLD',
  renameObject: 'OBJECT',
  retention: 'OBJECT_LOCK_RETENTION',
  tagging: 'OBJECT_TAGGING',
  uploadId: 'UPLOAD',
  uploads: 'UPLOADS',
};

/** The field "Operation" of https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
export function logOperation(request: S3Request): string {
  const { method, resource, notes } = request;
  if (notes.isSite) {
    return `WEBSITE.${method}.OBJECT`;
  }
  if (method === 'OPTIONS') {
    return 'REST.OPTIONS.PREFLIGHT';
  }
  const selector = selectorOf(request);
  if (method === 'POST' && resource.key === '' && selector === '') {
    return 'REST.POST.OBJECT';
  }
  const names = resource.key === '' ? ofBuckets : ofObjects;
  const name = Object.hasOwn(names, selector) ? names[selector] : selector.toUpperCase().replaceAll('-', '_');
  const isPart = selector === 'uploadId' && method === 'PUT';
  return `REST.${verbOf(request)}.${isPart ? 'PART' : name}`;
}

/** What a copy is in the log of its source's bucket; undefined for what copies nothing. */
export function logOperationOfSource(request: S3Request): string | undefined {
  const { method, resource } = request;
  if (method !== 'PUT' || resource.key === '') {
    return undefined;
  }
  const selector = selectorOf(request);
  return selector === '' ? 'REST.COPY.OBJECT_GET' : selector === 'uploadId' ? 'REST.COPY.PART_GET' : undefined;
}

function verbOf(request: S3Request): string {
  const selector = selectorOf(request);
  if (selector === 'renameObject') {
    return 'RENAME';
  }
  const isCopy = request.headers.values['x-amz-copy-source'] !== undefined;
  return isCopy && logOperationOfSource(request) !== undefined ? 'COPY' : request.method;
}

function selectorOf({ query }: S3Request): string {
  return query.parameters.find(({ name }) => selectors.has(name))?.name ?? '';
}
