import { getBucketAcl as get } from '../../operations/buckets/set-bucket-acl.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { formatAcl } from '../protocol/acl.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export async function getBucketAcl(exchange: Exchange): Promise<Answer> {
  return xmlAnswer(formatAcl(await get(exchange.context, bucketAddress(exchange))));
}
