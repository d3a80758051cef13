import { setBucketTags } from '../../operations/buckets/set-bucket-tags.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDigestedDocument } from '../incoming-body.js';
import { parseTagging } from '../protocol/tagging.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html */
export async function putBucketTagging(exchange: Exchange): Promise<Answer> {
  const tags = parseTagging(await readDigestedDocument(exchange));
  await setBucketTags(exchange.context, { ...bucketAddress(exchange), tags });
  return emptyAnswer();
}
