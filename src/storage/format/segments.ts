import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { Seal } from '../blob-store.js';
import { corrupt, encodeHeader, sealOf, TAG_SIZE } from './blob-format.js';

const CIPHER = 'aes-256-gcm';
const NONCE_SIZE = 12;

/**
 * The nonce of a segment: its index (u64, big endian), 1 for the last segment, three zero bytes. It never occurs twice
 * under one key, as a key seals one blob.
 */
export function segmentNonce(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_SIZE);
  nonce.writeBigUInt64BE(BigInt(index));
  nonce[8] = last ? 1 : 0;
  return nonce;
}

/** Which segment of a payload. */
export interface SegmentPlace {
  index: number;
  /** Whether none follows. */
  last: boolean;
}

/** Seals and opens the segments of one blob. */
export class Segments {
  /** Node 24 takes longer to find out that bytes are no KeyObject than to seal a small content. */
  readonly #key: KeyObject;
  readonly #header: Buffer;

  constructor(format: number, seal: Seal | null) {
    this.#key = createSecretKey(sealOf(seal).key);
    this.#header = encodeHeader(format, seal);
  }

  /** Writes ciphertext and tag to the beginning of the target; returns how many bytes. */
  seal(plain: Uint8Array, { index, last }: SegmentPlace, target: Uint8Array): number {
    const cipher = createCipheriv(CIPHER, this.#key, segmentNonce(index, last));
    cipher.setAAD(this.#header);
    target.set(cipher.update(plain));
    cipher.final();
    target.set(cipher.getAuthTag(), plain.length);
    return plain.length + TAG_SIZE;
  }

  /**
   * The plain bytes, in memory of their own: what does not fit its tag is seen by nobody.
   * @throws GranaryError CorruptBlob
   */
  open(sealed: Uint8Array, { index, last }: SegmentPlace): Buffer {
    const size = sealed.length - TAG_SIZE;
    const decipher = createDecipheriv(CIPHER, this.#key, segmentNonce(index, last), { authTagLength: TAG_SIZE });
    decipher.setAAD(this.#header);
    decipher.setAuthTag(sealed.subarray(size));
    const plain = decipher.update(sealed.subarray(0, size));
    try {
      decipher.final();
    } catch (error) {
      throw corrupt('does not fit its seal', error);
    }
    return plain;
  }
}
