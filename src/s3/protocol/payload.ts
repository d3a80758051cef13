import { s3Error } from './s3-error.js';

/** How a request's body is written and what stands for it in the signature (`x-amz-content-sha256`). */
export type Payload =
  | { kind: 'signed'; sha256: Buffer }
  | { kind: 'unsigned' }
  | { kind: 'chunked'; signed: boolean; trailer: boolean };

const unsigned: Payload = { kind: 'unsigned' };

const streaming: Record<string, Payload> = {
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { kind: 'chunked', signed: true, trailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { kind: 'chunked', signed: true, trailer: true },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { kind: 'chunked', signed: false, trailer: true },
};

/**
 * Reads `x-amz-content-sha256`
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html). `signedBy` says where the signature
 * stands: chunk signatures hang on one in the header, and a presigned URL cannot promise a coding.
 */
export function parsePayload(value: string | undefined, signedBy: 'header' | 'query' | 'nobody'): Payload {
  if (value === undefined || value === 'UNSIGNED-PAYLOAD') {
    return unsigned;
  }
  if (/^[0-9a-f]{64}$/.test(value)) {
    return { kind: 'signed', sha256: Buffer.from(value, 'hex') };
  }
  const payload = Object.hasOwn(streaming, value) ? streaming[value] : undefined;
  if (payload?.kind !== 'chunked') {
    throw s3Error(
      'InvalidArgument',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-UNSIGNED-PAYLOAD-TRAILER or a valid sha256 value.',
      {
        ArgumentName: 'x-amz-content-sha256',
        ArgumentValue: value,
      },
    );
  }
  if (signedBy === 'query' || (signedBy === 'nobody' && payload.signed)) {
    throw s3Error('InvalidRequest', `${value} needs a signature in the Authorization header.`);
  }
  return payload;
}
