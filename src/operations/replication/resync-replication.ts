import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { noSuchBucket, openBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { Granary, RequestContext } from '../context.js';
import type { BucketAddress } from '../types.js';
import { settleReplicationStatus } from './queue-replication.js';
import { decidingRules, type ReplicationRule } from './replication-rules.js';

/**
 * Which existing versions are queued: those that never came to a target or failed; those that failed; or all, which
 * sends their content once more, as to a target that lost it.
 */
export type ResyncMode = 'MISSING' | 'FAILED' | 'ALL';

export interface ResyncInput extends BucketAddress {
  mode: ResyncMode;
  /** Only what was written at this time or later. */
  since?: Date | undefined;
}

/** What a target's row holds while versions are being queued for it. */
interface Resync {
  mode: ResyncMode;
  since: string | null;
  /** The version that was looked at last. */
  after: { key: string; id: number } | null;
  /** Newer versions were queued when they were written. */
  upTo: number;
  queued: number;
}

interface ResyncTarget {
  targetId: string;
  bucketId: number;
  tenantId: number;
  rules: ReplicationRule[];
  resync: Resync;
}

interface Candidate {
  id: number;
  key: string;
  tags: Record<string, string>;
  deleteMarker: boolean;
  state: 'PENDING' | 'COMPLETED' | 'FAILED' | null;
  superseded: boolean;
}

const batchSize = 500;

// The newest of all buckets, which the primary key has at hand; this bucket's alone would be searched for.
const startResyncStatement = statement(
  'start_replication_resync',
  `UPDATE replication_target t SET resync = $3::jsonb
     || jsonb_build_object('upTo', (SELECT COALESCE(max(v.id), 0) FROM object_version v))
   WHERE t.bucket_id = $1 AND t.id = ANY ($2::uuid[]) RETURNING t.id`,
);

const takeTarget = statement(
  'take_replication_resync',
  `SELECT t.id AS "targetId", t.bucket_id AS "bucketId", k.tenant_id AS "tenantId", k.replication AS rules, t.resync
   FROM replication_target t JOIN bucket k ON k.id = t.bucket_id
   WHERE t.resync IS NOT NULL ORDER BY t.id LIMIT 1 FOR UPDATE OF t SKIP LOCKED`,
);

const findCandidates = statement(
  'find_resync_candidates',
  `SELECT v.id, v.key, v.tags, v.delete_marker AS "deleteMarker", t.state,
     EXISTS (SELECT FROM object_version o JOIN replication_task p ON p.version_id = o.id
       WHERE o.bucket_id = v.bucket_id AND o.key = v.key AND o.state = 'COMMITTED' AND o.id > v.id AND p.target_id = $2
         AND p.remote_version_id IS NOT NULL) AS superseded
   FROM object_version v LEFT JOIN replication_task t ON t.version_id = v.id AND t.target_id = $2
   WHERE v.bucket_id = $1 AND v.state = 'COMMITTED' AND v.replication_status IS DISTINCT FROM 'REPLICA'
     AND v.id <= $3 AND ($4::timestamptz IS NULL OR v.created_at >= $4) AND (v.key, v.id) > ($5, $6)
   ORDER BY v.key, v.id LIMIT $7`,
);

const queueVersions = statement(
  'queue_resync_versions',
  `INSERT INTO replication_task AS t (version_id, target_id) SELECT i.id, $2 FROM unnest($1::bigint[]) AS i (id)
   ON CONFLICT (version_id, target_id) DO UPDATE SET state = 'PENDING', attempts = 0, next_at = now(), error = NULL,
     updated_at = clock_timestamp(), remote_version_id = CASE WHEN $3 THEN NULL ELSE t.remote_version_id END`,
);

const moveOn = statement('move_replication_resync', 'UPDATE replication_target SET resync = $2 WHERE id = $1');

/**
 * Has existing versions queued that the bucket's rules match, by background work that survives restarts; meanwhile
 * nothing is sent to its targets, so that the versions of a key keep their order. Starts anew when one is under way.
 * Returns how many targets are concerned.
 */
export async function resyncReplication(context: RequestContext, input: ResyncInput): Promise<number> {
  const bucket = await openBucket(context, input, 's3:InitiateReplication');
  return startResync(context, bucket, input);
}

/** As {@link resyncReplication}, for whoever has the machine and needs no rights. */
export async function resyncBucket(granary: Granary, input: ResyncInput & { tenant: string }): Promise<number> {
  const bucket = await granary.buckets.find(input.tenant, input.bucket);
  if (bucket === undefined) {
    throw noSuchBucket(input.bucket);
  }
  return startResync({ granary, requestId: 'command', sourceIp: null }, bucket, input);
}

async function startResync(
  context: Pick<RequestContext, 'granary' | 'requestId' | 'sourceIp'> & { caller?: RequestContext['caller'] },
  bucket: BucketState,
  { mode, since }: Pick<ResyncInput, 'mode' | 'since'>,
): Promise<number> {
  const targets = new Set(bucket.replication.filter((rule) => rule.enabled).map((rule) => rule.targetId));
  if (targets.size === 0) {
    throw new GranaryError('Conflict', 'The bucket has no replication rule that is enabled.', {
      reason: 'ReplicationConfigurationNotFoundError',
      data: { BucketName: bucket.name },
    });
  }
  const resync: Omit<Resync, 'upTo'> = { mode, since: since?.toISOString() ?? null, after: null, queued: 0 };
  return context.granary.database.transaction(async (tx) => {
    const started = await tx.query(startResyncStatement, [bucket.id, [...targets], JSON.stringify(resync)]);
    await recordEvent(tx, context, {
      action: 's3:InitiateReplication',
      tenantId: bucket.tenantId,
      bucketId: bucket.id,
      details: { mode, since: resync.since },
    });
    return started.length;
  });
}

/** Goes on with whatever is to be queued, in batches. Returns how many versions it queued. */
export async function continueResyncs(granary: Granary): Promise<number> {
  let queued = 0;
  for (;;) {
    const batch = await granary.database.transaction(queueBatch);
    if (batch === null) {
      return queued;
    }
    queued += batch;
  }
}

/** Null when there is nothing to do, or others do it. */
async function queueBatch(tx: Queryable): Promise<number | null> {
  const [target] = await tx.query<ResyncTarget>(takeTarget);
  if (target === undefined) {
    return null;
  }
  const { resync, targetId, bucketId } = target;
  const candidates = await tx.query<Candidate>(findCandidates, [
    ...[bucketId, targetId, resync.upTo, resync.since, resync.after?.key ?? '', resync.after?.id ?? 0, batchSize],
  ]);
  const ids = candidates.filter((candidate) => isWanted(target, candidate)).map(({ id }) => id);
  await tx.query(queueVersions, [ids, targetId, resync.mode === 'ALL']);
  await settleReplicationStatus(tx, ids);
  const last = candidates.at(-1);
  const next: Resync = {
    ...resync,
    after: last === undefined ? resync.after : { key: last.key, id: last.id },
    queued: resync.queued + ids.length,
  };
  const isOver = candidates.length < batchSize;
  await tx.query(moveOn, [targetId, isOver ? null : JSON.stringify(next)]);
  if (isOver) {
    await recordEnd(tx, target, next);
  }
  return ids.length;
}

function isWanted({ rules, targetId, resync }: ResyncTarget, candidate: Candidate): boolean {
  const { key, tags, deleteMarker, state, superseded } = candidate;
  const what = deleteMarker ? 'marker' : 'content';
  const rule = decidingRules(rules, { key, tags, what }).find((deciding) => deciding.targetId === targetId);
  if (rule === undefined || (deleteMarker && !rule.deleteMarkers)) {
    return false;
  }
  switch (resync.mode) {
    case 'ALL':
      return true;
    case 'MISSING':
      return (state === null || state === 'FAILED') && !superseded;
    case 'FAILED':
      return state === 'FAILED' && !superseded;
    default:
      return resync.mode satisfies never;
  }
}

async function recordEnd(tx: Queryable, { tenantId, bucketId, targetId }: ResyncTarget, resync: Resync): Promise<void> {
  const { mode, since, queued } = resync;
  await recordEvent(
    tx,
    { requestId: 'replication', sourceIp: null },
    { action: 'granary:ReplicationQueued', tenantId, bucketId, details: { targetId, mode, since, queued } },
  );
}
