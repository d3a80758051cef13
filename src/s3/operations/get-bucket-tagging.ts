import { getBucketTags } from '../../operations/buckets/set-bucket-tags.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { formatTagging } from '../protocol/tagging.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html */
export async function getBucketTagging(exchange: Exchange): Promise<Answer> {
  return xmlAnswer(formatTagging(await getBucketTags(exchange.context, bucketAddress(exchange))));
}
