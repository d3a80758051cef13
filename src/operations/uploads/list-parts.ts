import { statement } from '../../database/database.js';
import { openBucket } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { validLimit } from '../objects/list-objects.js';
import { findOpenUpload, type UploadAddress } from './find-upload.js';
import { type PartInfo, partColumns, type UploadInfo } from './upload-row.js';

const selectParts = statement(
  'list_parts',
  `SELECT ${partColumns} FROM upload_part p WHERE p.upload_id = $1::uuid AND p.part_number > $2
   ORDER BY p.part_number LIMIT $3`,
);

/** The parts of an open upload, by number, after `after`. */
export async function listParts(
  context: RequestContext,
  input: UploadAddress & { after?: number; limit: number },
): Promise<{ bucket: BucketState; upload: UploadInfo; parts: PartInfo[]; truncated: boolean }> {
  const bucket = await openBucket(context, input, 's3:ListMultipartUploadParts');
  const limit = validLimit(input.limit);
  const { database } = context.granary;
  const upload = await findOpenUpload(database, bucket, input);
  const rows = await database.query<PartInfo>(selectParts, [input.uploadId, input.after ?? 0, limit + 1]);
  return { bucket, upload, parts: rows.slice(0, limit), truncated: limit > 0 && rows.length > limit };
}
