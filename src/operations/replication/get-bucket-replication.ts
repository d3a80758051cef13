import { type Queryable, statement } from '../../database/database.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress } from '../types.js';
import type { ReplicationRule } from './replication-rules.js';
import { findReplicationTargets, type ReplicationTargetInfo } from './replication-targets.js';

/** How far a target is behind. */
export interface TargetFigures {
  pending: number;
  failed: number;
  completed: number;
  /** Seconds since the oldest version was written that is still pending; 0 when none is. */
  lagSeconds: number;
}

/** A target, and how far it has come. */
export type FollowedTarget = ReplicationTargetInfo & TargetFigures;

export interface BucketReplication {
  rules: readonly ReplicationRule[];
  targets: FollowedTarget[];
}

const countTasks = statement(
  'count_replication_tasks',
  `SELECT t.target_id AS "targetId", count(*) FILTER (WHERE t.state = 'PENDING') AS pending,
     count(*) FILTER (WHERE t.state = 'FAILED') AS failed, count(*) FILTER (WHERE t.state = 'COMPLETED') AS completed,
     COALESCE(EXTRACT(epoch FROM now() - min(v.created_at) FILTER (WHERE t.state = 'PENDING')), 0)::double precision
       AS "lagSeconds"
   FROM replication_task t JOIN object_version v ON v.id = t.version_id
   WHERE t.target_id = ANY ($1::uuid[]) GROUP BY t.target_id`,
);

/**
 * A bucket's replication rules, and its targets with how far each has come; counting costs what there is to count.
 * `follow` is {@link loadFollowedTargets}, for whoever asks about many buckets at once.
 */
export async function getBucketReplication(
  context: RequestContext,
  address: BucketAddress,
  follow = async (bucketId: number) => (await loadFollowedTargets(context, [bucketId]))[0] ?? [],
): Promise<BucketReplication> {
  const bucket = await openBucket(context, address, 's3:GetReplicationConfiguration');
  return { rules: bucket.replication, targets: await follow(bucket.id) };
}

/** The targets of each bucket, in the order of the ids. Whoever asks has been shown the buckets' replication. */
export async function loadFollowedTargets(
  { granary: { database } }: RequestContext,
  bucketIds: readonly number[],
): Promise<FollowedTarget[][]> {
  const targets = await findReplicationTargets(database, bucketIds);
  const figures = await targetFigures(
    database,
    targets.map(({ id }) => id),
  );
  const followed = targets.map((target) => ({ ...target, ...(figures.get(target.id) ?? noFigures) }));
  const byBucket = Map.groupBy(followed, ({ bucketId }) => bucketId);
  return bucketIds.map((id) => byBucket.get(id) ?? []);
}

/** Figures by the targets' ids; a target to which nothing was ever queued has none. */
export async function targetFigures(
  database: Queryable,
  targetIds: readonly string[],
): Promise<Map<string, TargetFigures>> {
  if (targetIds.length === 0) {
    return new Map();
  }
  const rows = await database.query<TargetFigures & { targetId: string }>(countTasks, [targetIds]);
  return new Map(rows.map(({ targetId, ...figures }) => [targetId, { ...figures, lagSeconds: figures.lagSeconds }]));
}

const noFigures: TargetFigures = { pending: 0, failed: 0, completed: 0, lagSeconds: 0 };
