import { statement } from '../database/database.js';
import { openBucket } from './authorize.js';
import type { RequestContext } from './context.js';
import { bucketOf } from './list-objects.js';
import { resolveTenant } from './resolve-tenant.js';
import type { BucketAddress } from './types.js';

export interface Usage {
  /** Keys that show an object. */
  objects: number;
  /** Committed versions, without delete markers. */
  versions: number;
  /** Their logical size: what is stored once for many counts for each. */
  bytes: number;
}

const sums = `
  COALESCE(sum(s.objects), 0)::bigint AS objects, COALESCE(sum(s.versions), 0)::bigint AS versions,
  COALESCE(sum(s.bytes), 0)::bigint AS bytes`;

const usageOfBucket = statement('bucket_usage', `SELECT ${sums} FROM bucket_usage s WHERE s.bucket_id = $1`);

const usageOfTenant = statement(
  'tenant_usage',
  `SELECT ${sums} FROM bucket_usage s JOIN bucket b ON b.id = s.bucket_id WHERE b.tenant_id = $1 AND b.deleted_at IS NULL`,
);

/** What a bucket holds now. */
export async function bucketUsage(context: RequestContext, input: BucketAddress): Promise<Usage> {
  const bucket = await openBucket(context, bucketOf(input), 's3:ListBucket');
  return sum(await context.granary.database.query<Usage>(usageOfBucket, [bucket.id]));
}

/** What the buckets of a tenant hold together, the caller's own tenant when none is named. */
export async function tenantUsage(context: RequestContext, input: { tenant?: string }): Promise<Usage> {
  const tenant = await resolveTenant(context, input.tenant);
  return sum(await context.granary.database.query<Usage>(usageOfTenant, [tenant.id]));
}

function sum([row]: Usage[]): Usage {
  return row ?? { objects: 0, versions: 0, bytes: 0 };
}
