import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';

const batchSize = 500;

/** What was deleted past a governance retention may go; what a hold or compliance keeps never came here, and would stay. */
const takeDue = statement(
  'take_due_versions',
  `SELECT v.id, v.bucket_id AS "bucketId", CASE WHEN v.purge_after > v.deleted_at THEN v.size ELSE 0 END AS trashed
   FROM object_version v WHERE v.state = 'DELETING' AND v.purge_after <= now()
     AND NOT is_locked(v.lock_mode, v.retain_until, v.legal_hold, true)
   ORDER BY v.purge_after LIMIT $1 FOR UPDATE SKIP LOCKED`,
);

/** Every reference of a version, in its row or in its parts, is dropped and counted down once. */
const dropReferences = statement(
  'drop_references',
  `WITH parts AS (
     DELETE FROM version_part p WHERE p.version_id = ANY ($1::bigint[]) RETURNING p.blob_id
   ), versions AS (
     SELECT v.id, v.blob_id FROM object_version v WHERE v.id = ANY ($1::bigint[])
   ), dropped AS (
     SELECT blob_id, count(*)::integer AS count
     FROM (SELECT blob_id FROM parts UNION ALL SELECT blob_id FROM versions WHERE blob_id IS NOT NULL) r GROUP BY blob_id
   ), locked AS (
     SELECT b.id, d.count FROM blob b JOIN dropped d ON d.blob_id = b.id ORDER BY b.id FOR UPDATE OF b
   ), released AS (
     UPDATE blob b SET ref_count = b.ref_count - l.count,
       review_at = CASE WHEN b.ref_count = l.count THEN now() + make_interval(secs => $2) END
     FROM locked l WHERE b.id = l.id
   )
   UPDATE object_version v SET state = 'DELETED', blob_id = NULL, purge_after = NULL WHERE v.id = ANY ($1::bigint[])`,
);

const countPurged = statement('count_purged_trash', 'SELECT count_usage($1, 0, 0, 0, 0, -$2::bigint, 0)');

interface DueVersion {
  id: number;
  bucketId: number;
  /** Bytes that counted as trash. */
  trashed: number;
}

/**
 * DELETING becomes DELETED for every version whose trash retention is over: its references are dropped, and blobs
 * without any other are queued for review. Returns how many versions it was.
 */
export async function purgeVersions(granary: Granary, options: { graceSeconds?: number } = {}): Promise<number> {
  const grace = options.graceSeconds ?? granary.settings.gcGraceSeconds;
  let purged = 0;
  for (;;) {
    const batch = await granary.database.transaction((tx) => purgeBatch(tx, grace));
    purged += batch;
    if (batch < batchSize) {
      return purged;
    }
  }
}

async function purgeBatch(tx: Queryable, graceSeconds: number): Promise<number> {
  const due = await tx.query<DueVersion>(takeDue, [batchSize]);
  if (due.length > 0) {
    await tx.query(dropReferences, [due.map((row) => row.id), graceSeconds]);
    await countTrash(tx, due);
  }
  return due.length;
}

/** What was in the trash, for it was to stay longer than its deletion, does not count any more. */
async function countTrash(tx: Queryable, due: DueVersion[]): Promise<void> {
  const byBucket = new Map<number, number>();
  for (const { bucketId, trashed } of due) {
    byBucket.set(bucketId, (byBucket.get(bucketId) ?? 0) + trashed);
  }
  for (const [bucketId, bytes] of [...byBucket].sort(([a], [b]) => a - b)) {
    if (bytes > 0) {
      await tx.query(countPurged, [bucketId, bytes]);
    }
  }
}
