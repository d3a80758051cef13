import { headObject as head } from '../../operations/objects/get-object.js';
import type { Answer, Exchange } from '../exchange.js';
import { expirationHeaders } from '../expiration-headers.js';
import { lockHeaders } from '../lock-headers.js';
import { readAnswer, readInput } from '../read-parameters.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export async function headObject(exchange: Exchange): Promise<Answer> {
  const found = await head(exchange.context, readInput(exchange));
  const { status, headers } = readAnswer(exchange, found);
  return {
    status,
    headers: [
      ...headers,
      ...(await lockHeaders(exchange, found.object)),
      ...(await expirationHeaders(exchange, found.object)),
      'Content-Length',
      String(found.length),
    ],
  };
}
