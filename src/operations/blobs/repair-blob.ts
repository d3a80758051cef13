import { v7 as uuid } from 'uuid';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { storeOf } from '../../storage/blob-path.js';
import type { Granary } from '../context.js';
import { recordDamageEvents } from './damage-event.js';
import { freshPath } from './fresh-path.js';
import { type CheckableBlob, checkableColumns, readThrough } from './read-through.js';
import { UnreachableStores } from './unreachable-stores.js';

const batchSize = 20;

const findRepairable = statement(
  'find_repairable_blob',
  `SELECT ${checkableColumns}, array_agg(c.path ORDER BY c.store) AS copies
   FROM blob b JOIN blob_copy c ON c.blob_id = b.id AND c.state = 'PLACED'
   WHERE b.id = $1::uuid AND b.state = 'live' AND b.damage IS NOT NULL AND b.path IS NOT NULL GROUP BY b.id`,
);

const listRepairable = statement(
  'list_repairable_blobs',
  `SELECT b.id, b.path FROM blob b
   WHERE b.damage IS NOT NULL AND b.state = 'live' AND b.id > $1::uuid
     AND EXISTS (SELECT FROM blob_copy c WHERE c.blob_id = b.id AND c.state = 'PLACED')
   ORDER BY b.id LIMIT ${batchSize}`,
);

/** The row of an upload that is not referred to yet: should the process die, it tells the sweep of the new file. */
const announce = statement(
  'announce_repair',
  `INSERT INTO blob (id, scope, address, size, state, path, domain, stored_size, format, wrapped_key)
   SELECT $2::uuid, scope, address, size, 'pending', $3, domain, stored_size, format, wrapped_key
   FROM blob WHERE id = $1::uuid`,
);

const withdraw = statement(
  'withdraw_repair',
  `UPDATE blob SET state = 'dead', dead_at = now() WHERE id = $1::uuid AND state = 'pending'`,
);

const takeFile = statement(
  'take_repaired_file',
  `DELETE FROM blob WHERE id = $1::uuid AND state = 'pending' AND path = $2 RETURNING id`,
);

const swapPath = statement(
  'swap_damaged_path',
  `UPDATE blob SET path = $3, damage = NULL, damaged_at = NULL
   WHERE id = $1::uuid AND state = 'live' AND path = $2 AND damage IS NOT NULL RETURNING id`,
);

interface ListedBlob {
  id: string;
  path: string | null;
}

type RepairableBlob = CheckableBlob & { path: string; copies: string[] };

/**
 * Gives a damaged blob good bytes again, from its first copy whose content is known to be good, at a new path in its own
 * store; the damaged file is put into quarantine. `not needed` when it has no damage or no copy, or somebody else was faster.
 */
export async function repairBlob(
  granary: Granary,
  blobId: string,
): Promise<'repaired' | 'no good copy' | 'not needed'> {
  const [blob] = await granary.database.query<RepairableBlob>(findRepairable, [blobId]);
  if (blob === undefined) {
    return 'not needed';
  }
  const failures: unknown[] = [];
  for (const copy of blob.copies) {
    const reading = await readThrough(granary, blob, { path: copy }).catch((error: unknown) => {
      failures.push(error);
    });
    if (reading?.damage === null && reading.extent === 'content') {
      return replaceFile(granary, blob, copy);
    }
    if (reading !== undefined) {
      const flaw = reading.damage === null ? 'cannot be checked without its key' : 'is damaged too';
      granary.log.warn({ blobId, damage: reading.damage, path: copy }, `A second copy ${flaw}`);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
  return 'no good copy';
}

/** Repairs what can be repaired, until the signal says to stop. Returns how many blobs it was. */
export async function repairBlobs(granary: Granary, options: { signal?: AbortSignal } = {}): Promise<number> {
  const unreachable = new UnreachableStores(granary.log);
  let repaired = 0;
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const found = await granary.database.query<ListedBlob>(listRepairable, [after]);
    for (const blob of found) {
      if (options.signal?.aborted) {
        return repaired;
      }
      repaired += (await tryToRepair(granary, blob, unreachable)) ? 1 : 0;
      after = blob.id;
    }
    if (found.length < batchSize) {
      return repaired;
    }
  }
}

/** One blob that cannot be reached must not keep those behind it damaged for ever. */
async function tryToRepair(granary: Granary, blob: ListedBlob, unreachable: UnreachableStores): Promise<boolean> {
  try {
    return (await repairBlob(granary, blob.id)) === 'repaired';
  } catch (error) {
    unreachable.add(blob, error);
    return false;
  }
}

async function replaceFile(granary: Granary, blob: RepairableBlob, copy: string): Promise<'repaired' | 'not needed'> {
  const { database, store } = granary;
  const path = freshPath(blob.path, storeOf(blob.path));
  const pendingId = uuid();
  await database.query(announce, [blob.id, pendingId, path]);
  try {
    await store.copyBlob({ path: copy, storedSize: blob.storedSize }, path);
    await database.transaction((tx) => swap(tx, { blob, pendingId, path }));
  } catch (error) {
    await database.query(withdraw, [pendingId]);
    if (isGranaryError(error, 'Conflict')) {
      return 'not needed';
    }
    throw error;
  }
  granary.metrics.repairedBlobs.inc();
  granary.log.warn(
    { blobId: blob.id, path, from: copy, damaged: blob.path },
    'Stored content was repaired from a copy',
  );
  await store.quarantine(blob.path);
  return 'repaired';
}

async function swap(
  tx: Queryable,
  { blob, pendingId, path }: { blob: RepairableBlob; pendingId: string; path: string },
): Promise<void> {
  const taken = await tx.query(takeFile, [pendingId, path]);
  const swapped = taken.length === 0 ? [] : await tx.query(swapPath, [blob.id, blob.path, path]);
  if (swapped.length === 0) {
    throw new GranaryError('Conflict', 'The blob was changed while it was being repaired.', { reason: 'BlobChanged' });
  }
  const details = { damage: blob.damage, store: storeOf(path) };
  await recordDamageEvents(tx, { blobId: blob.id, action: 'granary:BlobRepaired', details });
}
