import { type Queryable, statement } from '../database/database.js';
import { openBucket } from './authorize.js';
import type { RequestContext } from './context.js';
import { lockUpload, type UploadAddress } from './find-upload.js';
import { recordEvent } from './record-event.js';
import { noSuchUpload } from './write-outcome.js';

const releaseParts = statement(
  'release_parts',
  'SELECT release_blob(blob_id, $2) FROM upload_part WHERE upload_id = $1::uuid ORDER BY blob_id',
);
const deleteParts = statement('delete_upload_parts', 'DELETE FROM upload_part WHERE upload_id = $1::uuid');
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
    await freeUpload(tx, upload.id, context.granary.settings.gcGraceSeconds);
    await recordEvent(tx, context, {
      action: 's3:AbortMultipartUpload',
      tenantId: bucket.tenantId,
      bucketId: bucket.id,
      key: input.key,
    });
  });
}

/** The rows' part of it, for a locked open upload. */
export async function freeUpload(tx: Queryable, uploadId: string, graceSeconds: number): Promise<void> {
  await tx.query(releaseParts, [uploadId, graceSeconds]);
  await tx.query(deleteParts, [uploadId]);
  await tx.query(endUpload, [uploadId]);
}
