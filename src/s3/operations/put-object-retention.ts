import { putObjectRetention as put } from '../../operations/objects/put-object-retention.js';
import { type Answer, type Exchange, emptyAnswer, versionAddress } from '../exchange.js';
import { readDigestedDocument } from '../incoming-body.js';
import { parseRetention, readBypass } from '../protocol/object-lock.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html */
export async function putObjectRetention(exchange: Exchange): Promise<Answer> {
  const bypass = readBypass(exchange.request.headers);
  const retention = parseRetention(await readDigestedDocument(exchange));
  await put(exchange.context, { ...versionAddress(exchange), ...bypass, retention });
  return emptyAnswer([], 200);
}
