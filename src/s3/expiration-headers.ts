import { objectExpiration } from '../operations/objects/object-expiration.js';
import type { ObjectInfo } from '../operations/types.js';
import { type Exchange, objectAddress } from './exchange.js';
import { formatHttpDate } from './protocol/dates.js';

/**
 * When a lifecycle rule will delete an object.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html#API_HeadObject_ResponseSyntax
 */
export async function expirationHeaders(exchange: Exchange, object: ObjectInfo): Promise<string[]> {
  const expiration = await objectExpiration(exchange.context, objectAddress(exchange), object);
  if (expiration === null) {
    return [];
  }
  const { at, ruleId } = expiration;
  return ['x-amz-expiration', `expiry-date="${formatHttpDate(at)}", rule-id="${encodeURIComponent(ruleId)}"`];
}
