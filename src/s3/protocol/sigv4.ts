import { createHmac, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { type CredentialScope, scopeText } from './credential-scope.js';
import type { Query } from './query.js';
import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';
import { withoutSecrets } from './secret-values.js';
import { spacedHex } from './spaced-hex.js';
import { percentDecode, uriEncode } from './uri-encoding.js';

/** What a request says of its own signature, in the Authorization header or in the query. */
export interface SignatureClaim {
  version: 4;
  kind: 'header' | 'query';
  scope: CredentialScope;
  /** When it was signed, as signed: `20130524T000000Z`. */
  timestamp: string;
  /** Lower-case names separated by semicolons. */
  signedHeaders: string;
  /** 64 hex digits. */
  signature: string;
  /** What stands for the body in the canonical request. */
  payloadHash: string;
}

/** The parts of a request that are signed, as they were sent. */
export interface SignedRequest {
  method: string;
  path: string;
  query: Query;
  headers: RequestHeaders;
}

/** Throws SignatureDoesNotMatch unless the claim's signature is the request's under this key. */
export function verifySignature(request: SignedRequest, claim: SignatureClaim, key: KeyObject): void {
  const sent = Buffer.from(claim.signature, 'hex');
  const canonical = canonicalRequest(request, claim, request.path);
  if (sent.length === 32 && timingSafeEqual(signatureOf(canonical, claim, key), sent)) {
    return;
  }
  // Browsers and proxies respell characters that may stand unencoded; the signer encoded all but the unreserved.
  const respelled = canonicalPath(request.path);
  if (sent.length === 32 && respelled !== request.path) {
    const again = canonicalRequest(request, claim, respelled);
    if (timingSafeEqual(signatureOf(again, claim, key), sent)) {
      return;
    }
  }
  const signedText = stringToSign(canonical, claim);
  const shown = canonicalRequest(withoutSecrets(request), claim, request.path);
  throw s3Error('SignatureDoesNotMatch', undefined, {
    AWSAccessKeyId: claim.scope.accessKeyId,
    StringToSign: signedText,
    SignatureProvided: claim.signature,
    StringToSignBytes: spacedHex(signedText),
    CanonicalRequest: shown,
    CanonicalRequestBytes: spacedHex(shown),
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, task 1; `path` is raw, as sent. */
export function canonicalRequest(request: SignedRequest, claim: SignatureClaim, path: string): string {
  let headers = '';
  for (const name of claim.signedHeaders.split(';')) {
    headers += `${name}:${canonicalValue(request.headers.values[name] ?? '')}\n`;
  }
  const query = request.query.canonical();
  return `${request.method}\n${path}\n${query}\n${headers}\n${claim.signedHeaders}\n${claim.payloadHash}`;
}

function signatureOf(canonical: string, claim: SignatureClaim, key: KeyObject): Buffer {
  return createHmac('sha256', key).update(stringToSign(canonical, claim)).digest();
}

function stringToSign(canonical: string, claim: SignatureClaim): string {
  // Header and path text has one char for each byte that was sent.
  const digest = hash('sha256', Buffer.from(canonical, 'latin1'), 'hex');
  return `AWS4-HMAC-SHA256\n${claim.timestamp}\n${scopeText(claim.scope)}\n${digest}`;
}

/** Trimmed (node did that already), with runs of blanks made one. */
function canonicalValue(value: string): string {
  return value.includes('  ') || value.includes('\t') ? value.trim().replace(/[ \t]+/g, ' ') : value;
}

function canonicalPath(path: string): string {
  return path
    .split('/')
    .map((segment) => uriEncode(percentDecode(segment)))
    .join('/');
}
