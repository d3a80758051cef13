import { getBucketPolicy as get } from '../../operations/buckets/get-bucket-policy.js';
import { type Answer, bucketAddress, type Exchange } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html */
export async function getBucketPolicy(exchange: Exchange): Promise<Answer> {
  const policy = await get(exchange.context, bucketAddress(exchange));
  return { status: 200, headers: ['Content-Type', 'application/json'], body: policy };
}
