import { statement } from '../database/database.js';
import type { RequestContext } from './context.js';
import { loadBucketsById } from './load-by-id.js';
import { resolveTenant } from './resolve-tenant.js';

export interface Usage {
  /** Keys that show an object. */
  objects: number;
  /** Committed versions, without delete markers. */
  versions: number;
  /** Their logical size: what is stored once for many counts for each. */
  bytes: number;
  /** What is kept for them, sealed and perhaps compressed; counted for each, as `bytes` is. */
  storedBytes: number;
}

const sums = `
  COALESCE(sum(s.objects), 0)::bigint AS objects, COALESCE(sum(s.versions), 0)::bigint AS versions,
  COALESCE(sum(s.bytes), 0)::bigint AS bytes,
  COALESCE(sum(s.stored_bytes), 0)::bigint AS "storedBytes"`;

const usageOfBuckets = statement(
  'bucket_usages',
  `SELECT s.bucket_id AS "bucketId", ${sums} FROM bucket_usage s WHERE s.bucket_id = ANY ($1::bigint[]) GROUP BY s.bucket_id`,
);

const usageOfTenant = statement(
  'tenant_usage',
  `SELECT ${sums} FROM bucket_usage s JOIN bucket b ON b.id = s.bucket_id WHERE b.tenant_id = $1 AND b.deleted_at IS NULL`,
);

/** What these buckets hold now, in their order; zeros for those that the caller may not see. Two queries. */
export async function loadBucketUsages(context: RequestContext, bucketIds: number[]): Promise<Usage[]> {
  const buckets = await loadBucketsById(context, bucketIds);
  const visible = buckets.flatMap((bucket) => (bucket === null ? [] : [bucket.id]));
  const rows = await context.granary.database.query<Usage & { bucketId: number }>(usageOfBuckets, [visible]);
  const byBucket = new Map(rows.map((row) => [row.bucketId, row]));
  return bucketIds.map((id) => byBucket.get(id) ?? nothing);
}

/** What the buckets of a tenant hold together, the caller's own tenant when none is named. */
export async function tenantUsage(context: RequestContext, input: { tenant?: string }): Promise<Usage> {
  const tenant = await resolveTenant(context, input.tenant);
  const [usage] = await context.granary.database.query<Usage>(usageOfTenant, [tenant.id]);
  return usage ?? nothing;
}

const nothing: Usage = { objects: 0, versions: 0, bytes: 0, storedBytes: 0 };
