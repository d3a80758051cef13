import { type Queryable, statement } from '../../database/database.js';
import { openBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, StorageClass } from '../types.js';
import { placementOf } from './placement.js';

const batchSize = 1_000;

/** What one call looks at, so that it ends in a few seconds. */
const mostVersions = 20_000;

const listVersions = statement(
  'list_versions_to_copy',
  `SELECT id, key, storage_class AS "storageClass", content_type AS "contentType", size FROM object_version
   WHERE bucket_id = $1 AND id > $2 AND state = 'COMMITTED' AND NOT delete_marker ORDER BY id LIMIT ${batchSize}`,
);

/** Blobs in a file, of versions that each want a copy in a store. */
const insertWanted = statement(
  'want_copies_of_versions',
  `WITH wanted AS (
     SELECT * FROM unnest($1::bigint[], $2::text[]) AS w (version_id, store)
   ), blobs AS (
     SELECT v.blob_id, w.store FROM wanted w JOIN object_version v ON v.id = w.version_id WHERE v.blob_id IS NOT NULL
     UNION
     SELECT p.blob_id, w.store FROM wanted w JOIN version_part p ON p.version_id = w.version_id
   )
   INSERT INTO blob_copy (blob_id, store)
   SELECT b.id, k.store FROM blobs k JOIN blob b ON b.id = k.blob_id
   WHERE b.state = 'live' AND b.path IS NOT NULL AND split_part(b.path, '/', 1) <> k.store
   ORDER BY b.id, k.store
   ON CONFLICT (blob_id, store) DO NOTHING RETURNING blob_id`,
);

/** Asks for copies of what a version has in files, in the transaction that makes the version refer to it. */
export async function wantCopiesOf(tx: Queryable, versionId: number, stores: readonly string[]): Promise<void> {
  if (stores.length > 0) {
    await tx.query(insertWanted, [stores.map(() => versionId), stores]);
  }
}

interface VersionToCopy {
  id: number;
  key: string;
  storageClass: StorageClass;
  contentType: string;
  size: number;
}

export interface WantedCopies {
  /** How many versions were looked at. */
  versions: number;
  /** How many copies were asked for that were not there. */
  wanted: number;
  /** Where the next call goes on; null when all versions were looked at. */
  next: number | null;
}

/** Asks for the second copies that the bucket's rules want of what was written before. Call it until `next` is null. */
export async function wantCopies(
  context: RequestContext,
  input: BucketAddress & { after?: number },
): Promise<WantedCopies> {
  const bucket = await openBucket(context, input, 'granary:PutBucketPlacement');
  return context.granary.database.transaction((tx) => wantSome(tx, context, { bucket, after: input.after ?? 0 }));
}

async function wantSome(
  tx: Queryable,
  context: RequestContext,
  { bucket, after }: { bucket: BucketState; after: number },
): Promise<WantedCopies> {
  const sum: WantedCopies = { versions: 0, wanted: 0, next: after };
  while (sum.next !== null && sum.versions < mostVersions) {
    const versions = await tx.query<VersionToCopy>(listVersions, [bucket.id, sum.next]);
    const copies = versions.flatMap((version) =>
      placementOf(bucket.placement, version).copies.map((store) => ({ id: version.id, store })),
    );
    if (copies.length > 0) {
      const values = [copies.map(({ id }) => id), copies.map(({ store }) => store)];
      sum.wanted += (await tx.query(insertWanted, values)).length;
    }
    sum.versions += versions.length;
    sum.next = versions.length < batchSize ? null : (versions.at(-1)?.id ?? null);
  }
  await recordEvent(tx, context, {
    action: 'granary:PutBucketPlacement',
    tenantId: bucket.tenantId,
    bucketId: bucket.id,
    details: { versions: sum.versions, copiesWanted: sum.wanted },
  });
  return sum;
}
