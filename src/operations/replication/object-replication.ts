import { statement } from '../../database/database.js';
import { openBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { parseVersionId } from '../objects/version-row.js';
import { noSuchVersion } from '../objects/write-outcome.js';
import type { BucketAddress, VersionAddress } from '../types.js';
import { requeueFailedReplication } from './queue-replication.js';

/** One version on its way to one target. */
export interface ReplicationTaskInfo {
  targetId: string;
  /** Endpoint, slash, bucket. */
  target: string;
  state: 'PENDING' | 'COMPLETED' | 'FAILED';
  attempts: number;
  /** When it is tried next, while it is pending. */
  nextAt: Date;
  /** What went wrong the last time. */
  error: string | null;
  /** The version at the target; `null` (as text) where there are no versions. */
  remoteVersionId: string | null;
  updatedAt: Date;
}

const findTasks = statement(
  'find_version_replication',
  `SELECT t.version_id AS "versionId", t.target_id AS "targetId", r.endpoint || '/' || r.target_bucket AS target, t.state, t.attempts,
     t.next_at AS "nextAt", t.error, t.remote_version_id AS "remoteVersionId", t.updated_at AS "updatedAt"
   FROM replication_task t JOIN replication_target r ON r.id = t.target_id AND r.removed_at IS NULL
   WHERE t.version_id = ANY ($1::bigint[]) ORDER BY r.created_at, r.id`,
);

const findNamed = statement(
  'find_replicated_version',
  `SELECT v.id FROM object_version v WHERE v.bucket_id = $1 AND v.key = $2 AND v.state = 'COMMITTED'
     AND CASE WHEN $3::bigint IS NULL THEN v.is_latest WHEN $3 = 0 THEN v.is_null ELSE v.id = $3 END`,
);

/** True for who may see where the versions of a bucket go; throws `AccessDenied` or `NoSuchBucket` for others. */
export async function mayViewReplication(context: RequestContext, address: BucketAddress): Promise<true> {
  await openBucket(context, address, 's3:GetReplicationConfiguration');
  return true;
}

/** How far versions have come at each of their targets, in the order of the ids. The caller was allowed to see it. */
export async function loadReplicationTasks(
  { granary }: RequestContext,
  versionIds: readonly number[],
): Promise<ReplicationTaskInfo[][]> {
  const rows = await granary.database.query<ReplicationTaskInfo & { versionId: number }>(findTasks, [versionIds]);
  const byVersion = Map.groupBy(rows, ({ versionId }) => versionId);
  return versionIds.map((id) => byVersion.get(id) ?? []);
}

/** Queues a version again for the targets that it failed at. Returns how many those are. */
export async function retryReplication(context: RequestContext, input: VersionAddress): Promise<number> {
  const bucket = await openBucket(context, input, 's3:InitiateReplication');
  const rowId = input.versionId === undefined ? null : parseVersionId(input.versionId);
  return context.granary.database.transaction(async (tx) => {
    const [version] = await tx.query<{ id: number }>(findNamed, [bucket.id, input.key, rowId]);
    if (version === undefined) {
      throw noSuchVersion(input.key, input.versionId ?? '');
    }
    const queued = await requeueFailedReplication(tx, version.id);
    await recordEvent(tx, context, {
      action: 's3:InitiateReplication',
      tenantId: bucket.tenantId,
      bucketId: bucket.id,
      key: input.key,
      versionId: version.id,
      details: { targets: queued },
    });
    return queued;
  });
}
