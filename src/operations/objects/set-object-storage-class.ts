import { asking } from '../access/asking.js';
import { withBucket } from '../access/authorize.js';
import { transitionVersion } from '../blobs/transition-version.js';
import type { RequestContext } from '../context.js';
import type { ObjectInfo, StorageClass, VersionAddress } from '../types.js';
import { findLockableVersion } from './find-lockable-version.js';
import { toObjectInfo } from './version-row.js';

/**
 * Gives one version another storage class in place: no new version is made, and nothing else of it changes. It takes
 * `s3:PutObject`, for a named version too, as AWS has no action for it: there only lifecycle rules change a class in
 * place, and a writer of the key changes it by copying the object onto itself. Locked versions can be moved, for object
 * lock keeps their content, not its place.
 */
export async function setObjectStorageClass(
  context: RequestContext,
  input: VersionAddress & { storageClass: StorageClass },
): Promise<ObjectInfo> {
  const { storageClass, ...address } = input;
  return withBucket(
    asking(context, { versionId: address.versionId, storageClass }),
    address,
    's3:PutObject',
    async (bucket) => {
      const version = await findLockableVersion(context.granary.database, context, { bucket, input: address });
      if (version === 'stale') {
        return version;
      }
      if (version.storageClass === storageClass) {
        return toObjectInfo(version);
      }
      const moved = await transitionVersion(context, bucket, {
        version,
        storageClass,
        action: 'granary:ChangeStorageClass',
      });
      return moved.outcome === 'ok'
        ? { ...toObjectInfo(version), storageClass, storedSize: moved.storedSize }
        : // Read anew: who deleted the version meanwhile makes this NoSuchKey, who moved it makes another attempt.
          'stale';
    },
  );
}
