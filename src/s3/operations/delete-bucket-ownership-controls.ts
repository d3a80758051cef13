import { deleteBucketOwnership } from '../../operations/buckets/set-bucket-ownership.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html */
export async function deleteBucketOwnershipControls(exchange: Exchange): Promise<Answer> {
  await deleteBucketOwnership(exchange.context, bucketAddress(exchange));
  return emptyAnswer();
}
