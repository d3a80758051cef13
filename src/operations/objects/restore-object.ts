import type { Acl } from '../../auth/acl/acl.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { withBucket } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { replicationParameters } from '../replication/replication-parameters.js';
import { withinQuota } from '../tenants/quotas.js';
import type { VersionAddress, WriteConditions, WrittenObject } from '../types.js';
import { attributesOf } from './object-attributes.js';
import { lockFor } from './object-lock.js';
import { promoteVersion } from './promote-version.js';
import { formatVersionId, parseVersionId, type VersionRow, versionColumns } from './version-row.js';
import { noSuchVersion } from './write-outcome.js';
import { beginWrite, insertVersion } from './write-version.js';

const takeFromTrash = statement(
  'take_from_trash',
  `SELECT ${versionColumns}, v.blob_id AS "blobId", v.acl FROM object_version v
   WHERE v.bucket_id = $1 AND v.key = $2 AND ($3::bigint IS NULL OR v.id = $3) AND v.state = 'DELETING' AND NOT v.delete_marker
     AND v.purge_after > now()
   ORDER BY v.id DESC LIMIT 1 FOR UPDATE`,
);

const emptyTrashed = statement(
  'empty_trashed',
  `UPDATE object_version SET state = 'DELETED', blob_id = NULL, purge_after = NULL WHERE id = $1`,
);

const countRestored = statement('count_restored', 'SELECT count_usage($1, 0, 0, 0, 0, -$2::bigint, 0)');

const moveParts = statement('move_parts', 'UPDATE version_part SET version_id = $2 WHERE version_id = $1');

/**
 * Brings a deleted or overwritten version back as the newest one, while the bucket's trash retention lasts. What is
 * the current version then goes the way of every overwritten one. Without a version id the one that was deleted or
 * overwritten last: in a bucket with versioning that may be a version below, which is promoted.
 */
export async function restoreObject(
  context: RequestContext,
  input: VersionAddress & { conditions?: WriteConditions },
): Promise<WrittenObject> {
  const rowId = input.versionId === undefined ? null : parseVersionId(input.versionId);
  const asked = asking(context, { versionId: input.versionId, conditions: input.conditions, creates: 'true' });
  const { restored } = await withBucket(asked, input, 's3:PutObject', (bucket) =>
    context.granary.database.transaction(async (tx) => {
      const begun = await beginWrite(tx, bucket, { key: input.key, conditions: input.conditions });
      return begun === 'stale'
        ? begun
        : withinQuota(tx, context, bucket, () => restore(tx, context, { bucket, key: input.key, rowId }));
    }),
  );
  return restored ?? promoteVersion(context, input);
}

async function restore(
  tx: Queryable,
  context: RequestContext,
  { bucket, key, rowId }: { bucket: BucketState; key: string; rowId: number | null },
): Promise<{ restored: WrittenObject | null }> {
  const [trashed] = await tx.query<VersionRow & { blobId: string | null; acl: Acl | null }>(takeFromTrash, [
    bucket.id,
    key,
    rowId,
  ]);
  if (trashed === undefined && rowId === null && bucket.versioning !== 'UNVERSIONED') {
    return { restored: null };
  }
  if (trashed === undefined) {
    throw rowId === null ? nothingTrashed() : noSuchVersion(key, formatVersionId({ id: rowId, isNull: false }));
  }
  // The references pass from the old row to the new one, so no count changes.
  await tx.query(emptyTrashed, [trashed.id]);
  await tx.query(countRestored, [bucket.id, trashed.size]);
  const object = await insertVersion(tx, context, bucket, {
    key,
    blobId: trashed.blobId,
    size: trashed.size,
    storedSize: trashed.storedSize,
    etag: trashed.etag,
    sha256: trashed.sha256,
    attributes: attributesOf(trashed),
    checksum: trashed.checksum,
    partCount: trashed.partCount,
    acl: trashed.acl,
    encryption: trashed.encryption,
    lock: await lockFor(context, bucket, { key }),
    replication: replicationParameters(bucket, { key, tags: trashed.tags, what: 'content' }),
    action: 'granary:RestoreObject',
  });
  await tx.query(moveParts, [trashed.id, object.id]);
  return { restored: { object, versioned: bucket.versioning !== 'UNVERSIONED', deduplicated: true } };
}

function nothingTrashed(): GranaryError {
  return new GranaryError('NotFound', 'Nothing of this key is in the trash.', { reason: 'NoSuchVersion' });
}
