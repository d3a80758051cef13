import { getObjectLegalHold as get } from '../../operations/objects/get-object-lock.js';
import { type Answer, type Exchange, versionAddress, xmlAnswer } from '../exchange.js';
import { formatLegalHold } from '../protocol/object-lock.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html */
export async function getObjectLegalHold(exchange: Exchange): Promise<Answer> {
  return xmlAnswer(formatLegalHold(await get(exchange.context, versionAddress(exchange))));
}
