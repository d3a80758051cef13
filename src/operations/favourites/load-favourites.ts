import { statement } from '../../database/database.js';
import { requireUser } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import { maySeeFavourites } from './own-favourites.js';

/** An object that the caller was shown. */
export interface ShownKey {
  readonly bucketId: number;
  readonly key: string;
}

const findMarked = statement(
  'find_marked_keys',
  `SELECT f.bucket_id AS "bucketId", f.key FROM unnest($2::bigint[], $3::text[]) AS p (bucket_id, key)
   JOIN favourite f ON f.user_id = $1 AND f.bucket_id = p.bucket_id AND f.key = p.key`,
);

/** Whether objects are favourites of the caller, in their order; none is when it may not see its favourites. One query. */
export async function loadFavourites(context: RequestContext, keys: readonly ShownKey[]): Promise<boolean[]> {
  if (!maySeeFavourites(context)) {
    return keys.map(() => false);
  }
  const rows = await context.granary.database.query<ShownKey>(findMarked, [
    requireUser(context).userId,
    keys.map(({ bucketId }) => bucketId),
    keys.map(({ key }) => key),
  ]);
  const marked = new Set(rows.map(({ bucketId, key }) => `${bucketId}/${key}`));
  return keys.map(({ bucketId, key }) => marked.has(`${bucketId}/${key}`));
}
