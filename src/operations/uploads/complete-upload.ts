import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { prepareDigest } from '../../storage/checksums.js';
import { asking } from '../access/asking.js';
import { askingForPart } from '../access/asking-for-part.js';
import { withBucket } from '../access/authorize.js';
import { placementOf } from '../blobs/placement.js';
import { wantCopiesOf } from '../blobs/want-copies.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { refuseBlocked, type SealedRow } from '../encryption/seal-content.js';
import { attributesOf } from '../objects/object-attributes.js';
import { withDefault } from '../objects/object-lock.js';
import { toObjectInfo, type VersionRow, versionColumns } from '../objects/version-row.js';
import { noSuchUpload } from '../objects/write-outcome.js';
import { beginWrite, insertVersion } from '../objects/write-version.js';
import { replicationParameters } from '../replication/replication-parameters.js';
import { withinQuota } from '../tenants/quotas.js';
import type { ChecksumType, CustomerKey, ObjectInfo, ObjectLock, WriteConditions, WrittenObject } from '../types.js';
import { deleteParts } from './abort-upload.js';
import { type CompletePart, checksumOfParts, etagOfParts, requireChecksumType, selectParts } from './complete-parts.js';
import { type DigestedParts, digestIfPromised } from './digest-upload.js';
import { lockUpload, type UploadAddress } from './find-upload.js';
import { gatherParts, lockPartials } from './gather-parts.js';
import { checkKeyOfCompletion, encryptionOfWhole } from './upload-encryption.js';
import { type PartInfo, partColumns, type UploadRow } from './upload-row.js';

export interface CompleteUploadInput extends UploadAddress {
  /** All that are there when absent. */
  parts?: CompletePart[] | undefined;
  conditions?: WriteConditions | undefined;
  /** What the client holds to be the whole object's checksum, of the upload's algorithm, in base64. */
  checksum?: { value: string };
  /** The upload's when absent. */
  checksumType?: ChecksumType | undefined;
  /** What the client holds to be the whole object's size. */
  objectSize?: number | undefined;
  /** What the client holds to be the whole object's SHA-256. */
  sha256?: Buffer | undefined;
  /** Of SSE-C, where the client sends it. */
  customerKey?: CustomerKey | undefined;
  /** Set when another bucket's replication writes. */
  replica?: 'REPLICA';
  /** Uploads in the same bucket whose parts it takes, in this order. */
  partials?: UploadAddress[];
}

const findParts = statement(
  'find_upload_parts',
  `SELECT ${partColumns}, p.stored_size AS "storedSize", b.address AS sha256,
     b.wrapped_key AS "wrappedKey" FROM upload_part p JOIN blob b ON b.live_id = p.blob_id
   WHERE p.upload_id = $1::uuid ORDER BY p.part_number`,
);

const moveParts = statement(
  'complete_parts',
  `INSERT INTO version_part (version_id, part_number, blob_id, start_at, size, etag, checksum)
   SELECT $2, part_number, blob_id, sum(size) OVER (ORDER BY part_number) - size, size, etag, checksum
   FROM upload_part WHERE upload_id = $1::uuid AND part_number = ANY ($3::integer[])`,
);

const releaseUnused = statement(
  'release_unused_parts',
  `SELECT release_blob(blob_id, $3) FROM upload_part
   WHERE upload_id = $1::uuid AND NOT part_number = ANY ($2::integer[]) ORDER BY blob_id`,
);

const endUpload = statement(
  'complete_upload',
  `UPDATE upload SET state = 'COMPLETED', ended_at = now(), version_id = $2 WHERE id = $1::uuid`,
);

const findCompleted = statement(
  'find_completed',
  `SELECT ${versionColumns} FROM object_version v WHERE v.id = $1 AND v.bucket_id = $2 AND v.state = 'COMMITTED'`,
);

/**
 * Makes one object of an upload's parts, by rows alone: no byte is read or written. Completing it again gives the same
 * answer for as long as the upload's row is kept (a day) and the version is there.
 */
export async function completeUpload(context: RequestContext, input: CompleteUploadInput): Promise<WrittenObject> {
  const asked = asking(await askingForPart(context, input), { conditions: input.conditions, creates: 'true' });
  return withBucket(asked, input, 's3:PutObject', async (bucket) => {
    const digest = await digestIfPromised(context, bucket, input);
    return context.granary.database.transaction(async (tx) => {
      const upload = await lockUpload(tx, bucket, input);
      const versioned = bucket.versioning !== 'UNVERSIONED';
      checkKeyOfCompletion(upload, input.customerKey);
      if (upload.state === 'COMPLETED') {
        return { object: await completedBefore(tx, bucket, { upload, input }), versioned, deduplicated: true };
      }
      refuseBlocked(bucket, upload.encryption);
      const { partials = [] } = input;
      await lockPartials(tx, bucket, partials);
      const begun = await beginWrite(tx, bucket, {
        ...input,
        conditions: { ...upload.conditions, ...input.conditions },
      });
      if (begun === 'stale') {
        return begun;
      }
      await gatherParts(tx, upload.id, partials);
      const object = await withinQuota(tx, context, bucket, () =>
        complete(tx, context, { bucket, upload, input, digest }),
      );
      return { object, versioned, deduplicated: false };
    });
  });
}

interface Completion {
  bucket: BucketState;
  upload: UploadRow;
  input: CompleteUploadInput;
  digest: DigestedParts | undefined;
}

async function complete(tx: Queryable, context: RequestContext, completion: Completion): Promise<ObjectInfo> {
  const { bucket, upload, input, digest } = completion;
  const uploaded = await tx.query<UploadedPart>(findParts, [input.uploadId]);
  requireChecksumType(upload, input.checksumType);
  await prepareDigest(upload.checksumAlgorithm);
  const parts = selectParts(uploaded, input.parts ?? uploaded, upload);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  requireSize(size, input.objectSize ?? upload.plannedSize ?? undefined);
  const sha256 = sha256Of(parts, digest);
  const object = await insertVersion(tx, context, bucket, {
    key: input.key,
    blobId: null,
    size,
    storedSize: parts.reduce((sum, part) => sum + part.storedSize, 0),
    etag: etagOfParts(parts),
    sha256,
    attributes: attributesOf(upload),
    checksum: checksumOfParts(parts, upload, input.checksum?.value),
    partCount: parts.length,
    encryption: encryptionOfWhole(upload, parts),
    lock: lockOf(completion),
    acl: upload.acl,
    replication: replicationParameters(bucket, {
      key: input.key,
      tags: upload.tags,
      what: 'content',
      replica: input.replica,
    }),
    action: 's3:CompleteMultipartUpload',
  });
  const numbers = parts.map((part) => part.partNumber);
  await tx.query(moveParts, [input.uploadId, object.id, numbers]);
  // The parts were judged by their own sizes.
  await wantCopiesOf(tx, object.id, placementOf(bucket.placement, object).copies);
  if (numbers.length < uploaded.length) {
    await tx.query(releaseUnused, [input.uploadId, numbers, context.granary.settings.gcGraceSeconds]);
  }
  await deleteParts(tx, { uploadId: input.uploadId, bucketId: bucket.id });
  await tx.query(endUpload, [input.uploadId, object.id]);
  return object;
}

interface UploadedPart extends PartInfo, SealedRow {
  storedSize: number;
  sha256: Buffer;
}

/** What was asked for when the upload began was allowed then; the bucket's default is that of now. */
function lockOf({ bucket, upload: { objectLock: asked } }: Completion): ObjectLock | null {
  if (asked === null) {
    return withDefault(bucket, null);
  }
  const { retainUntil, ...rest } = asked;
  return withDefault(bucket, retainUntil === undefined ? rest : { ...rest, retainUntil: new Date(retainUntil) });
}

async function completedBefore(
  tx: Queryable,
  bucket: BucketState,
  { upload, input }: { upload: UploadRow; input: CompleteUploadInput },
): Promise<ObjectInfo> {
  const [version] = await tx.query<VersionRow>(findCompleted, [upload.versionId, bucket.id]);
  if (version === undefined || (input.parts !== undefined && version.etag !== etagOfParts(input.parts))) {
    throw noSuchUpload(input.uploadId);
  }
  return toObjectInfo(version);
}

/** Of several parts nobody knows the digest of the whole, unless it was asked for; see object-sha256.ts. */
function sha256Of(parts: UploadedPart[], digest: DigestedParts | undefined): Buffer | null {
  const [only] = parts;
  if (digest === undefined) {
    return parts.length === 1 && only !== undefined ? only.sha256 : null;
  }
  const isSame = parts.length === digest.parts.length && parts.every((part, i) => digest.parts[i]?.equals(part.sha256));
  if (!isSame) {
    throw new GranaryError('Conflict', 'Parts were uploaded while the upload was being completed. Try again.');
  }
  return digest.sha256;
}

function requireSize(size: number, expected: number | undefined): void {
  if (expected !== undefined && expected !== size) {
    throw new GranaryError(
      'InvalidInput',
      'The provided object size does not match the size of the completed object.',
      {
        reason: 'InvalidRequest',
        data: { ExpectedObjectSize: expected, ActualObjectSize: size },
      },
    );
  }
}
