import { setPublicAccessBlock } from '../../operations/buckets/set-public-access-block.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { parsePublicAccessBlock } from '../protocol/public-access-block.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html */
export async function putPublicAccessBlock(exchange: Exchange): Promise<Answer> {
  const block = parsePublicAccessBlock(await readDocument(exchange));
  await setPublicAccessBlock(exchange.context, { ...bucketAddress(exchange), block });
  return emptyAnswer([], 200);
}
