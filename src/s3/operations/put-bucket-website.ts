import { setBucketWebsite } from '../../operations/buckets/set-bucket-website.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { parseWebsite } from '../protocol/website.js';

/** As AWS says beside the limit of routing rules. */
const maxWebsiteBytes = 128 * 1024;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html */
export async function putBucketWebsite(exchange: Exchange): Promise<Answer> {
  const website = parseWebsite(await readDocument(exchange, maxWebsiteBytes));
  await setBucketWebsite(exchange.context, { ...bucketAddress(exchange), website });
  return emptyAnswer([], 200);
}
