import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { denial, isPermitted } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type { VersionAddress } from '../types.js';
import { formatVersionId, parseVersionId, type VersionRow, versionColumns } from './version-row.js';
import { noSuchKey, noSuchVersion } from './write-outcome.js';

/** The bucket's own row comes back even when there is no such version: its absence says that the caller's copy is stale. */
const findLockable = statement(
  'find_lockable',
  `SELECT v.* FROM bucket k LEFT JOIN LATERAL (
     SELECT ${versionColumns} FROM object_version v
     WHERE v.bucket_id = k.id AND v.key = $3 AND v.state = 'COMMITTED'
       AND CASE WHEN $4::bigint IS NULL THEN true WHEN $4 = 0 THEN v.is_null ELSE v.id = $4 END
     ORDER BY v.id DESC LIMIT 1
   ) v ON true
   WHERE k.id = $1 AND k.revision = $2 AND k.deleted_at IS NULL`,
);

const lockKey = statement('lock_bucket_and_key', 'SELECT lock_bucket_shared($1), lock_key($1, $2)');

/**
 * The version that a retention or a hold is asked of: the latest of a key, or the one named. Throws `NoSuchKey`,
 * `NoSuchVersion`, or `MethodNotAllowed` for a delete marker that was named, which cannot be locked.
 */
export async function findLockableVersion(
  queryable: Queryable,
  context: RequestContext,
  { bucket, input }: { bucket: BucketState; input: VersionAddress },
): Promise<VersionRow | 'stale'> {
  const { key, versionId } = input;
  const rowId = versionId === undefined ? null : parseVersionId(versionId);
  const values = [bucket.id, bucket.revision, key, rowId];
  const [row] = await queryable.query<VersionRow | { id: null }>(findLockable, values);
  if (row === undefined) {
    return 'stale';
  }
  if (row.id === null || (row.deleteMarker && versionId === undefined)) {
    // AWS: who may not list a bucket does not learn which keys it lacks.
    const asked = asking(context, { prefix: key });
    if (!(await isPermitted(asked, { action: 's3:ListBucket', bucket }))) {
      throw await denial(asked, { action: 's3:ListBucket', bucket });
    }
    throw versionId === undefined ? noSuchKey(key, markerOf(row)) : noSuchVersion(key, versionId);
  }
  if (row.deleteMarker) {
    throw new GranaryError('Conflict', 'The specified method is not allowed against this resource.', {
      reason: 'MethodNotAllowed',
      data: { ResourceType: 'DeleteMarker', deleteMarker: true, versionId: formatVersionId(row) },
    });
  }
  return row;
}

/** As {@link findLockableVersion}, in a transaction that keeps all others from writing or deleting the key until it ends. */
export async function holdLockableVersion(
  tx: Queryable,
  context: RequestContext,
  target: { bucket: BucketState; input: VersionAddress },
): Promise<VersionRow | 'stale'> {
  await tx.query(lockKey, [target.bucket.id, target.input.key]);
  return findLockableVersion(tx, context, target);
}

function markerOf(row: VersionRow | { id: null }): { versionId: string } | undefined {
  return row.id === null ? undefined : { versionId: formatVersionId(row) };
}
