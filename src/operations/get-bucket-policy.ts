import { statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import { openBucket } from './authorize.js';
import type { RequestContext } from './context.js';
import type { BucketAddress } from './types.js';

const findPolicy = statement('find_bucket_policy', 'SELECT policy FROM bucket WHERE tenant_id = $1 AND id = $2');

/** The bucket's policy as a document; `NoSuchBucketPolicy` when it has none. */
export async function getBucketPolicy(context: RequestContext, address: BucketAddress): Promise<object> {
  const bucket = await openBucket(context, address, 's3:GetBucketPolicy');
  const [row] = await context.granary.database.query<{ policy: object | null }>(findPolicy, [
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
