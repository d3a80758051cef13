import { getObject as open } from '../../operations/objects/get-object.js';
import type { Answer, Exchange } from '../exchange.js';
import { expirationHeaders } from '../expiration-headers.js';
import { lockHeaders } from '../lock-headers.js';
import { readAnswer, readInput } from '../read-parameters.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export async function getObject(exchange: Exchange): Promise<Answer> {
  const opened = await open(exchange.context, readInput(exchange));
  const answer = readAnswer(exchange, opened);
  answer.headers.push(...(await lockHeaders(exchange, opened.object)));
  answer.headers.push(...(await expirationHeaders(exchange, opened.object)));
  const { body, length } = opened;
  return { ...answer, body: body.kind === 'bytes' ? body.bytes : { length, open: () => body.open() } };
}
