import { statement } from '../../database/database.js';
import { isGranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { describeObject } from '../objects/get-object.js';
import { validateObjectKey } from '../objects/object-key.js';
import type { ObjectAddress, ObjectInfo } from '../types.js';
import { authorizeFavourites } from './own-favourites.js';

const deleteRow = statement(
  'delete_favourite',
  `DELETE FROM favourite f USING bucket b, tenant t
   WHERE f.user_id = $1 AND b.id = f.bucket_id AND b.deleted_at IS NULL AND b.name = $3 AND t.id = b.tenant_id
     AND t.name = $2 AND f.key = $4
   RETURNING f.bucket_id AS "bucketId", b.tenant_id AS "tenantId"`,
);

const action = 'granary:RemoveFavourite';

/**
 * Unmarks a favourite, also one whose object is gone or may not be read any more: then there is no object to give back.
 * Unmarking what the caller may read and has not marked changes nothing.
 */
export async function removeFavourite(context: RequestContext, address: ObjectAddress): Promise<ObjectInfo | null> {
  const { userId, tenantName } = authorizeFavourites(context, action);
  const { bucket, key, tenant = tenantName } = address;
  validateObjectKey(key);
  const isRemoved = await context.granary.database.transaction(async (tx) => {
    const values = [userId, tenant, bucket, key];
    const [removed] = await tx.query<{ bucketId: number; tenantId: number }>(deleteRow, values);
    if (removed !== undefined) {
      await recordEvent(tx, context, { action, ...removed, key });
    }
    return removed !== undefined;
  });
  try {
    return await describeObject(context, address);
  } catch (error) {
    if (isRemoved && (isGranaryError(error, 'NotFound') || isGranaryError(error, 'Denied'))) {
      return null;
    }
    throw error;
  }
}
