import { setBucketOwnership } from '../../operations/buckets/set-bucket-ownership.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { ownerships } from '../protocol/ownership.js';
import { s3Error } from '../protocol/s3-error.js';
import { oneOfTexts, parseXml } from '../protocol/xml-reader.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html */
export async function putBucketOwnershipControls(exchange: Exchange): Promise<Answer> {
  const [rule, ...more] = parseXml(await readDocument(exchange), 'OwnershipControls').children('Rule');
  if (rule === undefined || more.length > 0) {
    throw s3Error('MalformedXML');
  }
  const ownership = oneOfTexts(rule, 'ObjectOwnership', ownerships);
  await setBucketOwnership(exchange.context, { ...bucketAddress(exchange), ownership });
  return emptyAnswer([], 200);
}
