import { deleteBucketReplication as remove } from '../../operations/replication/set-bucket-replication.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html */
export async function deleteBucketReplication(exchange: Exchange): Promise<Answer> {
  await remove(exchange.context, bucketAddress(exchange));
  return emptyAnswer();
}
