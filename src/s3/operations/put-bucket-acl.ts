import { setBucketAcl } from '../../operations/buckets/set-bucket-acl.js';
import { askedAcl } from '../asked-acl.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
export async function putBucketAcl(exchange: Exchange): Promise<Answer> {
  await setBucketAcl(exchange.context, { ...bucketAddress(exchange), acl: await askedAcl(exchange) });
  return emptyAnswer([], 200);
}
