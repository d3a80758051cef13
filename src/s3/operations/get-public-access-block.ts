import { getPublicAccessBlock as get } from '../../operations/buckets/set-public-access-block.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { formatPublicAccessBlock } from '../protocol/public-access-block.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html */
export async function getPublicAccessBlock(exchange: Exchange): Promise<Answer> {
  return xmlAnswer(formatPublicAccessBlock(await get(exchange.context, bucketAddress(exchange))));
}
