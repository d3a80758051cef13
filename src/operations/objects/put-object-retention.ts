import { type Queryable, statement } from '../../database/database.js';
import { asking } from '../access/asking.js';
import { withBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { requeueReplication } from '../replication/queue-replication.js';
import type { ObjectInfo, VersionAddress } from '../types.js';
import { holdLockableVersion } from './find-lockable-version.js';
import {
  bypassesGovernance,
  type Retention,
  requireObjectLock,
  retainUntilPassed,
  validateRetainUntil,
} from './object-lock.js';
import { toObjectInfo } from './version-row.js';
import { objectLocked } from './write-outcome.js';

export interface PutObjectRetentionInput extends VersionAddress {
  /** Null takes the retention away. */
  retention: Retention | null;
  /** Past governance mode, which takes `s3:BypassGovernanceRetention` besides. */
  bypassGovernance?: 'BYPASS';
}

/** The condition stands in the statement, and by the database's clock, so that of racing changes none shortens another. */
const setRetention = statement(
  'set_retention',
  `UPDATE object_version v SET lock_mode = $3, retain_until = $4
   WHERE v.id = $1 AND v.bucket_id = $2 AND v.state = 'COMMITTED'
     AND may_retain(v.lock_mode, v.retain_until, $3, $4, $5) AND ($4::timestamptz IS NULL OR $4 > clock_timestamp())
   RETURNING v.id`,
);

const hasPassed = statement('has_passed', 'SELECT $1::timestamptz <= clock_timestamp() AS passed');

/**
 * Sets, extends or takes away the retention of one version. A longer date in the same mode is always allowed; anything
 * else that would weaken governance needs the bypass; compliance is never weakened before its date.
 * Throws `Locked`, `InvalidRequest` in a bucket without object lock, or `InvalidArgument` for a date that is over.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
 */
export async function putObjectRetention(context: RequestContext, input: PutObjectRetentionInput): Promise<ObjectInfo> {
  if (input.retention !== null) {
    validateRetainUntil(input.retention.retainUntil);
  }
  const lock = input.retention ?? undefined;
  const asked = asking(context, { versionId: input.versionId, lock });
  return withBucket(asked, input, 's3:PutObjectRetention', async (bucket) => {
    requireObjectLock(bucket);
    const bypass = await bypassesGovernance(asked, bucket, input);
    return context.granary.database.transaction((tx) => retain(tx, context, { bucket, input, bypass }));
  });
}

async function retain(
  tx: Queryable,
  context: RequestContext,
  { bucket, input, bypass }: { bucket: BucketState; input: PutObjectRetentionInput; bypass: boolean },
): Promise<ObjectInfo | 'stale'> {
  const version = await holdLockableVersion(tx, context, { bucket, input });
  if (version === 'stale') {
    return version;
  }
  const mode = input.retention?.mode ?? null;
  const retainUntil = input.retention?.retainUntil ?? null;
  const changed = await tx.query(setRetention, [version.id, bucket.id, mode, retainUntil, bypass]);
  if (changed.length === 0) {
    throw await refusal(tx, retainUntil);
  }
  if (version.replicationStatus !== null) {
    await requeueReplication(tx, version.id);
  }
  await recordEvent(tx, context, {
    action: 's3:PutObjectRetention',
    tenantId: bucket.tenantId,
    bucketId: bucket.id,
    key: input.key,
    versionId: version.id,
    details: { mode, retainUntil, bypassGovernance: bypass },
  });
  return { ...toObjectInfo(version), lockMode: mode, retainUntil };
}

async function refusal(tx: Queryable, retainUntil: Date | null): Promise<Error> {
  const [row] = await tx.query<{ passed: boolean | null }>(hasPassed, [retainUntil]);
  return row?.passed === true ? retainUntilPassed() : objectLocked();
}
