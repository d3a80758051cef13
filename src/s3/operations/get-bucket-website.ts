import { getBucketWebsite as get } from '../../operations/buckets/set-bucket-website.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { formatWebsite } from '../protocol/website.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html */
export async function getBucketWebsite(exchange: Exchange): Promise<Answer> {
  return xmlAnswer(formatWebsite(await get(exchange.context, bucketAddress(exchange))));
}
