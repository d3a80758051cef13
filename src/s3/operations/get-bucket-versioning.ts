import { getBucket } from '../../operations/buckets/get-bucket.js';
import type { BucketVersioning } from '../../operations/types.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { element, s3Document } from '../protocol/xml-writer.js';

const statuses: Record<BucketVersioning, string | undefined> = {
  UNVERSIONED: undefined,
  ENABLED: 'Enabled',
  SUSPENDED: 'Suspended',
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html */
export async function getBucketVersioning(exchange: Exchange): Promise<Answer> {
  const { versioning } = await getBucket(exchange.context, bucketAddress(exchange), 's3:GetBucketVersioning');
  return xmlAnswer(s3Document('VersioningConfiguration', [element('Status', statuses[versioning])]));
}
