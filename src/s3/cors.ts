import { readUploadLink } from '../auth/upload-link.js';
import { anonymousCaller } from '../operations/access/anonymous-caller.js';
import {
  type CorsMatch,
  type CorsQuestion,
  type CorsRule,
  corsMethods,
  isHeaderName,
  matchCors,
} from '../operations/buckets/cors-rules.js';
import type { Granary } from '../operations/context.js';
import { type Answer, emptyAnswer, type S3Request, uploadLinkParameter } from './exchange.js';
import { s3Error } from './protocol/s3-error.js';

const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/**
 * What an answer says to a browser that asks for a page of another origin: nothing when the bucket has no CORS rules.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 */
export async function corsHeaders(granary: Granary, request: S3Request): Promise<string[]> {
  const { origin } = request.headers.values;
  if (origin === undefined || request.resource.bucket === '' || request.method === 'OPTIONS') {
    return [];
  }
  const rules = await rulesOf(granary, request);
  if (rules === undefined) {
    return [];
  }
  // Whoever names a method asks about that one, in a preflight or not.
  const method = request.headers.values['access-control-request-method'] ?? request.method;
  const match = matchCors(rules, { origin, method, headers: [] });
  return match === undefined ? ['Vary', vary] : describe(match, []);
}

/** Answers a browser that asks before it sends a request for a page of another origin. */
export async function preflight(granary: Granary, request: S3Request): Promise<Answer> {
  const { values } = request.headers;
  const asked = values['access-control-request-method'];
  if (!values.origin) {
    throw s3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  }
  const method = corsMethods.find((known) => known === asked);
  if (method === undefined) {
    throw s3Error('BadRequest', `Invalid Access-Control-Request-Method: ${asked ?? 'null'}`);
  }
  const headers = (values['access-control-request-headers'] ?? '')
    .split(',')
    .map((header) => header.trim())
    .filter((header) => header !== '');
  const unreadable = headers.find((header) => !isHeaderName(header));
  if (unreadable !== undefined) {
    throw s3Error('BadRequest', `Access-Control-Request-Headers "${unreadable}" contains invalid character.`);
  }
  const facts = { Method: method, ResourceType: request.resource.key === '' ? 'BUCKET' : 'OBJECT' };
  const rules = request.resource.bucket === '' ? undefined : await rulesOf(granary, request);
  // A bucket that is not there answers the same, for the question comes without credentials.
  if (rules === undefined) {
    throw s3Error('AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.', facts);
  }
  const question: CorsQuestion = { origin: values.origin, method, headers: headers.map((name) => name.toLowerCase()) };
  const match = matchCors(rules, question);
  if (match === undefined) {
    throw s3Error('AccessForbidden', undefined, facts);
  }
  return emptyAnswer(describe(match, question.headers), 200);
}

function describe({ rule, origin }: CorsMatch, asked: readonly string[]): string[] {
  return [
    ...['Access-Control-Allow-Origin', origin],
    ...['Access-Control-Allow-Methods', rule.allowedMethods.join(', ')],
    ...(asked.length === 0 ? [] : ['Access-Control-Allow-Headers', asked.join(', ')]),
    ...(rule.exposeHeaders.length === 0 ? [] : ['Access-Control-Expose-Headers', rule.exposeHeaders.join(', ')]),
    ...(rule.maxAgeSeconds === undefined ? [] : ['Access-Control-Max-Age', String(rule.maxAgeSeconds)]),
    ...(origin === '*' ? [] : ['Access-Control-Allow-Credentials', 'true']),
    ...['Vary', vary],
  ];
}

/**
 * A link to a part is all that it takes to send it, and brings no cookie into play: a page that was given one may use it
 * wherever it comes from, also where the bucket has no rules.
 */
const ruleOfUploadLinks: CorsRule = {
  allowedOrigins: ['*'],
  allowedMethods: ['PUT'],
  allowedHeaders: ['*'],
  exposeHeaders: ['ETag', 'x-amz-request-id', 'x-amz-checksum-sha256', 'x-amz-checksum-crc32'],
  maxAgeSeconds: 3600,
};

function hasUploadLink(granary: Granary, { query }: S3Request): boolean {
  const token = query.get(uploadLinkParameter);
  return token !== undefined && readUploadLink(granary.secretBox, token) !== undefined;
}

async function rulesOf(granary: Granary, request: S3Request) {
  const { tenant, bucket } = request.resource;
  const found = await granary.buckets.find(tenant ?? (await tenantOf(granary, request)), bucket);
  const rules = found?.configuration.cors;
  return hasUploadLink(granary, request) ? [...(rules ?? []), ruleOfUploadLinks] : rules;
}

/**
 * Whose bucket names they are: those of the tenant whose key the request names. Whether the key's owner sent it does not
 * matter here, for a browser asks before it signs, and errors have the headers as well.
 */
async function tenantOf(granary: Granary, { headers, query }: S3Request): Promise<string> {
  const { authorization = '' } = headers.values;
  const accessKeyId =
    /Credential=([^/,\s]+)\//.exec(authorization)?.[1] ??
    /^AWS ([^:\s]+):/.exec(authorization)?.[1] ??
    query.get('X-Amz-Credential')?.split('/', 1)[0] ??
    query.get('AWSAccessKeyId');
  const found = accessKeyId === undefined ? undefined : await granary.credentials.findAccessKey(accessKeyId);
  return (found?.caller ?? (await anonymousCaller(granary))).tenantName;
}
