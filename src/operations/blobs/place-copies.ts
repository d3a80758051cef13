import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { checkBlob } from './check-blob.js';
import { freshPath } from './fresh-path.js';
import { type CheckableBlob, checkableColumns, readThrough } from './read-through.js';

/** How many copies are on their way at once. */
const parallel = 4;

/** Nobody else takes a copy that was taken so short ago; whoever writes it says again and again that it does. */
const leaseSeconds = 600;
const renewalMs = 120_000;

const longestPauseSeconds = 3_600;

interface WantedCopy extends CheckableBlob {
  path: string;
  store: string;
  /** Where an attempt before this one was to write. */
  copyPath: string | null;
  attempts: number;
}

const takeDue = statement(
  'take_due_copy',
  `WITH due AS (
     SELECT c.blob_id, c.store FROM blob_copy c JOIN blob w ON w.id = c.blob_id
     WHERE c.state <> 'PLACED' AND c.next_at <= $3::timestamptz AND c.store = ANY ($2::text[])
       AND w.state = 'live' AND w.path IS NOT NULL AND w.damage IS NULL
     ORDER BY c.next_at LIMIT 1 FOR UPDATE OF c SKIP LOCKED
   ), taken AS (
     UPDATE blob_copy c SET attempts = c.attempts + 1, next_at = now() + make_interval(secs => $1)
     FROM due d WHERE c.blob_id = d.blob_id AND c.store = d.store RETURNING c.*
   )
   SELECT ${checkableColumns}, t.store, t.path AS "copyPath", t.attempts FROM taken t JOIN blob b ON b.id = t.blob_id`,
);

const readClock = statement('read_copy_clock', 'SELECT clock_timestamp()::text AS now');

const beginWriting = statement(
  'begin_copy',
  `UPDATE blob_copy SET state = 'WRITING', path = $4
   WHERE blob_id = $1::uuid AND store = $2 AND state <> 'PLACED' AND path IS NOT DISTINCT FROM $3 RETURNING blob_id`,
);

const renew = statement(
  'renew_copy',
  `UPDATE blob_copy SET next_at = now() + make_interval(secs => $4)
   WHERE blob_id = $1::uuid AND store = $2 AND path = $3 AND state = 'WRITING'`,
);

/** The blob's row is locked along, so that bytes which a new upload replaces meanwhile are noticed. */
const placed = statement(
  'copy_placed',
  `UPDATE blob_copy c SET state = 'PLACED' FROM (SELECT id FROM blob WHERE id = $1::uuid AND state = 'live' FOR SHARE) b
   WHERE c.blob_id = b.id AND c.store = $2 AND c.path = $3 AND c.state = 'WRITING' RETURNING c.blob_id`,
);

const waitForNext = statement(
  'retry_copy_later',
  `UPDATE blob_copy SET next_at = now() + make_interval(secs => $4)
   WHERE blob_id = $1::uuid AND store = $2 AND path IS NOT DISTINCT FROM $3 AND state <> 'PLACED'`,
);

export interface PlaceCopiesOptions {
  /** Ends the work after the copies that are on their way. */
  signal?: AbortSignal;
}

export interface PlacedCopies {
  placed: number;
  failed: number;
}

/**
 * Writes the second copies that are due when it is called. The path of each stands in its row before its first byte
 * is written, so that nothing is left behind however it ends. Safe to run anywhere, any number of times at once.
 */
export async function placeCopies(granary: Granary, options: PlaceCopiesOptions = {}): Promise<PlacedCopies> {
  const sum: PlacedCopies = { placed: 0, failed: 0 };
  // By the database's clock, and once: else a busy server would give one call no end.
  const [clock] = await granary.database.query<{ now: string }>(readClock);
  const dueAt = clock?.now ?? null;
  const lane = async () => {
    while (!options.signal?.aborted) {
      const [copy] = await granary.database.query<WantedCopy>(takeDue, [leaseSeconds, granary.store.stores, dueAt]);
      if (copy === undefined) {
        return;
      }
      sum[(await placeCopy(granary, copy)) ? 'placed' : 'failed'] += 1;
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  return sum;
}

async function placeCopy(granary: Granary, copy: WantedCopy): Promise<boolean> {
  const { database, store } = granary;
  let path = copy.copyPath;
  try {
    if (path !== null) {
      await store.remove(path);
    }
    const fresh = freshPath(copy.path, copy.store);
    if ((await database.query(beginWriting, [copy.id, copy.store, path, fresh])).length === 0) {
      return false;
    }
    path = fresh;
    await writeCopy(granary, copy, path);
    if ((await database.query(placed, [copy.id, copy.store, path])).length === 0) {
      await store.remove(path);
      return false;
    }
    granary.metrics.placedCopies.inc();
    return true;
  } catch (error) {
    granary.log.warn({ blobId: copy.id, store: copy.store, error }, 'A second copy could not be written yet');
    await database.query(waitForNext, [copy.id, copy.store, path, pauseAfter(copy.attempts)]);
    return false;
  }
}

/** Writes the copy and reads it back, while the lease is kept. */
async function writeCopy(granary: Granary, copy: WantedCopy, path: string): Promise<void> {
  const timer = setInterval(() => void keepLease(granary, copy, path), renewalMs);
  try {
    await granary.store.copyBlob(copy, path);
    const { damage } = await readThrough(granary, copy, { path });
    if (damage !== null) {
      // Most likely the blob itself is damaged: then it is marked, and copied no more.
      await checkBlob(granary, copy);
      throw new Error(`The copy reads back as ${damage}`);
    }
  } finally {
    clearInterval(timer);
  }
}

async function keepLease(granary: Granary, copy: WantedCopy, path: string): Promise<void> {
  try {
    await granary.database.query(renew, [copy.id, copy.store, path, leaseSeconds]);
  } catch (error) {
    granary.log.warn({ blobId: copy.id, error }, 'A second copy that is being written could not be claimed again');
  }
}

function pauseAfter(attempts: number): number {
  return Math.min(longestPauseSeconds, 15 * 2 ** Math.min(attempts, 10)) * (0.75 + Math.random() / 2);
}
