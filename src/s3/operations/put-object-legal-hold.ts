import { putObjectLegalHold as put } from '../../operations/objects/put-object-legal-hold.js';
import { type Answer, type Exchange, emptyAnswer, versionAddress } from '../exchange.js';
import { readDigestedDocument } from '../incoming-body.js';
import { parseLegalHold } from '../protocol/object-lock.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html */
export async function putObjectLegalHold(exchange: Exchange): Promise<Answer> {
  const status = parseLegalHold(await readDigestedDocument(exchange));
  await put(exchange.context, { ...versionAddress(exchange), status });
  return emptyAnswer([], 200);
}
