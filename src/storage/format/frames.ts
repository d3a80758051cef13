import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { corrupt, FRAME_SIZE } from './blob-format.js';

/** ZSTD_compressBound(FRAME_SIZE), and four bytes for the frame's checksum: no frame that we wrote is longer. */
export const MAX_COMPRESSED_FRAME = FRAME_SIZE + FRAME_SIZE / 256 + 4;

/** In one allocation for each frame; the default grows by 16 KiB at a time. */
const COMPRESSION = {
  chunkSize: MAX_COMPRESSED_FRAME,
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
};

/** Compression goes on when a sample takes at most this part of what it took. */
const WORTHWHILE = 0.9;

/** One frame with level 3 and a content checksum, which needs no other frame to be read. */
export function compressFrame(content: Uint8Array): Buffer {
  return zstdCompressSync(content, COMPRESSION);
}

/**
 * The content of one frame, which must have exactly this many bytes; a frame that would give more is not unpacked further.
 * @throws GranaryError CorruptBlob
 */
export function decompressFrame(frame: Uint8Array, size: number): Buffer {
  const content = unpack(frame, size);
  if (content.length !== size) throw corrupt('has a frame of another size');
  return content;
}

function unpack(frame: Uint8Array, size: number): Buffer {
  try {
    return zstdDecompressSync(frame, { chunkSize: FRAME_SIZE, maxOutputLength: size });
  } catch (error) {
    throw corrupt('has a frame that cannot be decompressed', error);
  }
}

/** Whether content that begins like this is worth compressing; decided by one frame, without the event loop. */
export async function isWorthCompressing(start: Uint8Array): Promise<boolean> {
  const sample = start.subarray(0, FRAME_SIZE);
  const frame = await promisify(zstdCompress)(sample, COMPRESSION);
  return isWorthwhile(sample, frame);
}

/** Whether a frame is that much shorter than its content. */
export function isWorthwhile(content: Uint8Array, frame: Uint8Array): boolean {
  return frame.length <= content.length * WORTHWHILE;
}
