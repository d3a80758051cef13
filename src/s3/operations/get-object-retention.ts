import { getObjectRetention as get } from '../../operations/objects/get-object-lock.js';
import { type Answer, type Exchange, versionAddress, xmlAnswer } from '../exchange.js';
import { formatRetention } from '../protocol/object-lock.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html */
export async function getObjectRetention(exchange: Exchange): Promise<Answer> {
  return xmlAnswer(formatRetention(await get(exchange.context, versionAddress(exchange))));
}
