import { setTimeout as delay } from 'node:timers/promises';
import { wrapperOf } from '../../auth/data-keys.js';
import type { BlobDamage } from '../../entities/enums.js';
import { isGranaryError } from '../../errors.js';
import type { OnBytes, Seal } from '../../storage/blob-store.js';
import type { Granary } from '../context.js';
import { unseal } from '../encryption/seal-content.js';
import { damageOf, isUnreadable } from './notice-damage.js';

/** A failure of the medium counts only when it is there again after so long. */
const secondTryMs = 1000;

/** A blob's row, with all that it takes to read its bytes and to judge them. */
export interface CheckableBlob {
  id: string;
  path: string | null;
  content: Buffer | null;
  size: number;
  storedSize: number;
  sha256: Buffer;
  format: number;
  wrappedKey: Buffer | null;
  damage: BlobDamage | null;
}

/** The columns of {@link CheckableBlob}, for a table called `b`. */
export const checkableColumns = `
  b.id, b.path, b.content, b.size, b.stored_size AS "storedSize", b.address AS sha256, b.format,
  b.wrapped_key AS "wrappedKey", b.damage`;

export interface ReadThrough {
  /** Stored bytes that were read. */
  bytes: number;
  damage: BlobDamage | null;
  /** What is damaged, when something is: the stored bytes, or the wrapped key in the blob's row. */
  part: 'bytes' | 'key';
  /** `presence` when nobody here has the key: then only presence, length and readability are known. */
  extent: 'content' | 'presence';
}

export interface ReadThroughOptions {
  /** Where the bytes to read lie, when it is not the blob's own path. */
  path?: string | undefined;
  /** Told of stored bytes as they are read, and waited for. */
  onBytes?: OnBytes | undefined;
}

/**
 * Reads all stored bytes of a blob and checks seal, length and digest. Of a blob whose wrapped key is damaged nothing is
 * read: no bytes could be opened with it.
 * @throws GranaryError Unavailable, and whatever else says nothing of the bytes; whatever `onBytes` throws.
 */
export async function readThrough(
  granary: Granary,
  blob: CheckableBlob,
  options: ReadThroughOptions = {},
): Promise<ReadThrough> {
  const seal = await sealFor(granary, blob);
  if (seal === 'broken') {
    return { bytes: 0, damage: 'CORRUPT', part: 'key', extent: 'content' };
  }
  const extent = seal === 'closed' ? 'presence' : 'content';
  try {
    const bytes = await readTwice(() => readBytes(granary, blob, { ...options, seal }));
    return { bytes, damage: null, part: 'bytes', extent };
  } catch (error) {
    const damage = damageOf(error);
    if (damage === null) {
      throw error;
    }
    return { bytes: 0, damage, part: 'bytes', extent };
  }
}

async function readTwice<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isUnreadable(error)) {
      throw error;
    }
    await delay(secondTryMs);
    return read();
  }
}

interface Reading extends ReadThroughOptions {
  seal: Seal | null | 'closed';
}

async function readBytes(
  { store }: Granary,
  blob: CheckableBlob,
  { seal, path = blob.path ?? undefined, onBytes }: Reading,
): Promise<number> {
  if (path === undefined) {
    const bytes = blob.content ?? Buffer.alloc(0);
    if (seal !== 'closed') {
      store.openInline(bytes, { ...blob, storedSize: bytes.length, seal });
    }
    await onBytes?.(bytes.length);
    return bytes.length;
  }
  if (seal !== 'closed') {
    return store.verifyBlob({ ...blob, path, seal }, { onBytes });
  }
  const { pieces } = await store.openStored({ path, storedSize: blob.storedSize });
  for await (const piece of pieces) {
    await onBytes?.(piece.length);
    return piece.length;
  }
  return 0;
}

/**
 * The seal; `closed` for a key that only a customer has, that is disabled, or that is not here; `broken` when the row's
 * wrapped key is not what was written there, for the key that wrapped it is here and does not open it.
 */
async function sealFor(granary: Granary, blob: CheckableBlob): Promise<Seal | null | 'closed' | 'broken'> {
  try {
    if (blob.wrappedKey !== null && wrapperOf(blob.wrappedKey).kind === 'customer') {
      return 'closed';
    }
    return await unseal(granary, blob, undefined);
  } catch (error) {
    if (isGranaryError(error, 'Internal') && error.reason === 'WrappedKeyBroken') {
      return 'broken';
    }
    if (isGranaryError(error, 'Denied') || (isGranaryError(error, 'Internal') && error.reason === 'SealBroken')) {
      granary.log.warn({ blobId: blob.id, reason: error.reason }, 'The key of stored content does not open');
      return 'closed';
    }
    throw error;
  }
}
