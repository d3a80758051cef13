import { advisoryLocks } from '../../database/advisory-locks.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { UnreachableStores } from './unreachable-stores.js';

const batchSize = 200;

const takeReviewed = statement(
  'take_reviewed_blobs',
  `SELECT id FROM blob WHERE state = 'live' AND review_at <= now() ORDER BY review_at LIMIT $1 FOR UPDATE SKIP LOCKED`,
);

/** The references themselves decide, not their count; the foreign keys to live_id would refuse a wrong verdict. */
const condemn = statement(
  'condemn_blobs',
  `UPDATE blob b SET state = 'dead', dead_at = now(), ref_count = 0, review_at = NULL
   WHERE b.id = ANY ($1::uuid[])
     AND NOT EXISTS (SELECT FROM object_version v WHERE v.blob_id = b.id)
     AND NOT EXISTS (SELECT FROM version_part p WHERE p.blob_id = b.id)
     AND NOT EXISTS (SELECT FROM upload_part p WHERE p.blob_id = b.id)
   RETURNING b.id`,
);

const acquit = statement(
  'acquit_blobs',
  `UPDATE blob SET review_at = NULL WHERE id = ANY ($1::uuid[]) AND state = 'live'`,
);

const findDead = statement(
  'find_dead_blobs',
  `SELECT b.id, b.dead_at::text AS "deadAt", b.path,
     (SELECT array_agg(c.path) FROM blob_copy c WHERE c.blob_id = b.id AND c.path IS NOT NULL) AS copies
   FROM blob b WHERE b.state = 'dead' AND b.dead_at <= now() - make_interval(secs => $1)
     AND (b.dead_at, b.id) > ($3::timestamptz, $4::uuid)
   ORDER BY b.dead_at, b.id LIMIT $2`,
);

/** A dead blob's copies that nobody has chosen a path for in the meantime. */
const forgetCopies = statement(
  'forget_copies',
  `DELETE FROM blob_copy c USING blob b
   WHERE b.id = c.blob_id AND b.state = 'dead' AND b.id = ANY ($1::uuid[])
     AND (c.path IS NULL OR c.path = ANY ($2::text[]))`,
);

/** For an instant it is taken: it is free when no backup shares it. */
const tryBackupLock = statement('try_backup_lock', 'SELECT pg_try_advisory_xact_lock($1) AS free');

const forget = statement(
  'forget_blobs',
  `DELETE FROM blob b WHERE b.id = ANY ($1::uuid[]) AND b.state = 'dead'
     AND NOT EXISTS (SELECT FROM blob_copy c WHERE c.blob_id = b.id)
   RETURNING b.id`,
);

export interface CollectedGarbage {
  condemned: number;
  forgotten: number;
}

/**
 * Condemns blobs that nothing refers to any more, and removes the files and rows of those that have been dead for the
 * grace. Safe to run anywhere, any number of times at once, and to be killed at any point.
 */
export async function collectGarbage(
  granary: Granary,
  options: { graceSeconds?: number } = {},
): Promise<CollectedGarbage> {
  const condemned = await condemnUnreferenced(granary);
  const forgotten = await removeDead(granary, options.graceSeconds ?? granary.settings.gcGraceSeconds);
  granary.metrics.condemnedBlobs.inc(condemned);
  granary.metrics.removedBlobs.inc(forgotten);
  return { condemned, forgotten };
}

async function condemnUnreferenced(granary: Granary): Promise<number> {
  let condemned = 0;
  for (;;) {
    const batch = await granary.database.transaction(condemnBatch);
    condemned += batch.condemned;
    if (batch.reviewed < batchSize) {
      return condemned;
    }
  }
}

async function condemnBatch(tx: Queryable): Promise<{ reviewed: number; condemned: number }> {
  const reviewed = (await tx.query<{ id: string }>(takeReviewed, [batchSize])).map((row) => row.id);
  if (reviewed.length === 0) {
    return { reviewed: 0, condemned: 0 };
  }
  const dead = await tx.query(condemn, [reviewed]);
  await tx.query(acquit, [reviewed]);
  return { reviewed: reviewed.length, condemned: dead.length };
}

interface DeadBlob {
  id: string;
  /** As PostgreSQL writes it, to the microsecond. */
  deadAt: string;
  path: string | null;
  /** Of its second copies, half-written ones too. */
  copies: string[] | null;
}

const beforeAll = { deadAt: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/** Files go before their rows, and outside any transaction: a crash between leaves a row that is tried again. */
async function removeDead(granary: Granary, graceSeconds: number): Promise<number> {
  const unreachable = new UnreachableStores(granary.log);
  let forgotten = 0;
  let last = beforeAll;
  for (;;) {
    const values = [graceSeconds, batchSize, last.deadAt, last.id];
    const dead = await granary.database.query<DeadBlob>(findDead, values);
    if (dead.length === 0 || (await isBackupRunning(granary.database))) {
      return forgotten;
    }
    forgotten += await removeBatch(granary, dead, unreachable);
    if (dead.length < batchSize) {
      return forgotten;
    }
    last = dead.at(-1) ?? last;
  }
}

/** A blob whose files could not all be removed keeps its row, and is tried again by the next run. */
async function removeBatch(granary: Granary, dead: DeadBlob[], unreachable: UnreachableStores): Promise<number> {
  const removed: DeadBlob[] = [];
  for (const blob of dead) {
    if (await removeFiles(granary, blob, unreachable)) {
      removed.push(blob);
    }
  }
  const ids = removed.map(({ id }) => id);
  await granary.database.query(forgetCopies, [ids, removed.flatMap(({ copies }) => copies ?? [])]);
  return (await granary.database.query(forget, [ids])).length;
}

async function removeFiles(
  { store }: Granary,
  { id, path, copies }: DeadBlob,
  unreachable: UnreachableStores,
): Promise<boolean> {
  const files = [...(copies ?? []), ...(path === null ? [] : [path])];
  if (files.some((file) => unreachable.isSilent(file))) {
    return false;
  }
  for (const file of files) {
    try {
      await store.remove(file);
    } catch (error) {
      unreachable.add({ id, path: file }, error);
      return false;
    }
  }
  return true;
}

/**
 * True while a backup copies bytes, all of which its snapshot may name: then nothing may be removed from any store. Ask
 * after what is to be removed was chosen: a backup that begins later reads its rows later, and does not name it.
 */
export async function isBackupRunning(database: Queryable): Promise<boolean> {
  const [row] = await database.query<{ free: boolean }>(tryBackupLock, [advisoryLocks.backup]);
  return row?.free !== true;
}
