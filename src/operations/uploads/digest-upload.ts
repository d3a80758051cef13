import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { type BlobRow, blobColumns, openFile } from '../blobs/open-file.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { Granary, RequestContext } from '../context.js';
import { DigestsUnderWay } from '../objects/digests-under-way.js';
import { openRowContent } from '../objects/open-content.js';
import type { CompleteUploadInput } from './complete-upload.js';
import { lookForUpload, type UploadAddress } from './find-upload.js';

/** The SHA-256 of an upload's content, and those of the parts that it was computed of. */
export interface DigestedParts {
  sha256: Buffer;
  parts: Buffer[];
}

type PartRow = BlobRow & { partNumber: number; content: Buffer | null };

const findParts = statement(
  'find_parts_to_digest',
  `SELECT p.part_number AS "partNumber", b.content, ${blobColumns} FROM unnest($1::uuid[]) WITH ORDINALITY AS q (id, place)
   JOIN upload_part p ON p.upload_id = q.id JOIN blob b ON b.live_id = p.blob_id
   WHERE $2::integer[] IS NULL OR p.part_number = ANY ($2::integer[]) ORDER BY q.place, p.part_number`,
);

const underWay = new DigestsUnderWay<string>();
const digests = new LRUCache<string, Buffer>({ max: 1000 });

/**
 * Reads what an upload's object will be when its client has said what digest it has; undefined when it has not.
 * @throws GranaryError DigestMismatch when it is another one.
 */
export async function digestIfPromised(
  context: RequestContext,
  bucket: BucketState,
  input: UploadAddress & Pick<CompleteUploadInput, 'parts' | 'sha256' | 'partials'>,
): Promise<DigestedParts | undefined> {
  const { granary } = context;
  const upload = await lookForUpload(granary.database, bucket, input);
  const promised = [upload?.sha256, input.sha256].filter((digest) => digest !== null && digest !== undefined);
  if (upload?.state !== 'OPEN' || promised.length === 0) {
    return undefined;
  }
  const numbers = input.parts?.map(({ partNumber }) => partNumber) ?? null;
  const ids = [input.uploadId, ...(input.partials ?? []).map(({ uploadId }) => uploadId)];
  const rows = await granary.database.query<PartRow>(findParts, [ids, numbers]);
  const sha256 = await digestOf(context, bucket, rows);
  if (promised.some((digest) => !digest.equals(sha256))) {
    throw new GranaryError('DigestMismatch', 'The content does not have the SHA-256 that was announced.', {
      reason: 'BadDigest',
      field: ['sha256'],
    });
  }
  return { sha256, parts: rows.map((row) => row.sha256) };
}

/**
 * Of the same parts it is always the same one, so that who asks again need not have all of them read again, though by
 * another upload: a final one by tus is begun anew. No bucket can tell so what parts another one has.
 */
async function digestOf({ granary, caller }: RequestContext, bucket: BucketState, rows: PartRow[]): Promise<Buffer> {
  const [only] = rows;
  if (rows.length === 1 && only !== undefined) {
    return only.sha256;
  }
  const parts = createHash('sha256');
  for (const { sha256 } of rows) {
    parts.update(sha256);
  }
  const key = `${bucket.id} ${parts.digest('hex')}`;
  const known =
    digests.get(key) ?? (await underWay.digest(key, caller, () => granary.store.digest(contentOf(granary, rows))));
  digests.set(key, known);
  return known;
}

async function* contentOf(granary: Granary, rows: PartRow[]): AsyncGenerator<Uint8Array> {
  for (const row of rows) {
    if (row.path === null) {
      yield await openRowContent(granary, row, undefined);
    } else {
      yield* await openFile(granary, { ...row, path: row.path }, {});
    }
  }
}
