import { deleteBucketPolicy as remove } from '../../operations/buckets/delete-bucket-policy.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html */
export async function deleteBucketPolicy(exchange: Exchange): Promise<Answer> {
  await remove(exchange.context, bucketAddress(exchange));
  return emptyAnswer();
}
