import { deleteObject as remove } from '../../operations/delete-object.js';
import { type Answer, type Exchange, emptyAnswer, versionAddress } from '../exchange.js';
import { readBypass } from '../protocol/object-lock.js';
import { s3Error } from '../protocol/s3-error.js';
import { readReplica } from '../replica-request.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function deleteObject(exchange: Exchange): Promise<Answer> {
  if (exchange.request.headers.values['if-match'] !== undefined) {
    throw s3Error('NotImplemented', 'Conditional deletes are not implemented.', { Header: 'If-Match' });
  }
  const replica = await readReplica(exchange, 's3:ReplicateDelete');
  const target = { ...versionAddress(exchange), ...readBypass(exchange.request.headers), ...replica };
  const { deleteMarker, versionId } = await remove(exchange.context, target);
  const headers = deleteMarker ? ['x-amz-delete-marker', 'true'] : [];
  return emptyAnswer(versionId === undefined ? headers : [...headers, 'x-amz-version-id', versionId]);
}
