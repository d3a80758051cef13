import { type Queryable, statement } from '../../database/database.js';

/** The status that a version's tasks add up to, as in AWS: one failure counts more than what is still under way. */
const settledStatus = `
  CASE WHEN bool_or(t.state = 'FAILED') THEN 'FAILED' WHEN bool_or(t.state = 'PENDING') THEN 'PENDING'
    WHEN count(t.state) > 0 THEN 'COMPLETED' END`;

const settleStatus = statement(
  'settle_replication_status',
  `UPDATE object_version v SET replication_status = s.status
   FROM (SELECT i.id, ${settledStatus} AS status
     FROM unnest($1::bigint[]) AS i (id) LEFT JOIN replication_task t ON t.version_id = i.id GROUP BY i.id) s
   WHERE v.id = s.id AND v.replication_status IS DISTINCT FROM s.status
     AND v.replication_status IS DISTINCT FROM 'REPLICA'`,
);

/** To targets that an enabled rule of the bucket names, and no others. */
const queueAgain = `
  UPDATE replication_task t
  SET state = 'PENDING', attempts = 0, next_at = now(), error = NULL, updated_at = clock_timestamp()
  FROM object_version v JOIN bucket k ON k.id = v.bucket_id
  WHERE t.version_id = $1 AND v.id = $1
    AND k.replication @> jsonb_build_array(jsonb_build_object('targetId', t.target_id, 'enabled', true))`;

const requeue = statement('requeue_replication', queueAgain);

const requeueFailed = statement(
  'requeue_failed_replication',
  `${queueAgain} AND t.state = 'FAILED' RETURNING t.target_id`,
);

/** Makes the status of versions what their tasks say. */
export async function settleReplicationStatus(tx: Queryable, versionIds: readonly number[]): Promise<void> {
  if (versionIds.length > 0) {
    await tx.query(settleStatus, [versionIds]);
  }
}

/**
 * Queues a version anew for the targets that it goes to, in the transaction that changes its tags or its lock. A target
 * that has its content gets the change alone; a replica goes nowhere, for it has no tasks.
 */
export async function requeueReplication(tx: Queryable, versionId: number): Promise<void> {
  await tx.query(requeue, [versionId]);
  await settleReplicationStatus(tx, [versionId]);
}

/** Tries again what was given up of one version. Returns how many targets that are. */
export async function requeueFailedReplication(tx: Queryable, versionId: number): Promise<number> {
  const queued = await tx.query(requeueFailed, [versionId]);
  await settleReplicationStatus(tx, [versionId]);
  return queued.length;
}
