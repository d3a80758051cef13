import { deleteBucketCors as remove } from '../../operations/buckets/set-bucket-cors.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html */
export async function deleteBucketCors(exchange: Exchange): Promise<Answer> {
  await remove(exchange.context, bucketAddress(exchange));
  return emptyAnswer();
}
