import { deleteObjectTags } from '../../operations/objects/put-object-tags.js';
import { type Answer, type Exchange, emptyAnswer, versionAddress } from '../exchange.js';
import { taggedVersion } from '../object-headers.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export async function deleteObjectTagging(exchange: Exchange): Promise<Answer> {
  const object = await deleteObjectTags(exchange.context, versionAddress(exchange));
  return emptyAnswer(taggedVersion(object));
}
