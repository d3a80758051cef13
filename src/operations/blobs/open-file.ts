import type { Readable } from 'node:stream';
import { statement } from '../../database/database.js';
import type { BlobDamage } from '../../entities/enums.js';
import type { ByteRange } from '../../storage/blob-store.js';
import type { Granary } from '../context.js';
import { unseal } from '../encryption/seal-content.js';
import type { CustomerKey } from '../types.js';
import { damageOf, noticeDamage, refuseCorrupt, rememberDamage } from './notice-damage.js';

/** A blob's row, as far as its bytes are concerned. */
export interface BlobRow {
  blobId: string;
  path: string | null;
  size: number;
  storedSize: number;
  sha256: Buffer;
  format: number;
  wrappedKey: Buffer | null;
  damage: BlobDamage | null;
}

export type FileRow = BlobRow & { path: string };

export interface FileWanted {
  range?: ByteRange | undefined;
  customerKey?: CustomerKey | undefined;
}

/** The columns of {@link BlobRow}, for a table called `b`. */
export const blobColumns = `
  b.id AS "blobId", b.path, b.size, b.stored_size AS "storedSize", b.address AS sha256, b.format,
  b.wrapped_key AS "wrappedKey", b.damage`;

const findPlaces = statement(
  'find_blob_places',
  `SELECT ${blobColumns},
     ARRAY(SELECT c.path FROM blob_copy c WHERE c.blob_id = b.id AND c.state = 'PLACED' ORDER BY c.store) AS copies
   FROM blob b WHERE b.live_id = $1::uuid AND b.path IS NOT NULL`,
);

/**
 * Opens the bytes of a blob in a file. When they are damaged or gone, it opens them where they were moved to since the
 * row was read, else a second copy; all of this before the first byte is given out.
 */
export async function openFile(granary: Granary, row: FileRow, wanted: FileWanted): Promise<Readable> {
  try {
    refuseCorrupt(row.damage);
    return await openAt(granary, row, wanted);
  } catch (error) {
    const stream = damageOf(error) === null ? undefined : await openElsewhere(granary, row, wanted);
    if (stream === undefined) {
      throw error;
    }
    return stream;
  }
}

async function openAt(granary: Granary, row: FileRow, { range, customerKey }: FileWanted): Promise<Readable> {
  const seal = await unseal(granary, row, customerKey);
  const stream = await noticeDamage(granary, row, () => granary.store.openBlob({ ...row, seal }, range));
  return stream.once('error', (error) => void rememberDamage(granary, row, error));
}

async function openElsewhere(granary: Granary, failed: FileRow, wanted: FileWanted): Promise<Readable | undefined> {
  const [now] = await granary.database.query<FileRow & { copies: string[] }>(findPlaces, [failed.blobId]);
  if (now === undefined) {
    return undefined;
  }
  const places = now.damage === null && now.path !== failed.path ? [now.path, ...now.copies] : now.copies;
  for (const path of places) {
    try {
      return await openAt(granary, { ...now, path }, wanted);
    } catch (error) {
      if (damageOf(error) === null) {
        throw error;
      }
    }
  }
  return undefined;
}
