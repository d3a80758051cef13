import { getBucketLogging as get } from '../../operations/buckets/set-bucket-logging.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { formatLogging } from '../protocol/logging.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html */
export async function getBucketLogging(exchange: Exchange): Promise<Answer> {
  return xmlAnswer(formatLogging(await get(exchange.context, bucketAddress(exchange))));
}
