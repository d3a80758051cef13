import type { ContextSource, ContextValue } from '../auth/policy/policy-context.js';
import { originFacts, type RequestOrigin } from '../auth/request-origin.js';
import type { Authentication, S3Request } from './exchange.js';

/** Headers that are conditions by themselves; what operations ask for says the others. */
const headerKeys: ReadonlyMap<string, string> = new Map(
  [
    'x-amz-acl',
    'x-amz-content-sha256',
    'x-amz-grant-full-control',
    'x-amz-grant-read',
    'x-amz-grant-read-acp',
    'x-amz-grant-write',
    'x-amz-grant-write-acp',
    'x-amz-metadata-directive',
  ].map((header) => [`s3:${header}`, header]),
);

const authTypes = { header: 'REST-HEADER', query: 'REST-QUERY-STRING', form: 'POST', nobody: undefined } as const;

export type Signature = Pick<Authentication, 'signedBy' | 'signatureVersion' | 'signedAt'>;

/** What a request to the S3 port says under condition keys. */
export function requestFacts(request: S3Request, signature: Signature, origin: RequestOrigin): ContextSource {
  const common = originFacts(origin, request.message);
  return (key) => {
    const header = headerKeys.get(key);
    return header === undefined ? (signatureFact(signature, key) ?? common(key)) : request.headers.values[header];
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html */
export function signatureFact({ signedBy, signatureVersion, signedAt }: Signature, key: string): ContextValue {
  switch (key) {
    case 's3:authtype':
      return authTypes[signedBy];
    case 's3:signatureversion':
      return signatureVersion && (signatureVersion === 4 ? 'AWS4-HMAC-SHA256' : 'AWS');
    case 's3:signatureage':
      return signedAt === undefined ? undefined : String(Math.max(0, Date.now() - signedAt));
    default:
      return undefined;
  }
}
