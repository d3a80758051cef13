import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress } from '../types.js';

const findPolicy = statement(
  'find_bucket_policy',
  'SELECT policy::text AS policy FROM bucket WHERE tenant_id = $1 AND id = $2',
);

/** The text of the bucket's policy, as it was written; `NoSuchBucketPolicy` when it has none. */
export async function getBucketPolicy(context: RequestContext, address: BucketAddress): Promise<string> {
  const bucket = await openBucket(context, address, 's3:GetBucketPolicy');
  const [row] = await context.granary.database.query<{ policy: string | null }>(findPolicy, [
    bucket.tenantId,
    bucket.id,
  ]);
  if (row === undefined || row.policy === null) {
    throw new GranaryError('NotFound', 'The bucket policy does not exist', {
      reason: 'NoSuchBucketPolicy',
      data: { BucketName: bucket.name },
    });
  }
  return row.policy;
}
