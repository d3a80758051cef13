import { statement } from '../../database/database.js';
import { requireUser } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import { loadBucketsById } from '../load-by-id.js';

export interface Usage {
  /** Keys that show an object. */
  objects: number;
  /** Committed versions, without delete markers. */
  versions: number;
  /** Their logical size: what is stored once for many counts for each. */
  bytes: number;
  /** What is kept for them, sealed and perhaps compressed; counted for each, as `bytes` is. */
  storedBytes: number;
  /** Of deleted versions that can still be restored. */
  trashBytes: number;
  /** Of the parts of open uploads. */
  partBytes: number;
  /** What quotas are held against: all versions, the trash, and the parts. */
  countedBytes: number;
}

export interface TenantUsage extends Usage {
  buckets: number;
  users: number;
  accessKeys: number;
}

const sums = `
  COALESCE(sum(s.objects), 0)::bigint AS objects, COALESCE(sum(s.versions), 0)::bigint AS versions,
  COALESCE(sum(s.bytes), 0)::bigint AS bytes,
  COALESCE(sum(s.stored_bytes), 0)::bigint AS "storedBytes",
  COALESCE(sum(s.trash_bytes), 0)::bigint AS "trashBytes", COALESCE(sum(s.part_bytes), 0)::bigint AS "partBytes",
  COALESCE(sum(s.bytes + s.trash_bytes + s.part_bytes), 0)::bigint AS "countedBytes"`;

const usageOfBuckets = statement(
  'bucket_usages',
  `SELECT s.bucket_id AS "bucketId", ${sums} FROM bucket_usage s WHERE s.bucket_id = ANY ($1::bigint[]) GROUP BY s.bucket_id`,
);

const usageOfTenants = statement(
  'tenant_usages',
  `SELECT t.id AS "tenantId", u.*,
     (SELECT count(*) FROM bucket b WHERE b.tenant_id = t.id AND b.deleted_at IS NULL) AS buckets,
     (SELECT count(*) FROM user_account a WHERE a.tenant_id = t.id AND a.kind = 'USER') AS users,
     (SELECT count(*) FROM access_key k JOIN user_account a ON a.id = k.user_id WHERE a.tenant_id = t.id)
       + (SELECT count(*) FROM api_key k JOIN user_account a ON a.id = k.user_id WHERE a.tenant_id = t.id) AS "accessKeys"
   FROM tenant t CROSS JOIN LATERAL (
     SELECT ${sums} FROM bucket b JOIN bucket_usage s ON s.bucket_id = b.id
     WHERE b.tenant_id = t.id AND b.deleted_at IS NULL
   ) u
   WHERE t.id = ANY ($1::bigint[]) AND t.deleted_at IS NULL`,
);

/** What these buckets hold now, in their order; zeros for those that the caller may not see. Two queries. */
export async function loadBucketUsages(context: RequestContext, bucketIds: number[]): Promise<Usage[]> {
  const buckets = await loadBucketsById(context, bucketIds);
  const visible = buckets.flatMap((bucket) => (bucket === null ? [] : [bucket.id]));
  const rows = await context.granary.database.query<Usage & { bucketId: number }>(usageOfBuckets, [visible]);
  const byBucket = new Map(rows.map((row) => [row.bucketId, row]));
  return bucketIds.map((id) => byBucket.get(id) ?? nothing);
}

/** What these tenants hold now, in their order; null for those that the caller does not belong to. One query. */
export async function loadTenantUsages(
  context: RequestContext,
  tenantIds: readonly number[],
): Promise<(TenantUsage | null)[]> {
  const { role, tenantId: own } = requireUser(context);
  const visible = tenantIds.filter((id) => role === 'ADMINISTRATOR' || id === own);
  const rows = await context.granary.database.query<TenantUsage & { tenantId: number }>(usageOfTenants, [visible]);
  const byTenant = new Map(rows.map((row) => [row.tenantId, row]));
  return tenantIds.map((id) => byTenant.get(id) ?? null);
}

const nothing: Usage = {
  objects: 0,
  versions: 0,
  bytes: 0,
  storedBytes: 0,
  trashBytes: 0,
  partBytes: 0,
  countedBytes: 0,
};

/** Of a tenant that has nothing, or is gone. */
export const noUsage: TenantUsage = { ...nothing, buckets: 0, users: 0, accessKeys: 0 };
