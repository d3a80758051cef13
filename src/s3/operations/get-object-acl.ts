import { getObjectAcl as get } from '../../operations/objects/set-object-acl.js';
import { type Answer, type Exchange, versionAddress, xmlAnswer } from '../exchange.js';
import { taggedVersion } from '../object-headers.js';
import { formatAcl } from '../protocol/acl.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export async function getObjectAcl(exchange: Exchange): Promise<Answer> {
  const { acl, object } = await get(exchange.context, versionAddress(exchange));
  return xmlAnswer(formatAcl(acl), taggedVersion(object));
}
