import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { openBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { freeUpload } from '../uploads/abort-upload.js';

const lockBucketStatement = statement('lock_bucket', 'SELECT lock_bucket($1)');

const findContent = statement(
  'find_bucket_content',
  `SELECT EXISTS (SELECT FROM object_version v WHERE v.bucket_id = $1 AND v.state = 'COMMITTED') AS full`,
);

const lockUploads = statement(
  'lock_bucket_uploads',
  `SELECT u.id FROM upload u WHERE u.bucket_id = $1 AND u.state = 'OPEN' ORDER BY u.id FOR UPDATE`,
);

const hideBucket = statement(
  'hide_bucket',
  'UPDATE bucket SET deleted_at = now(), revision = revision + 1 WHERE id = $1 AND deleted_at IS NULL RETURNING id',
);

const notify = statement('notify_bucket', `SELECT pg_notify('granary_bucket', $1::text)`);

/**
 * Deletes an empty bucket, and returns what it was. Its name is free at once; what its trash still held goes with it, and
 * uploads under way are aborted, as in S3.
 */
export async function deleteBucket(context: RequestContext, input: BucketAddress): Promise<BucketInfo> {
  const bucket = await openBucket(context, input, 's3:DeleteBucket');
  await context.granary.database.transaction(async (tx) => {
    await lockBucket(tx, bucket.id);
    const [content] = await tx.query<{ full: boolean }>(findContent, [bucket.id]);
    if (content?.full) {
      throw new GranaryError('Conflict', 'The bucket you tried to delete is not empty', {
        reason: 'BucketNotEmpty',
        data: { BucketName: bucket.name },
      });
    }
    const uploads = await tx.query<{ id: string }>(lockUploads, [bucket.id]);
    for (const { id: uploadId } of uploads) {
      await freeUpload(tx, { uploadId, bucketId: bucket.id }, context.granary.settings.gcGraceSeconds);
    }
    await tx.query(hideBucket, [bucket.id]);
    await notifyBucketChanged(tx, bucket.id);
    await recordEvent(tx, context, {
      action: 's3:DeleteBucket',
      tenantId: bucket.tenantId,
      bucketId: bucket.id,
      details: { name: bucket.name, ...(uploads.length === 0 ? {} : { abortedUploads: uploads.length }) },
    });
  });
  context.granary.buckets.forget(bucket.id);
  return bucket;
}

/** Waits for the writes under way in a bucket, and lets no other begin until the transaction ends. */
export async function lockBucket(tx: Queryable, bucketId: number): Promise<void> {
  await tx.query(lockBucketStatement, [bucketId]);
}

/** Tells every process, when the transaction commits, that its copy of the bucket is old. */
export async function notifyBucketChanged(tx: Queryable, bucketId: number): Promise<void> {
  await tx.query(notify, [bucketId]);
}
