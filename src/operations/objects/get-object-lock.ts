import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { isPermitted, resolveBucket, withBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { ObjectAddress, ObjectInfo, ObjectLock, VersionAddress } from '../types.js';
import { findLockableVersion } from './find-lockable-version.js';
import { type Retention, requireObjectLock } from './object-lock.js';
import type { VersionRow } from './version-row.js';

const findHold = statement(
  'find_hold',
  'SELECT v.hold_decided AS decided FROM object_version v WHERE v.id = $1 AND v.bucket_id = $2',
);

/** The retention of a version, over or not. Throws `NoSuchObjectLockConfiguration` when it has none. */
export async function getObjectRetention(context: RequestContext, input: VersionAddress): Promise<Retention> {
  const retention = retentionOf(await findLock(context, input, 's3:GetObjectRetention'));
  if (retention === null) {
    throw noLock();
  }
  return retention;
}

/** Whether a version is under a hold. Throws `NoSuchObjectLockConfiguration` when none was ever placed or lifted. */
export async function getObjectLegalHold(context: RequestContext, input: VersionAddress): Promise<'ON' | 'OFF'> {
  const { id, bucketId, legalHold } = await findLock(context, input, 's3:GetObjectLegalHold');
  if (legalHold) {
    return 'ON';
  }
  const [version] = await context.granary.database.query<{ decided: boolean }>(findHold, [id, bucketId]);
  if (version?.decided !== true) {
    throw noLock();
  }
  return 'OFF';
}

function noLock(): GranaryError {
  return new GranaryError('NotFound', 'The specified object does not have a ObjectLock configuration', {
    reason: 'NoSuchObjectLockConfiguration',
  });
}

type ShownVersion = Pick<ObjectInfo, 'isLatest' | 'versionId' | 'tags'>;

/** The retention of an object that the caller was let see; null when there is none, or the caller may not see that. */
export async function visibleRetention(
  context: RequestContext,
  address: ObjectAddress,
  object: ShownVersion & Pick<ObjectInfo, 'lockMode' | 'retainUntil'>,
): Promise<Retention | null> {
  const retention = retentionOf(object);
  return retention !== null && (await maySee(context, { address, object, action: 's3:GetObjectRetention' }))
    ? retention
    : null;
}

/** Whether an object that the caller was let see is under a hold; null when the caller may not see that. */
export async function visibleLegalHold(
  context: RequestContext,
  address: ObjectAddress,
  object: ShownVersion & Pick<ObjectInfo, 'legalHold'>,
): Promise<boolean | null> {
  return (await maySee(context, { address, object, action: 's3:GetObjectLegalHold' })) ? object.legalHold : null;
}

/** What keeps an object that the caller was let see, as far as it may see that. */
export async function visibleLock(
  context: RequestContext,
  address: ObjectAddress,
  object: ShownVersion & Pick<ObjectInfo, 'lockMode' | 'retainUntil' | 'legalHold'>,
): Promise<ObjectLock> {
  // Most objects are not locked, and reads are many.
  if (object.lockMode === null && !object.legalHold) {
    return {};
  }
  const retention = await visibleRetention(context, address, object);
  const legalHold = await visibleLegalHold(context, address, object);
  return { ...retention, ...(legalHold === true ? { legalHold } : {}) };
}

function findLock(
  context: RequestContext,
  input: VersionAddress,
  action: 's3:GetObjectRetention' | 's3:GetObjectLegalHold',
): Promise<VersionRow> {
  return withBucket(asking(context, { versionId: input.versionId }), input, action, async (bucket) => {
    requireObjectLock(bucket);
    return findLockableVersion(context.granary.database, context, { bucket, input });
  });
}

async function maySee(
  context: RequestContext,
  { address, object, action }: { address: ObjectAddress; object: ShownVersion; action: string },
): Promise<boolean> {
  const bucket = await resolveBucket(context, address);
  const { isLatest, versionId, tags } = object;
  const asked = isLatest ? context : asking(context, { versionId });
  return isPermitted(asked, { action, bucket, key: address.key, existingTags: tags });
}

function retentionOf({ lockMode, retainUntil }: Pick<ObjectInfo, 'lockMode' | 'retainUntil'>): Retention | null {
  return lockMode === null || retainUntil === null ? null : { mode: lockMode, retainUntil };
}
