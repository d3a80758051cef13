import { type Queryable, statement } from '../../database/database.js';
import { openBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { noSuchUpload } from '../objects/write-outcome.js';
import { lockUpload, type UploadAddress } from './find-upload.js';

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

/** Ends an upload and frees its parts. */
export async function abortUpload(context: RequestContext, input: UploadAddress): Promise<void> {
  const bucket = await openBucket(context, input, 's3:AbortMultipartUpload');
  await context.granary.database.transaction(async (tx) => {
    const upload = await lockUpload(tx, bucket, input);
    if (upload.state !== 'OPEN') {
      throw noSuchUpload(input.uploadId);
    }
    await freeUpload(tx, { uploadId: upload.id, bucketId: bucket.id }, context.granary.settings.gcGraceSeconds);
    await recordEvent(tx, context, {
      action: 's3:AbortMultipartUpload',
      tenantId: bucket.tenantId,
      bucketId: bucket.id,
      key: input.key,
    });
  });
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
