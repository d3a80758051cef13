import { deleteBucketWebsite as remove } from '../../operations/buckets/set-bucket-website.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html */
export async function deleteBucketWebsite(exchange: Exchange): Promise<Answer> {
  await remove(exchange.context, bucketAddress(exchange));
  return emptyAnswer();
}
