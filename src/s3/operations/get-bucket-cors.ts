import { getBucketCors as get } from '../../operations/buckets/set-bucket-cors.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { formatCors } from '../protocol/cors.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html */
export async function getBucketCors(exchange: Exchange): Promise<Answer> {
  return xmlAnswer(formatCors(await get(exchange.context, bucketAddress(exchange))));
}
