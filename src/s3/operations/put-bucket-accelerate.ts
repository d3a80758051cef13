import { setBucketAcceleration } from '../../operations/buckets/set-bucket-acceleration.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { oneOfTexts, parseXml } from '../protocol/xml-reader.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html */
export async function putBucketAccelerate(exchange: Exchange): Promise<Answer> {
  const document = parseXml(await readDocument(exchange), 'AccelerateConfiguration');
  const acceleration = oneOfTexts(document, 'Status', ['Enabled', 'Suspended']);
  await setBucketAcceleration(exchange.context, { ...bucketAddress(exchange), acceleration });
  return emptyAnswer([], 200);
}
