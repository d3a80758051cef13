import { setBucketObjectLock } from '../../operations/buckets/set-bucket-object-lock.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDigestedDocument } from '../incoming-body.js';
import { parseLockConfiguration } from '../protocol/object-lock.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html */
export async function putObjectLockConfiguration(exchange: Exchange): Promise<Answer> {
  const configuration = parseLockConfiguration(await readDigestedDocument(exchange));
  await setBucketObjectLock(exchange.context, { ...bucketAddress(exchange), ...configuration });
  return emptyAnswer([], 200);
}
