import { putBucketPolicy as put } from '../../operations/buckets/put-bucket-policy.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
export async function putBucketPolicy(exchange: Exchange): Promise<Answer> {
  const body = await readDocument(exchange);
  await put(exchange.context, { ...bucketAddress(exchange), policy: body.toString('utf8') });
  return emptyAnswer();
}
