import { setBucketLifecycle } from '../../operations/lifecycle/set-bucket-lifecycle.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html */
export async function deleteBucketLifecycle(exchange: Exchange): Promise<Answer> {
  await setBucketLifecycle(exchange.context, { ...bucketAddress(exchange), rules: [] });
  return emptyAnswer();
}
