import { deleteObject as remove } from '../../operations/objects/delete-object.js';
import { type Answer, type Exchange, emptyAnswer, versionAddress } from '../exchange.js';
import { deleteConditions } from '../protocol/conditions.js';
import { readBypass } from '../protocol/object-lock.js';
import { readReplica } from '../replica-request.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function deleteObject(exchange: Exchange): Promise<Answer> {
  const conditions = deleteConditions(exchange.request.headers);
  const replica = await readReplica(exchange, 's3:ReplicateDelete');
  const target = { ...versionAddress(exchange), ...readBypass(exchange.request.headers), ...replica, conditions };
  const { deleteMarker, versionId } = await remove(exchange.context, target);
  const headers = deleteMarker ? ['x-amz-delete-marker', 'true'] : [];
  return emptyAnswer(versionId === undefined ? headers : [...headers, 'x-amz-version-id', versionId]);
}
