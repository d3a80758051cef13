import { setBucketEncryption } from '../../operations/buckets/set-bucket-encryption.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html */
export async function deleteBucketEncryption(exchange: Exchange): Promise<Answer> {
  await setBucketEncryption(exchange.context, { ...bucketAddress(exchange), encryption: null, blocked: null });
  return emptyAnswer();
}
