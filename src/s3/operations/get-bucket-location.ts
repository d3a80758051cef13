import { getBucket } from '../../operations/buckets/get-bucket.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { escapeXml, s3Document, Xml } from '../protocol/xml-writer.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html : what CreateBucket was given, empty for us-east-1. */
export async function getBucketLocation(exchange: Exchange): Promise<Answer> {
  const { region } = await getBucket(exchange.context, bucketAddress(exchange), 's3:GetBucketLocation');
  const constraint = region === 'us-east-1' ? '' : region;
  return xmlAnswer(s3Document('LocationConstraint', [new Xml(escapeXml(constraint))]));
}
