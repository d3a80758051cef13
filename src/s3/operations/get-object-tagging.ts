import { getObjectTags } from '../../operations/objects/put-object-tags.js';
import { type Answer, type Exchange, versionAddress, xmlAnswer } from '../exchange.js';
import { taggedVersion } from '../object-headers.js';
import { formatTagging } from '../protocol/tagging.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export async function getObjectTagging(exchange: Exchange): Promise<Answer> {
  const object = await getObjectTags(exchange.context, versionAddress(exchange));
  return xmlAnswer(formatTagging(object.tags), taggedVersion(object));
}
