import { GranaryError } from '../../errors.js';
import type { BriefObject, ObjectInfo } from '../types.js';

/** The columns of a version, under the names of {@link VersionRow}, for a table called `v`. */
export const versionColumns = `
  v.id, v.bucket_id AS "bucketId", v.key, v.is_latest AS "isLatest", v.is_null AS "isNull",
  v.delete_marker AS "deleteMarker", v.size, v.stored_size AS "storedSize", v.etag, v.sha256, v.content_type AS "contentType", v.headers, v.metadata,
  v.tags, v.checksum, v.part_count AS "partCount", v.storage_class AS "storageClass", v.owner_id AS "ownerId",
  v.encryption, v.lock_mode AS "lockMode", v.retain_until AS "retainUntil", v.legal_hold AS "legalHold",
  v.replication_status AS "replicationStatus", v.created_at AS "createdAt"`;

export interface VersionRow extends Omit<ObjectInfo, 'versionId'> {
  isNull: boolean;
}

/** True of a version in the trash, in a table called `v`: it can be restored. */
export const isTrashed = `v.state = 'DELETING' AND NOT v.delete_marker AND v.purge_after > now()`;

/** The columns of a version in the trash besides, for a table called `v`. */
export const trashColumns = 'v.deleted_at AS "deletedAt", v.deleted_by AS "deletedBy", v.purge_after AS "purgeAt"';

export type TrashedRow = VersionRow & NonNullable<ObjectInfo['trashed']>;

/** The columns of what lists show of a version, for a table called `v`: half of them, and none that is a document. */
export const briefColumns = `
  v.id, v.bucket_id AS "bucketId", v.key, v.is_latest AS "isLatest", v.is_null AS "isNull",
  v.delete_marker AS "deleteMarker", v.size, v.etag, v.content_type AS "contentType", v.checksum,
  v.storage_class AS "storageClass", v.owner_id AS "ownerId", v.created_at AS "createdAt"`;

export interface BriefRow extends Omit<BriefObject, 'versionId'> {
  isNull: boolean;
}

/** A row of {@link briefColumns} as lists show it. */
export function toBriefObject(row: BriefRow): BriefObject {
  return {
    id: row.id,
    bucketId: row.bucketId,
    key: row.key,
    versionId: formatVersionId(row),
    isLatest: row.isLatest,
    deleteMarker: row.deleteMarker,
    size: row.size,
    etag: row.etag,
    contentType: row.contentType,
    checksum: row.checksum,
    storageClass: row.storageClass,
    ownerId: row.ownerId,
    createdAt: row.createdAt,
  };
}

/** A version's row as every face shows it. */
export function toObjectInfo(row: VersionRow): ObjectInfo {
  return {
    id: row.id,
    bucketId: row.bucketId,
    key: row.key,
    versionId: formatVersionId(row),
    isLatest: row.isLatest,
    deleteMarker: row.deleteMarker,
    size: row.size,
    storedSize: row.storedSize,
    encryption: row.encryption,
    lockMode: row.lockMode,
    retainUntil: row.retainUntil,
    legalHold: row.legalHold,
    replicationStatus: row.replicationStatus,
    etag: row.etag,
    sha256: row.sha256,
    contentType: row.contentType,
    headers: row.headers,
    metadata: row.metadata,
    tags: row.tags,
    checksum: row.checksum,
    partCount: row.partCount,
    storageClass: row.storageClass,
    ownerId: row.ownerId,
    createdAt: row.createdAt,
  };
}

/** In the trash every version goes by the id of its row, for many may have been null versions of one key. */
export function toTrashed({ deletedAt, deletedBy, purgeAt, ...row }: TrashedRow): ObjectInfo {
  return { ...toObjectInfo({ ...row, isNull: false }), trashed: { deletedAt, deletedBy, purgeAt } };
}

/** A version's id as clients see it: sixteen hex digits, or `null` for one written without versioning. */
export function formatVersionId(version: { id: number; isNull: boolean }): string {
  return version.isNull ? 'null' : version.id.toString(16).padStart(16, '0');
}

/** The row id behind a client's version id; 0 stands for the null version, as in the SQL functions. */
export function parseVersionId(versionId: string): number {
  if (versionId === 'null') {
    return 0;
  }
  const id = /^[0-9a-f]{16}$/.test(versionId) ? Number.parseInt(versionId, 16) : 0;
  if (id === 0 || !Number.isSafeInteger(id)) {
    const message = versionId === '' ? 'Version id cannot be the empty string' : 'Invalid version id specified';
    throw new GranaryError('InvalidInput', message, {
      reason: 'InvalidArgument',
      field: ['versionId'],
      data: { ArgumentName: 'versionId', ArgumentValue: versionId },
    });
  }
  return id;
}
