import { openBucket } from './authorize.js';
import type { RequestContext } from './context.js';
import type { BucketAddress, BucketInfo } from './types.js';

/** The bucket, for who may list it. */
export async function getBucket(context: RequestContext, input: BucketAddress): Promise<BucketInfo> {
  return openBucket(context, input, 's3:ListBucket');
}
