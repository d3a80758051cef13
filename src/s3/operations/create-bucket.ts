import { createBucket as create } from '../../operations/create-bucket.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { hasBody, readDocument } from '../incoming-body.js';
import { readBucketLock } from '../protocol/object-lock.js';
import { s3Error } from '../protocol/s3-error.js';
import { parseXml } from '../protocol/xml-reader.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export async function createBucket(exchange: Exchange): Promise<Answer> {
  const region = hasBody(exchange.request) ? parseLocation(await readDocument(exchange)) : '';
  const lock = readBucketLock(exchange.request.headers);
  const bucket = await create(exchange.context, { ...bucketAddress(exchange), ...lock, region });
  return emptyAnswer(['Location', `/${bucket.name}`], 200);
}

function parseLocation(body: Buffer): string {
  if (body.length === 0) {
    return '';
  }
  const configuration = parseXml(body, 'CreateBucketConfiguration');
  const unknown = configuration.names().find((name) => name !== 'LocationConstraint');
  if (unknown !== undefined) {
    throw s3Error('NotImplemented', `${unknown} is not implemented.`);
  }
  return configuration.text('LocationConstraint')?.trim() ?? '';
}
