import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { openBucket } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { bucketOf, validLimit, validListText } from '../objects/list-objects.js';
import type { BucketAddress } from '../types.js';
import { isUploadId, type UploadInfo, uploadColumns } from './upload-row.js';

export interface ListUploadsInput extends BucketAddress {
  prefix?: string | undefined;
  delimiter?: string | undefined;
  /** Go on behind this key, or behind all keys of this common prefix. */
  keyMarker?: string;
  /** With `keyMarker`: go on behind this upload of that key instead. */
  uploadIdMarker?: string;
  limit: number;
}

export type UploadEntry = { kind: 'upload'; upload: UploadInfo } | { kind: 'prefix'; prefix: string };

const listOpen = statement(
  'list_uploads',
  `SELECT l.prefix, ${uploadColumns}
   FROM list_uploads($1, $2, $3, $4, $5::uuid, $6) WITH ORDINALITY AS l(prefix, upload_id, n)
   LEFT JOIN upload u ON u.id = l.upload_id
   ORDER BY l.n`,
);

/** Open uploads by key, oldest first within a key. */
export async function listUploads(
  context: RequestContext,
  input: ListUploadsInput,
): Promise<{ bucket: BucketState; entries: UploadEntry[]; truncated: boolean }> {
  const bucket = await openBucket(
    asking(context, { prefix: input.prefix, delimiter: input.delimiter, maxKeys: input.limit }),
    bucketOf(input),
    's3:ListBucketMultipartUploads',
  );
  const limit = validLimit(input.limit);
  if (limit === 0) {
    return { bucket, entries: [], truncated: false };
  }
  const marker = input.uploadIdMarker;
  if (marker !== undefined && !isUploadId(marker)) {
    throw new GranaryError('InvalidInput', 'Invalid uploadId marker', {
      reason: 'InvalidArgument',
      data: { ArgumentName: 'upload-id-marker', ArgumentValue: marker },
    });
  }
  const rows = await context.granary.database.query<UploadInfo & { prefix: string | null }>(listOpen, [
    bucket.id,
    validListText(input.prefix ?? '', 'prefix'),
    validListText(input.delimiter ?? '', 'delimiter') || null,
    validListText(input.keyMarker ?? '', 'key-marker'),
    marker ?? null,
    limit + 1,
  ]);
  return { bucket, entries: rows.slice(0, limit).map(toEntry), truncated: rows.length > limit };
}

function toEntry({ prefix, ...upload }: UploadInfo & { prefix: string | null }): UploadEntry {
  return prefix === null ? { kind: 'upload', upload } : { kind: 'prefix', prefix };
}
