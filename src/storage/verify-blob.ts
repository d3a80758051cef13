import type { OnBytes, StoredBlob } from './blob-store.js';
import { DecodingReader } from './content-reader.js';
import type { HashPool } from './hash-pool.js';
import { type OpenSource, openContent } from './open-content.js';
import type { SlotPool } from './slot-pool.js';

export interface VerifyBlobOptions {
  blob: StoredBlob;
  onBytes?: OnBytes | undefined;
  hashes: HashPool;
  slots: SlotPool;
}

/** Implements `BlobReader.verifyBlob` over a source of stored bytes. */
export async function verifyBlob(open: OpenSource, options: VerifyBlobOptions): Promise<number> {
  const { blob, hashes, slots, onBytes } = options;
  const content = await openContent(open, blob, { start: 0, end: blob.size - 1 });
  const [job] = hashes.start({ algorithms: ['SHA256'], decode: blob });
  const reader = new DecodingReader({ ...content, job, slots, sha256: blob.sha256 });
  let { bytesRead } = content;
  try {
    await onBytes?.(bytesRead);
    for (let last = false; !last; ) {
      const piece = await reader.next();
      last = piece.last;
      bytesRead += piece.storedBytes;
      await onBytes?.(piece.storedBytes);
    }
  } finally {
    await reader.close();
  }
  return bytesRead;
}
