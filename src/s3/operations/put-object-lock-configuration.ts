import { setBucketObjectLock } from '../../operations/buckets/set-bucket-object-lock.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDigestedDocument } from '../incoming-body.js';
import { parseLockConfiguration } from '../protocol/object-lock.js';
import { s3Error } from '../protocol/s3-error.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html */
export async function putObjectLockConfiguration(exchange: Exchange): Promise<Answer> {
  const document = await readDigestedDocument(exchange);
  if (document.length === 0) {
    throw s3Error('MissingRequestBodyError');
  }
  const configuration = parseLockConfiguration(document);
  await setBucketObjectLock(exchange.context, { ...bucketAddress(exchange), ...configuration });
  return emptyAnswer([], 200);
}
