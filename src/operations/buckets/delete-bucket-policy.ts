import type { RequestContext } from '../context.js';
import { bucketOf } from '../objects/list-objects.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { storeBucketPolicy } from './update-bucket.js';

/** Removes the bucket's policy; that it had none is no error. */
export async function deleteBucketPolicy(context: RequestContext, address: BucketAddress): Promise<BucketInfo> {
  return storeBucketPolicy(context, { ...bucketOf(address), text: null });
}
