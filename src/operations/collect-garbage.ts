import { type Queryable, statement } from '../database/database.js';
import type { Granary } from './context.js';

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
  `SELECT id, path FROM blob WHERE state = 'dead' AND dead_at <= now() - make_interval(secs => $1)
   ORDER BY dead_at LIMIT $2`,
);

const forget = statement('forget_blobs', `DELETE FROM blob WHERE id = ANY ($1::uuid[]) AND state = 'dead'`);

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

/** Files go before their rows, and outside any transaction: a crash between leaves a row that is tried again. */
async function removeDead(granary: Granary, graceSeconds: number): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const dead = await granary.database.query<{ id: string; path: string | null }>(findDead, [graceSeconds, batchSize]);
    for (const { path } of dead) {
      if (path !== null) {
        await granary.store.remove(path);
      }
    }
    if (dead.length > 0) {
      await granary.database.query(forget, [dead.map((row) => row.id)]);
    }
    forgotten += dead.length;
    if (dead.length < batchSize) {
      return forgotten;
    }
  }
}
