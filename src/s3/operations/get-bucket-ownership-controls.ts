import { getBucketOwnership } from '../../operations/buckets/set-bucket-ownership.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { element, s3Document } from '../protocol/xml-writer.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html */
export async function getBucketOwnershipControls(exchange: Exchange): Promise<Answer> {
  const ownership = await getBucketOwnership(exchange.context, bucketAddress(exchange));
  return xmlAnswer(s3Document('OwnershipControls', [element('Rule', [element('ObjectOwnership', ownership)])]));
}
