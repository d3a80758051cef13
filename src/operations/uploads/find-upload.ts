import { type Queryable, statement } from '../../database/database.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import { noSuchUpload } from '../objects/write-outcome.js';
import type { ObjectAddress } from '../types.js';
import { isUploadId, type UploadRow, uploadColumns, uploadStateColumns } from './upload-row.js';

export interface UploadAddress extends ObjectAddress {
  uploadId: string;
}

const selectUpload = statement(
  'find_upload',
  `SELECT ${uploadColumns}, ${uploadStateColumns} FROM upload u
   WHERE u.id = $1::uuid AND u.bucket_id = $2 AND u.key = $3 AND u.state <> 'ABORTED'`,
);

const lockUploadStatement = statement('lock_upload', 'SELECT lock_upload($1::uuid)');

/** The upload of this very bucket and key, open or completed; `NoSuchUpload` for any other. */
export async function findUpload(db: Queryable, bucket: BucketState, address: UploadAddress): Promise<UploadRow> {
  const upload = await lookForUpload(db, bucket, address);
  if (upload === undefined) {
    throw noSuchUpload(address.uploadId);
  }
  return upload;
}

/** The same; undefined when there is none. */
export async function lookForUpload(
  db: Queryable,
  bucket: Pick<BucketState, 'id'>,
  { uploadId, key }: UploadAddress,
): Promise<UploadRow | undefined> {
  if (!isUploadId(uploadId)) {
    return undefined;
  }
  const [upload] = await db.query<UploadRow>(selectUpload, [uploadId, bucket.id, key]);
  return upload;
}

/** The same, open, for reading. */
export async function findOpenUpload(db: Queryable, bucket: BucketState, address: UploadAddress): Promise<UploadRow> {
  const upload = await findUpload(db, bucket, address);
  if (upload.state !== 'OPEN') {
    throw noSuchUpload(address.uploadId);
  }
  return upload;
}

/** The same, after every part on its way is in and before any other may come. */
export async function lockUpload(tx: Queryable, bucket: BucketState, address: UploadAddress): Promise<UploadRow> {
  if (!isUploadId(address.uploadId)) {
    throw noSuchUpload(address.uploadId);
  }
  await tx.query(lockUploadStatement, [address.uploadId]);
  return findUpload(tx, bucket, address);
}
