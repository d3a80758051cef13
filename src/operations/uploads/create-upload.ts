import { v7 as uuid } from 'uuid';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { ChecksumAlgorithm } from '../../storage/checksums.js';
import { isCombinable } from '../../storage/combine-crc.js';
import { type AskedAcl, aclOfWrite } from '../access/asked-acl.js';
import { asking } from '../access/asking.js';
import { authorizeTags, withBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { encryptionOf, type InTheClear } from '../encryption/seal-content.js';
import { storedAttributes } from '../objects/object-attributes.js';
import { askedLock } from '../objects/object-lock.js';
import { refuseBeforeBody } from '../tenants/quotas.js';
import type {
  ChecksumType,
  EncryptionRequest,
  ObjectAddress,
  ObjectAttributes,
  ObjectLock,
  WriteConditions,
} from '../types.js';
import { type TusUpload, type UploadInfo, uploadColumns } from './upload-row.js';

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
  /** Of the whole object, in bytes: it is held against limits and quotas now, and again at the end. */
  size?: number | undefined;
  partSize?: number | undefined;
  /** Of the whole object: the upload is completed only when this is its digest. */
  sha256?: Buffer | undefined;
  /** They must hold when the upload is completed. */
  conditions?: WriteConditions | undefined;
  tus?: TusUpload | undefined;
}

const lockBucketShared = statement('lock_bucket_shared', 'SELECT lock_bucket_shared($1)');

const insertUpload = statement(
  'insert_upload',
  `INSERT INTO upload AS u (id, bucket_id, key, owner_id, content_type, headers, metadata, tags, storage_class,
     checksum_algorithm, checksum_type, encryption, object_lock, acl, size, part_size, sha256, conditions, tus)
   SELECT $1, k.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20
   FROM bucket k WHERE k.id = $2 AND k.revision = $3 AND k.deleted_at IS NULL
   RETURNING ${uploadColumns}`,
);

/** Opens a multipart upload. What is uploaded to it becomes visible only when it is completed. */
export async function createUpload(context: RequestContext, input: CreateUploadInput): Promise<UploadInfo> {
  const attributes = storedAttributes(input.attributes);
  refuseSize(input.size, context.granary.settings.maxUploadSize);
  const checksumType = checksumTypeOf(input);
  const ownerId = context.caller.kind === 'user' ? context.caller.userId : null;
  const asked = asking(context, { ...input, ...input.attributes, creates: 'false' });
  return withBucket(asked, input, 's3:PutObject', async (bucket) => {
    await authorizeTags(asked, bucket, { key: input.key, tags: attributes.tags });
    await refuseBeforeBody(context, bucket, { key: input.key, size: input.size });
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
        ...promised(input),
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

function promised({ size, partSize, sha256, conditions, tus }: CreateUploadInput): unknown[] {
  const documents = [conditions, tus].map((document) => (document === undefined ? null : JSON.stringify(document)));
  return [size ?? null, partSize ?? null, sha256 ?? null, ...documents];
}

function refuseSize(size: number | undefined, most: number): void {
  if (size !== undefined && (!Number.isSafeInteger(size) || size < 0)) {
    throw new GranaryError('InvalidInput', 'The size is a number of bytes.', { field: ['size'] });
  }
  if (size !== undefined && size > most) {
    throw new GranaryError('TooLarge', `An object has at most ${most} bytes here.`, {
      reason: 'EntityTooLarge',
      field: ['size'],
      data: { ProposedSize: size, MaxSizeAllowed: most },
    });
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
function checksumTypeOf({ checksumAlgorithm, checksumType }: CreateUploadInput): ChecksumType | null {
  if (checksumAlgorithm === undefined) {
    if (checksumType !== undefined) {
      throw invalidType('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.');
    }
    return null;
  }
  if (!isCombinable(checksumAlgorithm) && checksumType === 'FULL_OBJECT') {
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
