import { isBucketPublic } from '../../operations/buckets/set-bucket-acl.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { element, s3Document } from '../protocol/xml-writer.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html */
export async function getBucketPolicyStatus(exchange: Exchange): Promise<Answer> {
  const isPublic = await isBucketPublic(exchange.context, bucketAddress(exchange));
  return xmlAnswer(s3Document('PolicyStatus', [element('IsPublic', isPublic)]));
}
