import { type Queryable, statement } from '../../database/database.js';

interface Keyed {
  readonly bucketId: number;
  readonly key: string;
}

const moveRows = statement(
  'move_favourites',
  `UPDATE favourite f SET bucket_id = $3, key = $4
   WHERE f.bucket_id = $1 AND f.key = $2 AND NOT EXISTS (
     SELECT FROM favourite o WHERE o.user_id = f.user_id AND o.bucket_id = $3 AND o.key = $4)`,
);

/** What was marked where an object was is marked where it is now, in the transaction that moves it. */
export async function moveFavourites(tx: Queryable, { from, to }: { from: Keyed; to: Keyed }): Promise<void> {
  await tx.query(moveRows, [from.bucketId, from.key, to.bucketId, to.key]);
}
