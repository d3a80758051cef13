import { type Queryable, statement } from '../../database/database.js';
import { openBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { noSuchUpload, preconditionFailed } from '../objects/write-outcome.js';
import { lockUpload, type UploadAddress } from './find-upload.js';
import type { UploadRow } from './upload-row.js';

const releaseParts = statement(
  'release_parts',
  'SELECT release_blob(blob_id, $2) FROM upload_part WHERE upload_id = $1::uuid ORDER BY blob_id',
);
const deletePartRows = statement(
  'delete_upload_parts',
  `WITH gone AS (DELETE FROM upload_part WHERE upload_id = $1::uuid RETURNING size)
   SELECT count_usage($2, 0, 0, 0, 0, 0, -COALESCE(sum(size), 0)::bigint) FROM gone`,
);
const endUpload = statement(
  'abort_upload',
  `UPDATE upload SET state = 'ABORTED', ended_at = now() WHERE id = $1::uuid`,
);

export interface AbortUploadInput extends UploadAddress {
  /** To the second, when the client believes that the upload was begun; what is still to come is not looked at. */
  begun?: Date;
}

/** Ends an upload and frees its parts. */
export async function abortUpload(context: RequestContext, input: AbortUploadInput): Promise<void> {
  await endOpenUpload(context, await openBucket(context, input, 's3:AbortMultipartUpload'), input);
}

/** The same, for who was let do it. */
export async function endOpenUpload(
  context: RequestContext,
  bucket: BucketState,
  input: AbortUploadInput,
): Promise<void> {
  await context.granary.database.transaction(async (tx) => {
    const upload = await lockUpload(tx, bucket, input);
    if (upload.state !== 'OPEN') {
      throw noSuchUpload(input.uploadId);
    }
    requireBegun(upload, input.begun);
    await freeUpload(tx, { uploadId: upload.id, bucketId: bucket.id }, context.granary.settings.gcGraceSeconds);
    await recordEvent(tx, context, {
      action: 's3:AbortMultipartUpload',
      tenantId: bucket.tenantId,
      bucketId: bucket.id,
      key: input.key,
    });
  });
}

function requireBegun({ createdAt }: UploadRow, begun: Date | undefined): void {
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
  if (begun !== undefined && begun.getTime() <= Date.now() && seconds(begun) !== seconds(createdAt)) {
    throw preconditionFailed('x-amz-if-match-initiated-time');
  }
}

interface UploadPlace {
  uploadId: string;
  bucketId: number;
}

/** Forgets the parts of an upload, and no longer counts them. */
export async function deleteParts(tx: Queryable, { uploadId, bucketId }: UploadPlace): Promise<void> {
  await tx.query(deletePartRows, [uploadId, bucketId]);
}

/** The rows' part of it, for a locked open upload. */
export async function freeUpload(tx: Queryable, upload: UploadPlace, graceSeconds: number): Promise<void> {
  const { uploadId } = upload;
  await tx.query(releaseParts, [uploadId, graceSeconds]);
  await deleteParts(tx, upload);
  await tx.query(endUpload, [uploadId]);
}
