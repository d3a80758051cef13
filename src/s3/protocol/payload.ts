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
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html), and whether it is allowed there.
 */
export function parsePayload(value: string | undefined, signedBy: 'header' | 'query' | 'nobody'): Payload {
  const payload = readPayload(value);
  requireSigned(payload, signedBy);
  return payload;
}

/** Reads `x-amz-content-sha256`; throws InvalidArgument unless its value is one that S3 has. */
export function readPayload(value: string | undefined): Payload {
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
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
      {
        ArgumentName: 'x-amz-content-sha256',
        ArgumentValue: value,
      },
    );
  }
  return payload;
}

/** Chunk signatures hang on a signature in the header, and a presigned URL cannot promise a coding. */
export function requireSigned(payload: Payload, signedBy: 'header' | 'query' | 'nobody'): void {
  if (payload.kind === 'chunked' && (signedBy === 'query' || (signedBy === 'nobody' && payload.signed))) {
    throw s3Error('InvalidRequest', 'A streaming payload needs a signature in the Authorization header.');
  }
}
