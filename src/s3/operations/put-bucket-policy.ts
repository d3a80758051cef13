import { putBucketPolicy as put } from '../../operations/buckets/put-bucket-policy.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { inWordsOfS3 } from '../protocol/policy-problem.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
export async function putBucketPolicy(exchange: Exchange): Promise<Answer> {
  const policy = (await readDocument(exchange)).toString('utf8');
  try {
    await put(exchange.context, { ...bucketAddress(exchange), policy });
  } catch (error) {
    throw inWordsOfS3(error, policy);
  }
  return emptyAnswer();
}
