import { type Queryable, statement } from '../database/database.js';

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

const requeue = statement(
  'requeue_replication',
  `UPDATE replication_task SET state = 'PENDING', attempts = 0, next_at = now(), error = NULL, updated_at = clock_timestamp()
   WHERE version_id = $1`,
);

const requeueFailed = statement(
  'requeue_failed_replication',
  `UPDATE replication_task SET state = 'PENDING', attempts = 0, next_at = now(), error = NULL, updated_at = clock_timestamp()
   WHERE version_id = $1 AND state = 'FAILED' RETURNING target_id`,
);

const dropTasks = statement(
  'drop_replication_tasks',
  `DELETE FROM replication_task WHERE target_id = ANY ($1::uuid[]) AND ($2 OR state = 'PENDING')
   RETURNING version_id AS "versionId"`,
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

/** Forgets what is queued for targets, or all that was ever sent to them. */
export async function dropReplicationTasks(
  tx: Queryable,
  { targets, which }: { targets: readonly string[]; which: 'pending' | 'all' },
): Promise<void> {
  if (targets.length > 0) {
    const dropped = await tx.query<{ versionId: number }>(dropTasks, [targets, which === 'all']);
    await settleReplicationStatus(tx, [...new Set(dropped.map((row) => row.versionId))]);
  }
}
