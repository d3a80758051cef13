import { createHmac, timingSafeEqual } from 'node:crypto';
import { parseBasicDate } from './dates.js';
import type { Query } from './query.js';
import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';
import { withoutSecrets } from './secret-values.js';
import { spacedHex } from './spaced-hex.js';

/**
 * Signature Version 2, of old clients
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html): a HMAC-SHA1 over a few of the request's
 * parts, base64, in `Authorization: AWS <key id>:<signature>` or in the query.
 */
export interface Version2Claim {
  version: 2;
  kind: 'header' | 'query';
  accessKeyId: string;
  /** Base64, as sent. */
  signature: string;
  /** What stands on the line of the date: empty when `x-amz-date` is signed anyway, seconds when it is in the query. */
  date: string;
}

/** The parts of a request that Version 2 signs. */
export interface Version2Request {
  method: string;
  /** Raw, as sent. */
  path: string;
  query: Query;
  headers: RequestHeaders;
  /** The bucket that the host names, which then is not in the path. */
  hostBucket?: string | undefined;
}

const maxSkewMs = 15 * 60 * 1000;

/**
 * Parameters that are part of the resource. All that chooses an operation is among them, whether or not AWS's list is so
 * long: a signature for one operation must not be good for another.
 */
const resourceParameters = new Set([
  ...['abac', 'accelerate', 'acl', 'analytics', 'append', 'attributes', 'cors', 'defaultObjectAcl', 'delete'],
  ...['encryption', 'intelligent-tiering', 'inventory', 'legal-hold', 'lifecycle', 'location', 'logging', 'metrics'],
  ...['notification', 'object-lock', 'ownershipControls', 'partNumber', 'policy', 'policyStatus', 'publicAccessBlock'],
  ...['renameObject', 'replication', 'requestPayment', 'restore', 'retention', 'select', 'select-type', 'session'],
  ...['storageClass', 'tagging', 'torrent', 'uploadId', 'uploads', 'versionId', 'versioning', 'versions', 'website'],
  ...['response-cache-control', 'response-content-disposition', 'response-content-encoding'],
  ...['response-content-language', 'response-content-type', 'response-expires'],
]);

/** True for an Authorization header of Version 2. */
export function isVersion2Header(authorization: string): boolean {
  return authorization.startsWith('AWS ');
}

/** True for a query with the parameters of Version 2. */
export function isVersion2Query(query: Query): boolean {
  return query.has('AWSAccessKeyId') || query.has('Signature');
}

/** Reads a claim and checks its time; throws what AWS answers to one that is malformed, too old or too early. */
export function readVersion2Claim(request: Version2Request, now: number): Version2Claim {
  const authorization = request.headers.values.authorization;
  return authorization === undefined || authorization === ''
    ? queryClaim(request.query, now)
    : headerClaim(request, authorization, now);
}

/** Throws SignatureDoesNotMatch unless the claim's signature is the request's under this secret. */
export function verifyVersion2(request: Version2Request, claim: Version2Claim, secret: string): void {
  const texts = pathsOf(request).map((path) => stringToSign(request, claim, path));
  if (!texts.some((each) => isVersion2Signature(each, claim.signature, secret))) {
    const text = stringToSign(withoutSecrets(request), claim, request.path);
    throw s3Error('SignatureDoesNotMatch', undefined, {
      AWSAccessKeyId: claim.accessKeyId,
      StringToSign: text,
      SignatureProvided: claim.signature,
      StringToSignBytes: spacedHex(text),
    });
  }
}

/** A bucket is signed as it stands in the path, or with a slash behind it, as boto does; S3 takes either. */
function pathsOf({ path, hostBucket }: Version2Request): string[] {
  const isBucket = hostBucket === undefined && path.length > 1 && path.indexOf('/', 1) < 0;
  return isBucket ? [path, `${path}/`] : [path];
}

/** Compares in constant time. */
export function isVersion2Signature(text: string, signature: string, secret: string): boolean {
  const expected = createHmac('sha1', secret).update(Buffer.from(text, 'latin1')).digest();
  const sent = Buffer.from(signature, 'base64');
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}

function headerClaim(request: Version2Request, authorization: string, now: number): Version2Claim {
  const [, accessKeyId, signature] = /^AWS ([^\s:]+):(\S+)$/.exec(authorization) ?? [];
  if (accessKeyId === undefined || signature === undefined) {
    throw s3Error('InvalidArgument', 'AWS authorization header is invalid. Expected AwsAccessKeyId:signature', {
      ArgumentName: 'Authorization',
      ArgumentValue: authorization,
    });
  }
  const { values } = request.headers;
  const amzDate = values['x-amz-date'];
  const at = timeOf(amzDate ?? values.date);
  // Before 1970 there was nobody to sign anything: AWS takes such a date for none.
  if (at === undefined || at < 0) {
    throw s3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  if (Math.abs(at - now) > maxSkewMs) {
    throw s3Error('RequestTimeTooSkewed', undefined, {
      RequestTime: amzDate ?? values.date ?? '',
      ServerTime: new Date(now).toISOString(),
      MaxAllowedSkewMilliseconds: maxSkewMs,
    });
  }
  return { version: 2, kind: 'header', accessKeyId, signature, date: amzDate === undefined ? (values.date ?? '') : '' };
}

function queryClaim(query: Query, now: number): Version2Claim {
  const accessKeyId = query.get('AWSAccessKeyId');
  const signature = query.get('Signature');
  const expires = query.get('Expires');
  if (!accessKeyId || !signature || !expires) {
    throw s3Error(
      'AccessDenied',
      'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
    );
  }
  if (!/^\d{1,12}$/.test(expires)) {
    throw s3Error('AccessDenied', `Invalid date (should be seconds since epoch): ${expires}`);
  }
  if (Number(expires) * 1000 < now) {
    throw s3Error('AccessDenied', 'Request has expired', {
      Expires: new Date(Number(expires) * 1000).toISOString(),
      ServerTime: new Date(now).toISOString(),
    });
  }
  return { version: 2, kind: 'query', accessKeyId, signature, date: expires };
}

function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const at = parseBasicDate(text) ?? Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

function stringToSign(request: Version2Request, { date }: Version2Claim, path: string): string {
  const { headers, query } = request;
  const line = (name: string) => headers.values[name] ?? latin1(query.get(name)) ?? '';
  return [
    request.method,
    line('content-md5'),
    line('content-type'),
    date,
    canonicalHeaders(headers, query) + canonicalResource({ ...request, path }),
  ].join('\n');
}

/** Presigners of Version 2 put `x-amz-*` headers into the query, and sign them as headers. */
function canonicalHeaders({ values, amzNames }: RequestHeaders, { parameters }: Query): string {
  const lines = new Map(amzNames.map((name) => [name, values[name] ?? '']));
  for (const { name, value } of parameters) {
    const lower = name.toLowerCase();
    if (lower.startsWith('x-amz-') && !lines.has(lower)) {
      lines.set(lower, latin1(value) ?? '');
    }
  }
  return [...lines.keys()]
    .sort()
    .map((name) => `${name}:${lines.get(name)?.trim()}\n`)
    .join('');
}

function canonicalResource({ path, query, hostBucket }: Version2Request): string {
  const signed = query.parameters
    .filter(({ name }) => resourceParameters.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, value }) => (value === '' ? name : `${name}=${latin1(value)}`));
  const resource = hostBucket === undefined ? path : `/${hostBucket}${path}`;
  return signed.length === 0 ? resource : `${resource}?${signed.join('&')}`;
}

/** Header text has one char for each byte, and so has all that is signed. */
function latin1(text: string): string;
function latin1(text: string | undefined): string | undefined;
function latin1(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text).toString('latin1');
}
