import { getBucketObjectLock } from '../../operations/buckets/set-bucket-object-lock.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { formatLockConfiguration } from '../protocol/object-lock.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html */
export async function getObjectLockConfiguration(exchange: Exchange): Promise<Answer> {
  return xmlAnswer(formatLockConfiguration(await getBucketObjectLock(exchange.context, bucketAddress(exchange))));
}
