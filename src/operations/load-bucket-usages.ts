import { statement } from '../database/database.js';
import type { Usage } from './bucket-usage.js';
import type { RequestContext } from './context.js';
import { loadBucketsById } from './load-by-id.js';

const sumUsages = statement(
  'load_bucket_usages',
  `SELECT bucket_id AS "bucketId", sum(objects)::bigint AS objects, sum(versions)::bigint AS versions,
     sum(bytes)::bigint AS bytes
   FROM bucket_usage WHERE bucket_id = ANY($1::bigint[]) GROUP BY bucket_id`,
);

/** The usage of these buckets, in their order; zeros for those that the caller may not see. */
export async function loadBucketUsages(context: RequestContext, bucketIds: number[]): Promise<Usage[]> {
  const buckets = await loadBucketsById(context, bucketIds);
  const visible = buckets.flatMap((bucket) => (bucket === null ? [] : [bucket.id]));
  const rows = await context.granary.database.query<Usage & { bucketId: number }>(sumUsages, [visible]);
  const byBucket = new Map(rows.map((row) => [row.bucketId, row]));
  return bucketIds.map((id) => byBucket.get(id) ?? { objects: 0, versions: 0, bytes: 0 });
}
