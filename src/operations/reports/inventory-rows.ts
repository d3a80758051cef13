import type { Acl } from '../../auth/acl/acl.js';
import { privateAcl } from '../../auth/acl/acl.js';
import { type Queryable, statement } from '../../database/database.js';
import { ownerOf, usesAcls } from '../access/acl-access.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import { formatVersionId } from '../objects/version-row.js';
import type { ObjectChecksum, ObjectEncryption } from '../types.js';
import { type InventoryConfiguration, type InventoryField, inventoryFields } from './inventory-configuration.js';

/** Where a report goes on: behind this version. */
export interface InventoryPlace {
  key: string;
  id: number;
}

/** A version as reports have it. */
interface InventoryRow {
  id: number;
  key: string;
  isLatest: boolean;
  isNull: boolean;
  deleteMarker: boolean;
  size: number;
  createdAt: Date;
  etag: string;
  storageClass: string;
  partCount: number;
  replicationStatus: string | null;
  encryption: ObjectEncryption | null;
  lockMode: string | null;
  retainUntil: Date | null;
  legalHold: boolean;
  checksum: ObjectChecksum | null;
  acl: Acl | null;
  canonicalId: string | null;
  displayName: string | null;
}

/** How many versions one statement reads. */
const pageSize = 1000;

const readPage = statement(
  'read_inventory',
  `SELECT v.id, v.key, v.is_latest AS "isLatest", v.is_null AS "isNull", v.delete_marker AS "deleteMarker", v.size,
     v.created_at AS "createdAt", v.etag, v.storage_class AS "storageClass", v.part_count AS "partCount",
     v.replication_status AS "replicationStatus", v.encryption, v.lock_mode AS "lockMode",
     v.retain_until AS "retainUntil", v.legal_hold AS "legalHold", v.checksum, v.acl,
     u.canonical_id AS "canonicalId", u.display_name AS "displayName"
   FROM object_version v LEFT JOIN user_account u ON u.id = v.owner_id
   WHERE v.bucket_id = $1 AND v.state = 'COMMITTED' AND v.key >= $2 AND v.key <= prefix_end($2)
     AND v.key >= $3 AND (v.key > $3 OR v.id < $4) AND ($5 OR (v.is_latest AND NOT v.delete_marker))
   ORDER BY v.bucket_id, v.key, v.id DESC LIMIT ${pageSize}`,
);

/** The columns of a report by a configuration, in their order. */
export function inventoryColumns({ versions, fields }: InventoryConfiguration): string[] {
  const ofVersions = versions === 'All' ? ['VersionId', 'IsLatest', 'IsDeleteMarker'] : [];
  return ['Bucket', 'Key', ...ofVersions, ...inventoryFields.filter((field) => fields.includes(field))];
}

/**
 * The lines of a report from a place on, by pages: each with how many lines it has and the place behind them. Each page
 * is read by itself, so that a report of many versions holds no snapshot: what changes meanwhile may be in it or not.
 */
export async function* inventoryLines(
  database: Queryable,
  { bucket, inventory, after }: { bucket: BucketState; inventory: InventoryConfiguration; after: InventoryPlace },
): AsyncGenerator<{ text: string; rows: number; place: InventoryPlace }> {
  const columns = inventoryColumns(inventory);
  let at = after;
  for (;;) {
    const rows = await database.query<InventoryRow>(readPage, [
      ...[bucket.id, inventory.prefix ?? '', at.key, at.id, inventory.versions === 'All'],
    ]);
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    at = { key: last.key, id: last.id };
    const text = rows
      .map((row) => `${columns.map((column) => quote(fieldOf(bucket, row, column))).join(',')}\n`)
      .join('');
    yield { text, rows: rows.length, place: at };
    if (rows.length < pageSize) {
      return;
    }
  }
}

function quote(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html#storage-inventory-contents */
function fieldOf(bucket: BucketState, row: InventoryRow, column: string): string {
  switch (column) {
    case 'Bucket':
      return bucket.name;
    case 'Key':
      return encodeURIComponent(row.key).replaceAll('%2F', '/');
    case 'VersionId':
      return row.isNull ? '' : formatVersionId(row);
    case 'IsLatest':
      return String(row.isLatest);
    case 'IsDeleteMarker':
      return String(row.deleteMarker);
    case 'LastModifiedDate':
      return row.createdAt.toISOString();
    case 'ObjectOwner':
      return row.canonicalId ?? bucket.ownerCanonicalId;
    default:
      return row.deleteMarker ? '' : contentValue(bucket, row, column as InventoryField);
  }
}

/** Of what a delete marker has not. */
function contentValue(bucket: BucketState, row: InventoryRow, field: InventoryField): string {
  switch (field) {
    case 'Size':
      return String(row.size);
    case 'ETag':
      return row.etag;
    case 'StorageClass':
      return row.storageClass;
    case 'IsMultipartUploaded':
      return String(row.partCount > 0);
    case 'ReplicationStatus':
      return row.replicationStatus ?? '';
    case 'EncryptionStatus':
      return encryptionOf(row.encryption);
    case 'ObjectLockRetainUntilDate':
      return row.retainUntil?.toISOString() ?? '';
    case 'ObjectLockMode':
      return row.lockMode ?? '';
    case 'ObjectLockLegalHoldStatus':
      return bucket.objectLock === null ? '' : row.legalHold ? 'ON' : 'OFF';
    case 'BucketKeyStatus':
      return row.encryption?.algorithm === 'aws:kms' ? 'DISABLED' : '';
    case 'ChecksumAlgorithm':
      return row.checksum?.algorithm ?? '';
    case 'ObjectAccessControlList':
      return Buffer.from(JSON.stringify(listOf(bucket, row))).toString('base64');
    default:
      // There is no intelligent tiering here.
      return '';
  }
}

function encryptionOf(encryption: ObjectEncryption | null): string {
  switch (encryption?.algorithm) {
    case undefined:
      return 'NOT-SSE';
    case 'AES256':
      return 'SSE-S3';
    case 'aws:kms':
      return 'SSE-KMS';
    default:
      return 'SSE-C';
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/objectacl.html */
function listOf(bucket: BucketState, { acl, canonicalId, displayName }: InventoryRow): object {
  const writer = canonicalId === null ? ownerOf(bucket) : { canonicalId, displayName: displayName ?? '' };
  const { grants } = usesAcls(bucket) ? (acl ?? privateAcl(writer)) : privateAcl(ownerOf(bucket));
  return {
    version: '2022-11-10',
    status: 'AVAILABLE',
    grants: grants.map(({ grantee, permission }) =>
      grantee.kind === 'user'
        ? { canonicalId: grantee.canonicalId, type: 'CanonicalUser', permission }
        : {
            uri: `http://acs.amazonaws.com/groups/${grantee.group === 'LogDelivery' ? 's3' : 'global'}/${grantee.group}`,
            type: 'Group',
            permission,
          },
    ),
  };
}
