import { createHash } from 'node:crypto';
import type { ByteRange } from '../blob-store.js';

/** Stored bytes are cached in pieces of this length; a blob's last one may be shorter. */
export const CHUNK_SIZE = 1024 * 1024;

/** Never shared memory: other threads digest it. */
export type ChunkBytes = Buffer<ArrayBuffer>;

/** A piece of a blob's stored bytes. */
export interface Chunk {
  /** 64 hexadecimal digits that no other chunk of any blob has, as paths are never used twice. */
  name: string;
  /** Where it lies in the stored bytes. */
  range: ByteRange;
}

/** The chunk that has the byte at a position of a blob with so many stored bytes. */
export function chunkAt(position: number, { path, size }: { path: string; size: number }): Chunk {
  const start = position - (position % CHUNK_SIZE);
  const name = createHash('sha256').update(`${path} ${size} ${start}`).digest('hex');
  return { name, range: { start, end: Math.min(start + CHUNK_SIZE, size) - 1 } };
}

export function chunkLength({ range }: Chunk): number {
  return range.end - range.start + 1;
}
