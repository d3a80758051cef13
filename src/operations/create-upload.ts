import { v7 as uuid } from 'uuid';
import { statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import type { ChecksumAlgorithm } from '../storage/checksums.js';
import { type AskedAcl, aclOfWrite } from './asked-acl.js';
import { asking } from './asking.js';
import { authorizeTags, withBucket } from './authorize.js';
import type { RequestContext } from './context.js';
import { storedAttributes } from './object-attributes.js';
import { askedLock } from './object-lock.js';
import { recordEvent } from './record-event.js';
import { encryptionOf, type InTheClear } from './seal-content.js';
import type { ChecksumType, EncryptionRequest, ObjectAddress, ObjectAttributes, ObjectLock } from './types.js';
import { type UploadInfo, uploadColumns } from './upload-row.js';

export interface CreateUploadInput extends ObjectAddress {
  attributes: ObjectAttributes;
  checksumAlgorithm?: ChecksumAlgorithm;
  /** AWS's default for the algorithm when absent. */
  checksumType?: ChecksumType;
  /** The bucket's default when absent. */
  encryption?: EncryptionRequest;
  /** The bucket's default retention at the end of the upload when it names none. */
  lock?: ObjectLock;
  /** Who else may do what with the object; nobody when absent. */
  acl?: AskedAcl | undefined;
}

const lockBucketShared = statement('lock_bucket_shared', 'SELECT lock_bucket_shared($1)');

const insertUpload = statement(
  'insert_upload',
  `INSERT INTO upload AS u (id, bucket_id, key, owner_id, content_type, headers, metadata, tags, storage_class,
     checksum_algorithm, checksum_type, encryption, object_lock, acl)
   SELECT $1, k.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15
   FROM bucket k WHERE k.id = $2 AND k.revision = $3 AND k.deleted_at IS NULL
   RETURNING ${uploadColumns}`,
);

/** Opens a multipart upload. What is uploaded to it becomes visible only when it is completed. */
export async function createUpload(context: RequestContext, input: CreateUploadInput): Promise<UploadInfo> {
  const attributes = storedAttributes(input.attributes);
  const checksumType = checksumTypeOf(input);
  const ownerId = context.caller.kind === 'user' ? context.caller.userId : null;
  const asked = asking(context, { ...input, ...input.attributes, creates: 'false' });
  return withBucket(asked, input, 's3:PutObject', async (bucket) => {
    await authorizeTags(asked, bucket, { key: input.key, tags: attributes.tags });
    const encryption = await encryptionOf(context.granary, bucket, input.encryption);
    const lock = await askedLock(asked, bucket, input);
    const acl = await aclOfWrite(asked, bucket, input);
    return context.granary.database.transaction(async (tx) => {
      await tx.query(lockBucketShared, [bucket.id]);
      const [upload] = await tx.query<UploadInfo>(insertUpload, [
        uuid(),
        bucket.id,
        bucket.revision,
        input.key,
        ownerId,
        attributes.contentType,
        JSON.stringify(attributes.headers),
        JSON.stringify(attributes.metadata),
        JSON.stringify(attributes.tags),
        attributes.storageClass,
        input.checksumAlgorithm ?? null,
        checksumType,
        // Written down even so: parts come later, when the bucket may say something else.
        JSON.stringify(encryption ?? ({ algorithm: 'NONE' } satisfies InTheClear)),
        lock === null ? null : JSON.stringify(lock),
        acl === null ? null : JSON.stringify(acl),
      ]);
      if (upload === undefined) {
        return 'stale';
      }
      await recordEvent(tx, context, {
        action: 's3:CreateMultipartUpload',
        tenantId: bucket.tenantId,
        bucketId: bucket.id,
        key: input.key,
      });
      return upload;
    });
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
function checksumTypeOf({ checksumAlgorithm, checksumType }: CreateUploadInput): ChecksumType | null {
  if (checksumAlgorithm === undefined) {
    if (checksumType !== undefined) {
      throw invalidType('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
    }
    return null;
  }
  const isSha = checksumAlgorithm.startsWith('SHA');
  if (isSha && checksumType === 'FULL_OBJECT') {
    throw invalidType(`The FULL_OBJECT checksum type cannot be used with the ${checksumAlgorithm} checksum algorithm.`);
  }
  if (checksumAlgorithm === 'CRC64NVME' && checksumType === 'COMPOSITE') {
    throw invalidType('The COMPOSITE checksum type cannot be used with the CRC64NVME checksum algorithm.');
  }
  return checksumType ?? (checksumAlgorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
}

function invalidType(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidRequest', field: ['checksumType'] });
}
