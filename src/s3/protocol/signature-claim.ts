import { type CredentialScope, malformedHeader, parseCredential } from './credential-scope.js';
import { formatBasicDate, parseBasicDate } from './dates.js';
import { s3Error } from './s3-error.js';
import {
  isVersion2Header,
  isVersion2Query,
  readVersion2Claim,
  type Version2Claim,
  type Version2Request,
} from './sigv2.js';
import type { SignatureClaim, SignedRequest } from './sigv4.js';

const algorithm = 'AWS4-HMAC-SHA256';
const maxSkewMs = 15 * 60 * 1000;
const maxExpirySeconds = 604_800;

/** In the canonical request by its value, among the signed headers or not. */
const payloadHeader = 'x-amz-content-sha256';

/** What the server accepts, and its clock. */
export interface ClaimRules {
  /** Where the server says it is; `us-east-1` is accepted beside it. */
  region: string;
  now: number;
  /** Whether signatures of Version 2 are read. */
  version2: 'on' | 'off';
}

/**
 * Finds the signature of a request and checks all that needs no secret: its form, its place and its time. Undefined for
 * an anonymous request.
 */
export function readClaim(request: Version2Request, rules: ClaimRules): SignatureClaim | Version2Claim | undefined {
  const authorization = request.headers.values.authorization || undefined;
  const inQuery = request.query.parameters.length > 0 && hasQuerySignature(request);
  if (authorization === undefined && !inQuery) {
    return undefined;
  }
  if (authorization !== undefined && inQuery) {
    throw s3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      shownAuthorization(authorization),
    );
  }
  const isVersion2 = authorization === undefined ? isVersion2Query(request.query) : isVersion2Header(authorization);
  if (isVersion2 && rules.version2 === 'on') {
    return readVersion2Claim(request, rules.now);
  }
  const claim = authorization === undefined ? queryClaim(request, rules) : headerClaim(request, authorization, rules);
  requireSignedHeaders(request, claim);
  return claim;
}

/** Whether a request says that somebody signed it, rightly or not. */
export function showsSignature(request: Version2Request): boolean {
  return Boolean(request.headers.values.authorization) || hasQuerySignature(request);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html */
function headerClaim(request: SignedRequest, authorization: string, rules: ClaimRules): SignatureClaim {
  requireKnownMechanism(authorization);
  const { credential, signedHeaders, signature } = authorizationParts(authorization.slice(algorithm.length));
  const timestamp = headerTimestamp(request);
  const scope = parseCredential(credential, 'header', rules.region);
  if (!timestamp.startsWith(scope.date)) {
    throw malformedHeader('Invalid credential date. Date is not the same as X-Amz-Date.');
  }
  if (!(Math.abs(timeOf(timestamp) - rules.now) <= maxSkewMs)) {
    throw s3Error('RequestTimeTooSkewed', undefined, {
      RequestTime: timestamp,
      ServerTime: new Date(rules.now).toISOString(),
      MaxAllowedSkewMilliseconds: maxSkewMs,
    });
  }
  const payloadHash = request.headers.values[payloadHeader];
  if (payloadHash === undefined) {
    throw s3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return { version: 4, kind: 'header', scope, timestamp, signedHeaders, signature, payloadHash };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function queryClaim(request: SignedRequest, rules: ClaimRules): SignatureClaim {
  const { query } = request;
  if (query.get('X-Amz-Algorithm') !== algorithm) {
    throw query.has('X-Amz-Algorithm') ? unknownAlgorithm(query.get('X-Amz-Algorithm')) : unsupportedMechanism();
  }
  const credential = query.get('X-Amz-Credential');
  const timestamp = query.get('X-Amz-Date');
  const signedHeaders = query.get('X-Amz-SignedHeaders');
  const signature = query.get('X-Amz-Signature');
  if (!credential || !timestamp || !signedHeaders || !signature || !query.get('X-Amz-Expires')) {
    throw malformedQuery(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  const scope = parseCredential(credential, 'query', rules.region);
  const signedAt = parseBasicDate(timestamp);
  if (signedAt === undefined) {
    throw malformedQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  }
  requireScopeDate(scope, timestamp);
  requireCurrent(signedAt, parseExpiry(query.get('X-Amz-Expires') ?? ''), rules.now);
  const payloadHash = request.headers.values[payloadHeader] ?? query.get('X-Amz-Content-Sha256');
  return {
    version: 4,
    kind: 'query',
    scope,
    timestamp,
    signedHeaders,
    signature,
    payloadHash: payloadHash ?? 'UNSIGNED-PAYLOAD',
  };
}

function hasQuerySignature({ query }: SignedRequest): boolean {
  const isVersion4 = query.has('X-Amz-Signature') || query.has('X-Amz-Credential') || query.has('X-Amz-Algorithm');
  return isVersion4 || isVersion2Query(query);
}

function requireKnownMechanism(authorization: string): void {
  if (authorization.startsWith(`${algorithm} `)) {
    return;
  }
  if (!authorization.includes(' ')) {
    throw s3Error(
      'InvalidArgument',
      "Authorization header is invalid -- one and only one ' ' (space) required",
      shownAuthorization(authorization),
    );
  }
  if (authorization.startsWith('AWS ') || authorization.startsWith('AWS4-')) {
    throw unsupportedMechanism();
  }
  throw s3Error('InvalidArgument', 'Unsupported Authorization Type', shownAuthorization(authorization));
}

/** Of another scheme only the name, as what follows may be its secret; without a scheme all of it may be one. */
function shownAuthorization(authorization: string): Record<string, string> {
  const isOurs = authorization.startsWith(`${algorithm} `) || isVersion2Header(authorization);
  const space = authorization.indexOf(' ');
  const shown = isOurs ? authorization : authorization.slice(0, Math.max(space, 0));
  return { ArgumentName: 'Authorization', ...(shown === '' ? {} : { ArgumentValue: shown }) };
}

interface AuthorizationParts {
  credential: string;
  signedHeaders: string;
  signature: string;
}

function authorizationParts(text: string): AuthorizationParts {
  const pieces = text.split(',').map((piece) => piece.trim());
  const parts = new Map<string, string>();
  for (const piece of pieces) {
    const equals = piece.indexOf('=');
    if (piece !== '' && equals < 1) {
      throw malformedHeader(`the authorization component "${piece}" is malformed.`);
    }
    parts.set(piece.slice(0, Math.max(equals, 0)).trim(), piece.slice(equals + 1).trim());
  }
  // Two headers arrive as one, joined by a comma: which of them counts must not be a matter of taste.
  if (pieces.length !== 3) {
    throw malformedHeader(
      'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
    );
  }
  const part = (name: string): string => {
    const value = parts.get(name);
    if (!value) {
      throw malformedHeader(`missing ${name}.`);
    }
    return value;
  };
  return { credential: part('Credential'), signedHeaders: part('SignedHeaders'), signature: part('Signature') };
}

function requireScopeDate(scope: CredentialScope, timestamp: string): void {
  if (!timestamp.startsWith(scope.date)) {
    throw malformedQuery(
      `Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${timestamp.slice(0, 8)}".`,
    );
  }
}

function headerTimestamp({ headers }: SignedRequest): string {
  const sent = headers.values['x-amz-date'];
  if (sent !== undefined && parseBasicDate(sent) !== undefined) {
    return sent;
  }
  const date = sent === undefined ? Date.parse(headers.values.date ?? '') : Number.NaN;
  if (Number.isNaN(date)) {
    throw s3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  return formatBasicDate(date);
}

function timeOf(timestamp: string): number {
  return parseBasicDate(timestamp) ?? Number.NaN;
}

function parseExpiry(text: string): number {
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(seconds)) {
    throw malformedQuery(
      text.startsWith('-') ? 'X-Amz-Expires must be non-negative' : 'X-Amz-Expires should be a number',
    );
  }
  if (seconds > maxExpirySeconds) {
    throw malformedQuery(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  }
  return seconds;
}

function requireCurrent(signedAt: number, seconds: number, now: number): void {
  if (signedAt - now > maxSkewMs) {
    throw s3Error('AccessDenied', 'Request is not valid yet', { ServerTime: new Date(now).toISOString() });
  }
  if (seconds === 0 || now > signedAt + seconds * 1000) {
    throw s3Error('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': seconds,
      Expires: new Date(signedAt + seconds * 1000).toISOString(),
      ServerTime: new Date(now).toISOString(),
    });
  }
}

/** Whatever S3 acts on must be signed, or a bearer of a URL could add to what its signer meant. */
function requireSignedHeaders({ headers }: SignedRequest, { signedHeaders }: SignatureClaim): void {
  const names = signedHeaders.split(';');
  const unsigned = headers.amzNames.filter((name) => name !== payloadHeader && !names.includes(name));
  if (!names.includes('host')) {
    unsigned.push('host');
  }
  if (unsigned.length > 0) {
    throw s3Error('AccessDenied', 'There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.join(', '),
    });
  }
}

/** The token that goes with temporary credentials; undefined for others. */
export function sessionTokenOf({ headers, query }: Pick<SignedRequest, 'headers' | 'query'>): string | undefined {
  const sent = headers.values['x-amz-security-token'];
  if (sent !== undefined || query.parameters.length === 0) {
    return sent;
  }
  return query.parameters.find(({ name }) => name.toLowerCase() === 'x-amz-security-token')?.value;
}

/** AWS names both of its algorithms to who names neither. */
function unknownAlgorithm(name: string | undefined): Error {
  const supported = name?.startsWith('AWS4-ECDSA') ? algorithm : `${algorithm} and AWS4-ECDSA-P256-SHA256`;
  return malformedQuery(`X-Amz-Algorithm only supports "${supported}"`);
}

function malformedQuery(message: string): Error {
  return s3Error('AuthorizationQueryParametersError', message);
}

function unsupportedMechanism(): Error {
  return s3Error(
    'InvalidRequest',
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  );
}
