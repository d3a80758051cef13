import { GranaryError } from '../../errors.js';
import type { Seal, StoredBlob } from '../blob-store.js';

/** The bits of a blob's format; without any, the stored bytes are the content. docs/format.md has the layout. */
export const BlobFormat = { SEALED: 1, COMPRESSED: 2 } as const;

/** What is in front of every format but raw. */
export const HEADER_SIZE = 32;

/** Bytes of payload that are sealed together. */
export const SEGMENT_SIZE = 65_536;

/** The AES-GCM tag behind each segment. */
export const TAG_SIZE = 16;

/** Bytes of content that are compressed together. */
export const FRAME_SIZE = 262_144;

const MAGIC = 'GRANBLOB';
const VERSION = 1;
const SEALED_SEGMENT_SIZE = SEGMENT_SIZE + TAG_SIZE;

/** What decoding has to know of a blob. */
export type EncodedBlob = Pick<StoredBlob, 'size' | 'storedSize' | 'format' | 'seal'>;

export function isSealed(format: number): boolean {
  return (format & BlobFormat.SEALED) !== 0;
}

export function isCompressed(format: number): boolean {
  return (format & BlobFormat.COMPRESSED) !== 0;
}

/** The first bytes of a blob of this format: none when it is raw. */
export function encodeHeader(format: number, seal: Seal | null): Buffer {
  if (format === 0) return Buffer.alloc(0);
  const header = Buffer.alloc(HEADER_SIZE);
  header.write(MAGIC, 0, 'ascii');
  header[8] = VERSION;
  header[9] = format;
  header[10] = Math.log2(SEGMENT_SIZE);
  header[11] = Math.log2(FRAME_SIZE);
  if (isSealed(format)) header.set(sealOf(seal).id, 16);
  return header;
}

/** The seal of a sealed blob, of the lengths that it must have. */
export function sealOf(seal: Seal | null): Seal {
  if (seal?.id.length === 16 && seal.key.length === 32) return seal;
  throw new GranaryError('Internal', 'The data key of sealed content is missing or malformed.');
}

/** How many bytes a payload takes when it is sealed, without the header. */
export function sealedSize(payloadSize: number): number {
  return payloadSize + TAG_SIZE * segmentCount(payloadSize);
}

/** An empty payload has one segment, too: its tag tells that nothing was cut off. */
export function segmentCount(payloadSize: number): number {
  return Math.max(1, Math.ceil(payloadSize / SEGMENT_SIZE));
}

/** Where the sealed segment of this index begins, at the path. */
export function segmentStart(index: number): number {
  return HEADER_SIZE + index * SEALED_SEGMENT_SIZE;
}

/**
 * How many bytes are inside of the seal.
 * @throws GranaryError CorruptBlob when no payload is stored in that many bytes, or not the blob's.
 */
export function payloadSizeOf(blob: EncodedBlob): number {
  if (blob.format === 0) return checkedSize(blob.storedSize, blob);
  if ((blob.format & ~(BlobFormat.SEALED | BlobFormat.COMPRESSED)) !== 0) throw corrupt('has an unknown format');
  const body = blob.storedSize - HEADER_SIZE;
  const size = isSealed(blob.format) ? body - TAG_SIZE * Math.max(1, Math.ceil(body / SEALED_SEGMENT_SIZE)) : body;
  if (size < 0 || (isSealed(blob.format) && sealedSize(size) !== body)) throw corrupt('has an impossible size');
  return isCompressed(blob.format) ? size : checkedSize(size, blob);
}

function checkedSize(payloadSize: number, blob: EncodedBlob): number {
  if (payloadSize !== blob.size) throw corrupt('has another size');
  return payloadSize;
}

/** The failure of stored bytes that are not what was stored. */
export function corrupt(how: string, cause?: unknown): GranaryError {
  return new GranaryError('Internal', `The stored content ${how}.`, { reason: 'CorruptBlob', cause });
}
