import { getBucketAcceleration } from '../../operations/buckets/set-bucket-acceleration.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { element, s3Document } from '../protocol/xml-writer.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html */
export async function getBucketAccelerate(exchange: Exchange): Promise<Answer> {
  const status = await getBucketAcceleration(exchange.context, bucketAddress(exchange));
  return xmlAnswer(s3Document('AccelerateConfiguration', [element('Status', status)]));
}
