import type { Acl } from '../../auth/acl/acl.js';
import type { ChecksumAlgorithm } from '../../storage/checksums.js';
import type { StoredAttributes } from '../objects/object-attributes.js';
import type { ChecksumType, ObjectEncryption, ObjectLock, StorageClass, WriteConditions } from '../types.js';

/** A multipart upload in progress. */
export interface UploadInfo {
  /** 32 hex digits. */
  id: string;
  key: string;
  bucketId: number;
  ownerId: number | null;
  storageClass: StorageClass;
  checksumAlgorithm: ChecksumAlgorithm | null;
  checksumType: ChecksumType | null;
  /** Null when the server stores in the clear. */
  encryption: ObjectEncryption | null;
  createdAt: Date;
}

/** What an upload by tus has besides; its parts may be of any size. */
export interface TusUpload {
  /** The header Upload-Metadata as it was sent, which the protocol hands back. */
  metadata?: string;
  /** The header Upload-Concat: `partial` for a part of an upload to come, `final;` and the parts for that upload. */
  concat?: string;
}

export interface PartInfo {
  partNumber: number;
  size: number;
  /** MD5 in hex, without quotes. */
  etag: string;
  /** Base64, of the upload's algorithm. */
  checksum: string | null;
  createdAt: Date;
}

/** A part that was just stored, with the algorithm of its checksum. */
export interface StoredPart extends PartInfo {
  checksumAlgorithm: ChecksumAlgorithm | null;
  encryption: ObjectEncryption | null;
}

/** The columns of an upload, under the names of {@link UploadRow}, for a table called `u`. */
export const uploadColumns = `
  replace(u.id::text, '-', '') AS id, u.key, u.bucket_id AS "bucketId", u.owner_id AS "ownerId",
  u.storage_class AS "storageClass", u.checksum_algorithm AS "checksumAlgorithm", u.checksum_type AS "checksumType",
  CASE WHEN u.encryption->>'algorithm' <> 'NONE' THEN u.encryption END AS encryption, u.created_at AS "createdAt"`;

/** What completing an upload needs of its row besides. */
export const uploadStateColumns = `
  u.state, u.version_id AS "versionId", u.encryption IS NOT NULL AS "isEncryptionDecided", u.content_type AS "contentType", u.headers, u.metadata, u.tags,
  u.object_lock AS "objectLock", u.acl, u.size AS "plannedSize", u.part_size AS "partSize", u.sha256, u.conditions, u.tus`;

export interface UploadRow extends UploadInfo, StoredAttributes {
  state: 'OPEN' | 'COMPLETED' | 'ABORTED';
  versionId: number | null;
  /** False for an upload that began when nothing was written down of one in the clear. */
  isEncryptionDecided: boolean;
  /** What the object will be locked by, as it was asked for; `retainUntil` is text in the row. */
  acl: Acl | null;
  /** Of the whole object, in bytes, when it was announced. */
  plannedSize: number | null;
  partSize: number | null;
  /** Of the whole object, when it was announced. */
  sha256: Buffer | null;
  conditions: WriteConditions | null;
  /** Null unless it was begun by tus. */
  tus: TusUpload | null;
  objectLock: (Omit<ObjectLock, 'retainUntil'> & { retainUntil?: string }) | null;
}

/** The columns of a part, under the names of {@link PartInfo}, for a table called `p`. */
export const partColumns = `
  p.part_number AS "partNumber", p.size, p.etag, p.checksum, p.created_at AS "createdAt"`;

const uploadIdShape = /^[0-9a-f]{32}$/;

/** False for what cannot be an upload's id, so that it never reaches a uuid column. */
export function isUploadId(id: string): boolean {
  return uploadIdShape.test(id);
}
