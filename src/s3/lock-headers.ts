import { visibleLock } from '../operations/objects/get-object-lock.js';
import type { ObjectInfo } from '../operations/types.js';
import { type Exchange, objectAddress } from './exchange.js';
import { objectLockHeaders } from './protocol/object-lock.js';

/** What a read says of an object's lock to who may know it. */
export async function lockHeaders(exchange: Exchange, object: ObjectInfo): Promise<string[]> {
  return objectLockHeaders(await visibleLock(exchange.context, objectAddress(exchange), object));
}
