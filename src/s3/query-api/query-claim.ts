import { hash } from 'node:crypto';
import type { GranaryError } from '../../errors.js';
import {
  type CredentialScope,
  type SentCredential,
  type Service,
  splitCredential,
} from '../protocol/credential-scope.js';
import { formatBasicDate, parseBasicDate } from '../protocol/dates.js';
import type { SignatureClaim, SignedRequest } from '../protocol/sigv4.js';
import { queryError } from './query-error.js';

const algorithm = 'AWS4-HMAC-SHA256';
const skewMinutes = 15;
const components = ['Credential', 'SignedHeaders', 'Signature'] as const;
const queryParameters = ['X-Amz-Credential', 'X-Amz-Date', 'X-Amz-SignedHeaders', 'X-Amz-Signature'] as const;

/** What the server accepts, and its clock. */
export interface QueryClaimRules {
  /** Where the server says it is; `us-east-1`, and none at all, are accepted beside it. */
  readonly region: string;
  readonly service: Service;
  readonly now: number;
  /** The SHA-256 of the body as it came: whatever a header says of it, that is what is signed. */
  readonly payloadHash: string;
}

/**
 * Finds the signature of a request to STS or IAM and checks all that needs no secret. It differs from S3's in more than
 * its errors: nothing but the host must be signed beside the body, as no other header has a meaning here, and one in the
 * query is good for a quarter of an hour unless it says otherwise. Undefined for a request that nobody signed.
 */
export function readQueryClaim(request: SignedRequest, rules: QueryClaimRules): SignatureClaim | undefined {
  const authorization = request.headers.values.authorization || undefined;
  const claim = authorization === undefined ? queryClaim(request, rules) : headerClaim(request, authorization, rules);
  if (claim !== undefined && !claim.signedHeaders.split(';').includes('host')) {
    throw mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  return claim;
}

function headerClaim(
  request: SignedRequest,
  authorization: string,
  rules: QueryClaimRules,
): SignatureClaim | undefined {
  if (authorization.startsWith('AWS ')) {
    throw incomplete('AWS Signature Version 2 is not supported.');
  }
  if (!authorization.startsWith(`${algorithm} `)) {
    return undefined;
  }
  const { Credential: credential, SignedHeaders: signedHeaders, Signature: signature } = partsOf(authorization);
  const scope = scopeOf(credential);
  const timestamp = headerTimestamp(request, authorization);
  requireScope(scope, timestamp, rules);
  requireCurrent(timestamp, skewMinutes * 60, rules.now);
  const { payloadHash } = rules;
  return { version: 4, kind: 'header', scope: ours(scope, rules), timestamp, signedHeaders, signature, payloadHash };
}

function queryClaim({ query }: SignedRequest, rules: QueryClaimRules): SignatureClaim | undefined {
  if (query.get('X-Amz-Algorithm') !== algorithm) {
    return undefined;
  }
  const [credential = '', timestamp = '', signedHeaders = '', signature = ''] = queryParameters.map((name) => {
    const value = query.get(name);
    if (!value) {
      throw incomplete(`AWS query-string parameters must include '${name}'. Re-examine the query-string parameters.`);
    }
    return value;
  });
  const scope = scopeOf(credential);
  requireBasicDate(timestamp);
  requireScope(scope, timestamp, rules);
  const expires = query.get('X-Amz-Expires');
  const seconds = expires !== undefined && /^\d{1,6}$/.test(expires) ? Number(expires) : skewMinutes * 60;
  requireCurrent(timestamp, Math.min(seconds, 604_800), rules.now);
  const { payloadHash } = rules;
  return { version: 4, kind: 'query', scope: ours(scope, rules), timestamp, signedHeaders, signature, payloadHash };
}

function partsOf(authorization: string): Record<(typeof components)[number], string> {
  const parts = new Map<string, string>();
  for (const piece of authorization.slice(algorithm.length).split(',')) {
    const text = piece.trim();
    const equals = text.indexOf('=');
    const name = text.slice(0, Math.max(equals, 0));
    // Two headers arrive as one, joined by a comma: which of them counts must not be a matter of taste.
    if (equals < 1 || parts.has(name)) {
      throw incomplete(`Authorization component "${text}" is malformed.`);
    }
    parts.set(name, text.slice(equals + 1));
  }
  const [Credential = '', SignedHeaders = '', Signature = ''] = components.map((name) => {
    const value = parts.get(name);
    if (!value) {
      throw incomplete(`Authorization header requires '${name}' parameter. ${digestOf(authorization)}`);
    }
    return value;
  });
  return { Credential, SignedHeaders, Signature };
}

function scopeOf(credential: string): SentCredential {
  const sent = splitCredential(credential);
  if (!sent?.date || !sent.service || !sent.terminator) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
    );
  }
  return sent;
}

/** Clients that were told no region leave it empty, and mean the one that both services are in. */
function requireScope(scope: SentCredential, timestamp: string, { region, service }: QueryClaimRules): void {
  if (scope.terminator !== 'aws4_request') {
    throw mismatch("Credential should be scoped with a valid terminator: 'aws4_request'.");
  }
  if (scope.service !== service) {
    throw mismatch(`Credential should be scoped to correct service: '${service}'.`);
  }
  if (![region, 'us-east-1', ''].includes(scope.region)) {
    throw mismatch('Credential should be scoped to a valid region. ');
  }
  if (timestamp.slice(0, 8) !== scope.date) {
    throw mismatch('Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.');
  }
}

function ours({ accessKeyId, date, region }: SentCredential, { service }: QueryClaimRules): CredentialScope {
  return { accessKeyId, date, region, service };
}

function headerTimestamp({ headers }: SignedRequest, authorization: string): string {
  const sent = headers.values['x-amz-date'] || undefined;
  if (sent !== undefined) {
    requireBasicDate(sent);
    return sent;
  }
  const date = Date.parse(headers.values.date ?? '');
  if (Number.isNaN(date)) {
    throw incomplete(
      `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ${digestOf(authorization)}`,
    );
  }
  return formatBasicDate(date);
}

function requireBasicDate(timestamp: string): void {
  if (parseBasicDate(timestamp) === undefined) {
    throw incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${timestamp}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
}

function requireCurrent(timestamp: string, seconds: number, now: number): void {
  const signedAt = parseBasicDate(timestamp) ?? Number.NaN;
  const skew = skewMinutes * 60_000;
  if (signedAt - now > skew) {
    const limit = formatBasicDate(now + skew);
    const sum = `${formatBasicDate(now)} + ${skewMinutes} min.`;
    throw mismatch(`Signature not yet current: ${timestamp} is still later than ${limit} (${sum})`);
  }
  if (now - signedAt > seconds * 1000) {
    const limit = formatBasicDate(now - seconds * 1000);
    const sum = `${formatBasicDate(now)} - ${Math.round(seconds / 60)} min.`;
    throw mismatch(`Signature expired: ${timestamp} is now earlier than ${limit} (${sum})`);
  }
}

/** So that its sender can tell which header is meant, and nobody can read it. */
function digestOf(authorization: string): string {
  return `(Hashed with SHA-256 and encoded with Base64) Authorization=${hash('sha256', authorization, 'base64')}`;
}

function incomplete(message: string): GranaryError {
  return queryError('IncompleteSignature', message);
}

function mismatch(message: string): GranaryError {
  return queryError('SignatureDoesNotMatch', message);
}
