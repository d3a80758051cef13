import { setBucketCors } from '../../operations/buckets/set-bucket-cors.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDigestedDocument } from '../incoming-body.js';
import { parseCors } from '../protocol/cors.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
export async function putBucketCors(exchange: Exchange): Promise<Answer> {
  const rules = parseCors(await readDigestedDocument(exchange));
  await setBucketCors(exchange.context, { ...bucketAddress(exchange), rules });
  return emptyAnswer([], 200);
}
