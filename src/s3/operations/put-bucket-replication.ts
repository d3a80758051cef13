import { setBucketReplication } from '../../operations/replication/set-bucket-replication.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { parseReplication } from '../protocol/replication.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html */
export async function putBucketReplication(exchange: Exchange): Promise<Answer> {
  const rules = parseReplication(await readDocument(exchange));
  await setBucketReplication(exchange.context, { ...bucketAddress(exchange), rules });
  return emptyAnswer([], 200);
}
