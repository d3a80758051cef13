import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { settleReplicationStatus } from './queue-replication.js';

const batchSize = 500;

/** How much whoever changes the rules waits for. */
const promptBatches = 4;

/** Removed targets, and those that have something queued though no enabled rule names them. */
const takeTarget = statement(
  'take_withdrawn_target',
  `SELECT t.id, t.removed_at IS NOT NULL AS "isRemoved" FROM replication_target t JOIN bucket k ON k.id = t.bucket_id
   WHERE ($1::bigint IS NULL OR t.bucket_id = $1) AND (t.removed_at IS NOT NULL
     OR (NOT k.replication @> jsonb_build_array(jsonb_build_object('targetId', t.id, 'enabled', true))
       AND EXISTS (SELECT FROM replication_task p WHERE p.target_id = t.id AND p.state = 'PENDING')))
   ORDER BY t.id LIMIT 1 FOR NO KEY UPDATE OF t SKIP LOCKED FOR SHARE OF k SKIP LOCKED`,
);

const findVersions = statement(
  'find_withdrawn_versions',
  `SELECT p.version_id AS id FROM replication_task p WHERE p.target_id = $1 AND ($2 OR p.state = 'PENDING') LIMIT $3`,
);

const lockVersions = statement(
  'lock_withdrawn_versions',
  'SELECT v.id FROM object_version v WHERE v.id = ANY ($1::bigint[]) ORDER BY v.id FOR NO KEY UPDATE',
);

// What has arrived at a target that stays is known on, for a rule that names it again.
const keepArrived = statement(
  'keep_arrived_replication',
  `UPDATE replication_task SET state = 'COMPLETED', error = NULL, updated_at = clock_timestamp()
   WHERE target_id = $1 AND version_id = ANY ($2::bigint[]) AND state = 'PENDING' AND remote_version_id IS NOT NULL`,
);

const dropPending = statement(
  'drop_pending_replication',
  `DELETE FROM replication_task WHERE target_id = $1 AND version_id = ANY ($2::bigint[]) AND state = 'PENDING'`,
);

const dropAll = statement(
  'drop_all_replication',
  'DELETE FROM replication_task WHERE target_id = $1 AND version_id = ANY ($2::bigint[])',
);

const forgetTarget = statement('forget_replication_target', 'DELETE FROM replication_target WHERE id = $1');

/**
 * Drops what is queued for targets that no enabled rule names, and forgets removed targets with all that was sent to
 * them; in batches, each of which leaves the status of its versions right. Returns how many tasks it ended.
 */
export async function withdrawReplication({ database }: Granary): Promise<number> {
  let ended = 0;
  for (;;) {
    const batch = await database.transaction((tx) => withdrawBatch(tx, null));
    if (batch === null) {
      return ended;
    }
    ended += batch;
  }
}

/** Does so at once for a bucket whose rules were changed; what would take long is left to background work. */
export async function beginWithdrawal({ database, log }: Granary, bucketId: number): Promise<void> {
  try {
    for (let batches = 0; batches < promptBatches; batches += 1) {
      if ((await database.transaction((tx) => withdrawBatch(tx, bucketId))) === null) {
        return;
      }
    }
  } catch (error) {
    // The rules are set; background work goes on with it.
    log.warn({ error, bucket: bucketId }, 'What is queued for replication targets is dropped later');
  }
}

/** Null when there is nothing to do, or others do it. */
async function withdrawBatch(tx: Queryable, bucketId: number | null): Promise<number | null> {
  const [target] = await tx.query<{ id: string; isRemoved: boolean }>(takeTarget, [bucketId]);
  if (target === undefined) {
    return null;
  }
  const { id, isRemoved } = target;
  const found = await tx.query<{ id: number }>(findVersions, [id, isRemoved, batchSize]);
  const versionIds = found.map((version) => version.id);
  // Before their tasks, as whoever settles one does.
  await tx.query(lockVersions, [versionIds]);
  if (isRemoved) {
    await tx.query(dropAll, [id, versionIds]);
  } else {
    await tx.query(keepArrived, [id, versionIds]);
    await tx.query(dropPending, [id, versionIds]);
  }
  await settleReplicationStatus(tx, versionIds);
  if (isRemoved && versionIds.length === 0) {
    await tx.query(forgetTarget, [id]);
  }
  return versionIds.length;
}
