import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { describeObject } from '../objects/get-object.js';
import type { ObjectAddress, ObjectInfo } from '../types.js';
import { authorizeFavourites } from './own-favourites.js';

/** So that one user's list stays one that can be looked through. */
export const mostFavourites = 1000;

// Whoever adds two at once waits, so that the bound is one.
const lockUser = statement(
  'lock_user_of_favourites',
  'SELECT tenant_id AS "tenantId" FROM user_account WHERE id = $1 FOR NO KEY UPDATE',
);

const insertRow = statement(
  'insert_favourite',
  `INSERT INTO favourite (user_id, bucket_id, key)
   SELECT $1, b.id, $3 FROM bucket b WHERE b.id = $2 AND b.deleted_at IS NULL
   ON CONFLICT (user_id, bucket_id, key) DO NOTHING
   RETURNING (SELECT tenant_id FROM bucket WHERE id = $2) AS "tenantId"`,
);

const countRows = statement('count_favourites', 'SELECT count(*)::int AS favourites FROM favourite WHERE user_id = $1');

const forgetGone = statement(
  'forget_gone_favourites',
  `DELETE FROM favourite f WHERE f.user_id = $1 AND NOT EXISTS (
     SELECT FROM object_version v
     WHERE v.bucket_id = f.bucket_id AND v.key = f.key AND v.is_latest AND NOT v.delete_marker)`,
);

const action = 'granary:AddFavourite';

/**
 * Marks an object that the caller may read as one of its favourites; marking it again changes nothing. What is marked is
 * the key, so that the mark outlives new versions.
 */
export async function addFavourite(context: RequestContext, address: ObjectAddress): Promise<ObjectInfo> {
  const { userId } = authorizeFavourites(context, action);
  const object = await describeObject(context, address);
  const { bucketId, key } = object;
  await context.granary.database.transaction(async (tx) => {
    await tx.query(lockUser, [userId]);
    const [added] = await tx.query<{ tenantId: number }>(insertRow, [userId, bucketId, key]);
    if (added !== undefined) {
      await refuseTooMany(tx, userId);
      await recordEvent(tx, context, { action, tenantId: added.tenantId, bucketId, key });
    }
  });
  return object;
}

/** Those of objects that are gone make room, but only once there is none left: objects come back from the trash. */
async function refuseTooMany(tx: Queryable, userId: number): Promise<void> {
  if ((await countOf(tx, userId)) <= mostFavourites) {
    return;
  }
  await tx.query(forgetGone, [userId]);
  if ((await countOf(tx, userId)) > mostFavourites) {
    throw new GranaryError('QuotaExceeded', `You have ${mostFavourites} favourites, and cannot have more.`, {
      reason: 'TooManyFavourites',
    });
  }
}

async function countOf(tx: Queryable, userId: number): Promise<number> {
  const [row] = await tx.query<{ favourites: number }>(countRows, [userId]);
  return row?.favourites ?? 0;
}
