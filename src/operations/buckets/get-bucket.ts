import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';

/** The right that each question about a bucket needs. */
type BucketQuestion = 's3:ListBucket' | 's3:GetBucketLocation' | 's3:GetBucketVersioning';

/** The bucket, for who may ask about it. */
export async function getBucket(
  context: RequestContext,
  input: BucketAddress,
  action: BucketQuestion = 's3:ListBucket',
): Promise<BucketInfo> {
  return openBucket(context, input, action);
}
