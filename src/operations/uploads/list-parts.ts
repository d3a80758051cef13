import { statement } from '../../database/database.js';
import { openBucket } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { validLimit } from '../objects/list-objects.js';
import { findOpenUpload, type UploadAddress } from './find-upload.js';
import { type PartInfo, partColumns, type UploadInfo } from './upload-row.js';

const selectParts = statement(
  'list_parts',
  `SELECT ${partColumns}, encode(b.address, 'hex') AS sha256 FROM upload_part p JOIN blob b ON b.live_id = p.blob_id
   WHERE p.upload_id = $1::uuid AND p.part_number > $2 ORDER BY p.part_number LIMIT $3`,
);

/** A part as it is listed, with what its bytes are known again by. */
export interface ListedPart extends PartInfo {
  /** In hex; null for parts that are sealed with a key of the client. */
  sha256: string | null;
}

/** The parts of an open upload, by number, after `after`. */
export async function listParts(
  context: RequestContext,
  input: UploadAddress & { after?: number; limit: number },
): Promise<{ bucket: BucketState; upload: UploadInfo; parts: ListedPart[]; truncated: boolean }> {
  const bucket = await openBucket(context, input, 's3:ListMultipartUploadParts');
  const limit = validLimit(input.limit);
  const { database } = context.granary;
  const upload = await findOpenUpload(database, bucket, input);
  const rows = await database.query<ListedPart>(selectParts, [input.uploadId, input.after ?? 0, limit + 1]);
  return {
    bucket,
    upload,
    parts: shownParts(upload, rows.slice(0, limit)),
    truncated: limit > 0 && rows.length > limit,
  };
}

/** Parts as they are told: what a client's own key seals is not known again by anybody else. */
export function shownParts({ encryption }: Pick<UploadInfo, 'encryption'>, parts: ListedPart[]): ListedPart[] {
  return encryption?.algorithm === 'SSE-C' ? parts.map((part) => ({ ...part, sha256: null })) : parts;
}
