import { deleteBucketTags } from '../../operations/buckets/set-bucket-tags.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html */
export async function deleteBucketTagging(exchange: Exchange): Promise<Answer> {
  await deleteBucketTags(exchange.context, bucketAddress(exchange));
  return emptyAnswer();
}
