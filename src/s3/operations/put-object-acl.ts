import { setObjectAcl } from '../../operations/objects/set-object-acl.js';
import { askedAcl } from '../asked-acl.js';
import { type Answer, type Exchange, emptyAnswer, versionAddress } from '../exchange.js';
import { taggedVersion } from '../object-headers.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html */
export async function putObjectAcl(exchange: Exchange): Promise<Answer> {
  const acl = await askedAcl(exchange);
  const object = await setObjectAcl(exchange.context, { ...versionAddress(exchange), acl });
  return emptyAnswer(taggedVersion(object), 200);
}
