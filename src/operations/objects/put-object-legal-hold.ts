import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { withBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { requeueReplication } from '../replication/queue-replication.js';
import type { ObjectInfo, VersionAddress } from '../types.js';
import { holdLockableVersion } from './find-lockable-version.js';
import { requireObjectLock } from './object-lock.js';
import { toObjectInfo } from './version-row.js';

export interface PutObjectLegalHoldInput extends VersionAddress {
  status: 'ON' | 'OFF';
}

const setLegalHold = statement(
  'set_legal_hold',
  `UPDATE object_version v SET legal_hold = $3, hold_decided = true
   WHERE v.id = $1 AND v.bucket_id = $2 AND v.state = 'COMMITTED' RETURNING v.id`,
);

/**
 * Places or lifts the hold of one version. It has no date, and is independent of the version's retention.
 * Throws `InvalidRequest` in a bucket without object lock.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html
 */
export async function putObjectLegalHold(context: RequestContext, input: PutObjectLegalHoldInput): Promise<ObjectInfo> {
  const lock = { legalHold: input.status === 'ON' };
  const asked = asking(context, { versionId: input.versionId, lock });
  return withBucket(asked, input, 's3:PutObjectLegalHold', (bucket) => {
    requireObjectLock(bucket);
    return context.granary.database.transaction((tx) => hold(tx, context, { bucket, input }));
  });
}

async function hold(
  tx: Queryable,
  context: RequestContext,
  { bucket, input }: { bucket: BucketState; input: PutObjectLegalHoldInput },
): Promise<ObjectInfo | 'stale'> {
  const version = await holdLockableVersion(tx, context, { bucket, input });
  if (version === 'stale') {
    return version;
  }
  const legalHold = input.status === 'ON';
  const changed = await tx.query(setLegalHold, [version.id, bucket.id, legalHold]);
  if (changed.length === 0) {
    throw new GranaryError('Internal', 'A version went while its key was locked');
  }
  if (version.replicationStatus !== null) {
    await requeueReplication(tx, version.id);
  }
  await recordEvent(tx, context, {
    action: 's3:PutObjectLegalHold',
    tenantId: bucket.tenantId,
    bucketId: bucket.id,
    key: input.key,
    versionId: version.id,
    details: { status: input.status },
  });
  return { ...toObjectInfo(version), legalHold };
}
