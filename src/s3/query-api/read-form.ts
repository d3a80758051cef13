import { RequestBody } from '../../wire/request-body.js';
import { askForBody } from '../ask-for-body.js';
import type { S3Request } from '../exchange.js';
import { withinLimit } from '../incoming-body.js';
import { queryError } from './query-error.js';

/** The longest policy fits, however it is encoded. */
const mostBytes = 128 * 1024;

/** True for a request to STS or IAM: S3 has no forms of this type, and nothing else at this place. */
export function isQueryRequest({ method, resource, query, headers }: S3Request): boolean {
  if (resource.bucket !== '') {
    return false;
  }
  const isForm = headers.values['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true;
  return (method === 'POST' && isForm) || ((method === 'GET' || method === 'POST') && query.has('Action'));
}

/** The whole body. */
export async function readForm(request: S3Request): Promise<Buffer> {
  if (request.method === 'GET') {
    return Buffer.alloc(0);
  }
  const body = new RequestBody(request.message, () => askForBody(request));
  return withinLimit({ request }, collect(body));
}

async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body) {
    pieces.push(piece);
    length += piece.length;
    if (length > mostBytes) {
      throw queryError('ValidationError', `The request is larger than ${mostBytes} bytes.`);
    }
  }
  return Buffer.concat(pieces);
}
