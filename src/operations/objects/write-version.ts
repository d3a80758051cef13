import type { Acl } from '../../auth/acl/acl.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { eventOrigin } from '../audit/event-origin.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type {
  ObjectChecksum,
  ObjectEncryption,
  ObjectInfo,
  ObjectLock,
  ReplicationStatus,
  WriteConditions,
} from '../types.js';
import type { StoredAttributes } from './object-attributes.js';
import { formatVersionId } from './version-row.js';
import { entityTag, rejectOutcome, type WriteOutcome } from './write-outcome.js';

/** The steps of a write as separate statements, for transactions that refer to blobs which are in the store already. */

const beginWriteStatement = statement('begin_write', 'SELECT outcome, latest FROM begin_write($1, $2, $3, $4, $5)');

const insertVersionStatement = statement(
  'insert_version',
  `SELECT i.version, i.is_null AS "isNull", i.created
   FROM begin_write($1, $2, $3, NULL, NULL) b,
     insert_version(b, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
       $23) i`,
);

const shareBlobStatement = statement(
  'share_blob',
  `UPDATE blob SET ref_count = ref_count + 1, review_at = NULL WHERE id = $1 AND state = 'live' RETURNING id`,
);

const sharePartsStatement = statement(
  'share_parts',
  `WITH copied AS (
     INSERT INTO version_part (version_id, part_number, blob_id, start_at, size, etag, checksum)
     SELECT $2, part_number, blob_id, start_at, size, etag, checksum FROM version_part WHERE version_id = $1
     RETURNING blob_id
   ), counted AS (
     SELECT blob_id, count(*)::integer AS count FROM copied GROUP BY blob_id
   ), shared AS (
     UPDATE blob b SET ref_count = b.ref_count + c.count, review_at = NULL FROM counted c WHERE b.id = c.blob_id
   )
   SELECT count(*) AS count FROM copied`,
);

/** Takes the locks of a write of one key; throws when a precondition fails. `latest` is the newest version's row id. */
export async function beginWrite(
  tx: Queryable,
  bucket: BucketState,
  { key, conditions }: { key: string; conditions?: WriteConditions | undefined },
): Promise<{ latest: number | null } | 'stale'> {
  const [row] = await tx.query<{ outcome: WriteOutcome; latest: number | null }>(beginWriteStatement, [
    bucket.id,
    bucket.revision,
    key,
    entityTag(conditions?.ifMatch),
    entityTag(conditions?.ifNoneMatch),
  ]);
  if (row === undefined || row.outcome === 'stale') {
    return 'stale';
  }
  if (row.outcome !== 'ok') {
    throw rejectOutcome(row.outcome, key);
  }
  return row;
}

/** What {@link insertVersion} writes. */
export interface NewVersion {
  key: string;
  /** Null for an object made of parts. */
  blobId: string | null;
  size: number;
  storedSize: number;
  etag: string;
  sha256: Buffer | null;
  attributes: StoredAttributes;
  checksum: ObjectChecksum | null;
  partCount: number;
  encryption: ObjectEncryption | null;
  lock: ObjectLock | null;
  /** Null for its owner alone. */
  acl: Acl | null;
  /** As replication-parameters.ts has them. */
  replication: [status: ReplicationStatus | null, targets: string[] | null];
  /** The event's name. */
  action: string;
}

/** Commits a version, after {@link beginWrite} in the same transaction and after its blobs were referred to. */
export async function insertVersion(
  tx: Queryable,
  context: RequestContext,
  bucket: BucketState,
  version: NewVersion,
): Promise<ObjectInfo> {
  const { attributes, encryption, lock } = version;
  const [replicationStatus, targets] = version.replication;
  const ownerId = context.caller.kind === 'user' ? context.caller.userId : null;
  const [row] = await tx.query<{ version: number; isNull: boolean; created: Date }>(insertVersionStatement, [
    bucket.id,
    bucket.revision,
    version.key,
    version.blobId,
    version.size,
    version.storedSize,
    version.etag,
    version.sha256,
    attributes.contentType,
    JSON.stringify(attributes.headers),
    JSON.stringify(attributes.metadata),
    JSON.stringify(attributes.tags),
    version.checksum === null ? null : JSON.stringify(version.checksum),
    version.partCount,
    attributes.storageClass,
    encryption === null ? null : JSON.stringify(encryption),
    lock === null ? null : JSON.stringify(lock),
    replicationStatus,
    targets,
    ownerId,
    version.action,
    eventOrigin(context),
    version.acl === null ? null : JSON.stringify(version.acl),
  ]);
  if (row === undefined) {
    throw new GranaryError('Internal', 'insert_version gave no row');
  }
  const { key, size, storedSize, etag, sha256, checksum, partCount } = version;
  return {
    ...attributes,
    key,
    size,
    storedSize,
    etag,
    sha256,
    checksum,
    partCount,
    encryption,
    lockMode: lock?.mode ?? null,
    retainUntil: lock?.retainUntil ?? null,
    legalHold: lock?.legalHold ?? false,
    replicationStatus,
    id: row.version,
    bucketId: bucket.id,
    versionId: formatVersionId({ id: row.version, isNull: row.isNull }),
    isLatest: true,
    deleteMarker: false,
    ownerId,
    createdAt: row.created,
  };
}

/** One more reference to a blob; false when it is not live any more. */
export async function shareBlob(tx: Queryable, blobId: string): Promise<boolean> {
  return (await tx.query(shareBlobStatement, [blobId])).length === 1;
}

/** Gives a new version all parts of another; returns how many there were. */
export async function shareParts(tx: Queryable, fromVersion: number, toVersion: number): Promise<number> {
  const [row] = await tx.query<{ count: number }>(sharePartsStatement, [fromVersion, toVersion]);
  return row?.count ?? 0;
}
