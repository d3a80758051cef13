import { deleteBucket as remove } from '../../operations/buckets/delete-bucket.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export async function deleteBucket(exchange: Exchange): Promise<Answer> {
  await remove(exchange.context, bucketAddress(exchange));
  return emptyAnswer();
}
