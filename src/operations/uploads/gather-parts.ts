import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import { lockUpload, type UploadAddress } from './find-upload.js';

const moveParts = statement(
  'move_upload_parts',
  `UPDATE upload_part SET upload_id = $1::uuid, part_number = part_number
     + (SELECT COALESCE(max(w.part_number), 0) FROM upload_part w WHERE w.upload_id = $1::uuid)
   WHERE upload_id = $2::uuid`,
);

const endPartial = statement(
  'end_partial_upload',
  `UPDATE upload SET state = 'COMPLETED', ended_at = now() WHERE id = $1::uuid`,
);

/** In one order, whatever that of the parts is, so that two who want the same ones do not wait for each other. */
export async function lockPartials(tx: Queryable, bucket: BucketState, partials: UploadAddress[]): Promise<void> {
  for (const address of partials.toSorted((a, b) => (a.uploadId < b.uploadId ? -1 : 1))) {
    const { state } = await lockUpload(tx, bucket, address);
    if (state !== 'OPEN') {
      throw new GranaryError('Conflict', 'A partial upload was used already.');
    }
  }
}

/** Gives an upload the parts of locked ones, one behind the other, and ends those. */
export async function gatherParts(tx: Queryable, uploadId: string, partials: UploadAddress[]): Promise<void> {
  for (const partial of partials) {
    await tx.query(moveParts, [uploadId, partial.uploadId]);
    await tx.query(endPartial, [partial.uploadId]);
  }
}
