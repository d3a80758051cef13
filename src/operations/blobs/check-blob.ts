import { statement } from '../../database/database.js';
import type { BlobDamage } from '../../entities/enums.js';
import type { OnBytes } from '../../storage/blob-store.js';
import type { Granary } from '../context.js';
import { recordDamageEvents } from './damage-event.js';
import { markBlob, recoverBlob } from './notice-damage.js';
import { type CheckableBlob, type ReadThrough, readThrough } from './read-through.js';

/** A second copy that is in place. */
interface PlacedCopy {
  store: string;
  path: string;
}

const findCopies = statement(
  'find_placed_copies',
  `SELECT store, path FROM blob_copy WHERE blob_id = $1::uuid AND state = 'PLACED' ORDER BY store`,
);

const wantAgain = statement(
  'want_copy_again',
  `UPDATE blob_copy SET state = 'WANTED', attempts = 0, next_at = now()
   WHERE blob_id = $1::uuid AND store = $2 AND path = $3 AND state = 'PLACED' RETURNING blob_id`,
);

const isUnchanged = statement(
  'is_blob_unchanged',
  `SELECT id FROM blob WHERE id = $1::uuid AND state = 'live' AND path IS NOT DISTINCT FROM $2
     AND wrapped_key IS NOT DISTINCT FROM $3`,
);

/** Reads a blob, and marks it as damaged or as good again. What was changed or removed meanwhile counts as good. */
export async function checkBlob(granary: Granary, blob: CheckableBlob, onBytes?: OnBytes): Promise<ReadThrough> {
  const reading = await readThrough(granary, blob, { onBytes });
  const place = { blobId: blob.id, path: blob.path, wrappedKey: blob.wrappedKey };
  if (reading.damage === null) {
    if (blob.damage !== null && reading.extent === 'content') {
      await recoverBlob(granary, place);
    }
    return reading;
  }
  if ((await granary.database.query(isUnchanged, [blob.id, blob.path, blob.wrappedKey])).length === 0) {
    return { ...reading, damage: null };
  }
  await markBlob(granary, place, reading.damage);
  return reading;
}

/**
 * Reads the second copies of a blob whose key opens; what is damaged is put into quarantine and made again. Returns the
 * bytes read.
 */
export async function checkCopies(granary: Granary, blob: CheckableBlob, onBytes?: OnBytes): Promise<number> {
  let read = 0;
  for (const copy of await granary.database.query<PlacedCopy>(findCopies, [blob.id])) {
    const { bytes, damage, part } = await readThrough(granary, blob, { path: copy.path, onBytes });
    read += bytes;
    // With the key in the row damaged, nothing is known of the copy.
    if (damage !== null && part === 'bytes') {
      await rejectCopy(granary, blob, { ...copy, damage });
    }
  }
  return read;
}

async function rejectCopy(
  granary: Granary,
  { id, path: blobPath, wrappedKey }: CheckableBlob,
  { store, path, damage }: PlacedCopy & { damage: BlobDamage },
): Promise<void> {
  const isRejected = await granary.database.transaction(async (tx) => {
    // A blob that was healed meanwhile has other bytes, and its copies went with the old ones.
    const isSame = (await tx.query(isUnchanged, [id, blobPath, wrappedKey])).length > 0;
    const isWanted = isSame && (await tx.query(wantAgain, [id, store, path])).length > 0;
    if (isWanted) {
      await recordDamageEvents(tx, { blobId: id, action: 'granary:BlobCopyDamaged', details: { damage, store } });
    }
    return isWanted;
  });
  if (isRejected) {
    granary.metrics.damagedCopies.inc();
    granary.log.error({ blobId: id, damage, path }, 'A second copy is damaged, and is made again');
    await granary.store.quarantine(path);
  }
}
