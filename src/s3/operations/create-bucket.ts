import { createBucket as create } from '../../operations/buckets/create-bucket.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { hasBody, readFirstDocument } from '../incoming-body.js';
import { readAcl } from '../protocol/acl.js';
import { readBucketLock } from '../protocol/object-lock.js';
import { readOwnership } from '../protocol/ownership.js';
import { s3Error } from '../protocol/s3-error.js';
import { parseTags } from '../protocol/tagging.js';
import { parseXml } from '../protocol/xml-reader.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export async function createBucket(exchange: Exchange): Promise<Answer> {
  const { headers } = exchange.request;
  const document = hasBody(exchange.request) ? await readFirstDocument(exchange) : Buffer.alloc(0);
  const ownership = readOwnership(headers);
  const bucket = await create(exchange.context, {
    ...bucketAddress(exchange),
    ...readBucketLock(headers),
    ...parseConfiguration(document),
    acl: readAcl(headers),
    ...(ownership === undefined ? {} : { ownership }),
    // As in AWS, by the region that was there before the others.
    existing: exchange.context.granary.settings.s3Region === 'us-east-1' ? 'SAME' : undefined,
  });
  return emptyAnswer(['Location', `/${bucket.name}`, 'x-amz-bucket-arn', `arn:aws:s3:::${bucket.name}`], 200);
}

function parseConfiguration(body: Buffer): { region?: string; tags?: Record<string, string> } {
  if (body.length === 0) {
    return {};
  }
  const configuration = parseXml(body, 'CreateBucketConfiguration');
  const unknown = configuration.names().find((name) => name !== 'LocationConstraint' && name !== 'Tags');
  if (unknown !== undefined) {
    throw s3Error('NotImplemented', `${unknown} is not implemented.`);
  }
  const region = configuration.text('LocationConstraint')?.trim() ?? '';
  const tags = configuration.children('Tags');
  return tags.length === 0 ? { region } : { region, tags: parseTags(tags) };
}
