import { createHash, createHmac, type Hash, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { s3Error } from './s3-error.js';

const emptyHash = hash('sha256', '', 'hex');

/** What the signatures of a body's chunks hang on. */
export interface ChunkSigningContext {
  key: KeyObject;
  timestamp: string;
  /** `20130524/us-east-1/s3/aws4_request` */
  scope: string;
  /** The request's own signature. */
  seed: string;
}

/**
 * Verifies the chain of chunk signatures of a streaming upload, each of which covers the one before
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html).
 */
export class ChunkSigner {
  readonly #context: ChunkSigningContext;
  #previous: string;
  #hash: Hash = createHash('sha256');

  constructor(context: ChunkSigningContext) {
    this.#context = context;
    this.#previous = context.seed;
  }

  /** Takes the next bytes of the current chunk. */
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Ends the current chunk; throws SignatureDoesNotMatch unless its bytes are the signed ones. */
  endChunk(signature: string): void {
    const digest = this.#hash.digest('hex');
    this.#hash = createHash('sha256');
    this.#verify('AWS4-HMAC-SHA256-PAYLOAD', `${emptyHash}\n${digest}`, signature);
  }

  /** Verifies the trailer; `canonical` is `name:value\n` for each of its fields. */
  endTrailer(canonical: string, signature: string): void {
    const digest = hash('sha256', Buffer.from(canonical, 'latin1'), 'hex');
    this.#verify('AWS4-HMAC-SHA256-TRAILER', digest, signature);
  }

  #verify(algorithm: string, digests: string, signature: string): void {
    const { key, timestamp, scope } = this.#context;
    const text = `${algorithm}\n${timestamp}\n${scope}\n${this.#previous}\n${digests}`;
    const expected = createHmac('sha256', key).update(text).digest();
    const sent = Buffer.from(signature, 'hex');
    if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) {
      throw s3Error('SignatureDoesNotMatch');
    }
    this.#previous = signature;
  }
}
