import { putObjectTags } from '../../operations/objects/put-object-tags.js';
import { type Answer, type Exchange, emptyAnswer, versionAddress } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { taggedVersion } from '../object-headers.js';
import { parseTagging } from '../protocol/tagging.js';
import { readReplica } from '../replica-request.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
export async function putObjectTagging(exchange: Exchange): Promise<Answer> {
  const tags = parseTagging(await readDocument(exchange));
  await readReplica(exchange, 's3:ReplicateTags');
  const object = await putObjectTags(exchange.context, { ...versionAddress(exchange), tags });
  return emptyAnswer(taggedVersion(object), 200);
}
