import { setBucketLogging } from '../../operations/buckets/set-bucket-logging.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { parseLogging } from '../protocol/logging.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html */
export async function putBucketLogging(exchange: Exchange): Promise<Answer> {
  const logging = parseLogging(await readDocument(exchange));
  await setBucketLogging(exchange.context, { ...bucketAddress(exchange), logging });
  return emptyAnswer([], 200);
}
