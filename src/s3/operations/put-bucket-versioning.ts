import { setBucketVersioning } from '../../operations/buckets/update-bucket.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { s3Error } from '../protocol/s3-error.js';
import { parseXml } from '../protocol/xml-reader.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html */
export async function putBucketVersioning(exchange: Exchange): Promise<Answer> {
  const versioning = parseStatus(await readDocument(exchange));
  await setBucketVersioning(exchange.context, { ...bucketAddress(exchange), versioning });
  return emptyAnswer([], 200);
}

function parseStatus(body: Buffer): 'ENABLED' | 'SUSPENDED' {
  const configuration = parseXml(body, 'VersioningConfiguration');
  if (configuration.text('MfaDelete')?.trim() === 'Enabled') {
    throw s3Error('NotImplemented', 'MFA delete is not implemented.');
  }
  switch (configuration.text('Status')?.trim()) {
    case 'Enabled':
      return 'ENABLED';
    case 'Suspended':
      return 'SUSPENDED';
    default:
      throw s3Error('MalformedXML');
  }
}
