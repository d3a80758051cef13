import { statement } from '../../database/database.js';
import { isPermitted } from '../access/authorize.js';
import { type BucketState, selectBuckets, toBucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { toObjectInfo, type VersionRow, versionColumns } from '../objects/version-row.js';
import { type PageRequest, toPage } from '../page.js';
import { validPlace } from '../shares/list-share-links.js';
import type { BucketInfo, ObjectInfo } from '../types.js';
import { authorizeFavourites } from './own-favourites.js';

/** A marked object with its bucket. */
export interface Favourite {
  /** The place in the list, for `after`. */
  id: number;
  object: ObjectInfo;
  bucket: BucketInfo;
}

/** Favourites that are looked at in one go, where a page is not longer: some may not be for the caller to see. */
const leastAtOnce = 50;

const marked = (place: string, order: string) => `
  SELECT f.id AS "favouriteId", ${versionColumns}
  FROM favourite f JOIN object_version v
    ON v.bucket_id = f.bucket_id AND v.key = f.key AND v.is_latest AND NOT v.delete_marker
  WHERE f.user_id = $1 AND ($2::bigint IS NULL OR f.id ${place} $2) ORDER BY f.id ${order} LIMIT $3`;

const readNewer = statement('list_newer_favourites', marked('>', 'ASC'));
const readOlder = statement('list_older_favourites', marked('<', 'DESC'));
const findBuckets = statement('find_buckets_of_favourites', `${selectBuckets} AND b.id = ANY ($1::bigint[])`);

/**
 * The caller's favourites, the newest first: objects that are there and that it may read now. `after` is an id. No user
 * has many, so a page that has to leave out some ends soon.
 */
export async function listFavourites(
  context: RequestContext,
  { after, limit, direction }: PageRequest,
): Promise<{ favourites: Favourite[]; truncated: boolean }> {
  const { userId } = authorizeFavourites(context, 'granary:ListFavourites');
  const query = direction === 'backward' ? readNewer : readOlder;
  const batch = Math.max(limit + 1, leastAtOnce);
  const found: Favourite[] = [];
  let place = after === undefined ? null : validPlace(after);
  for (let isMore = true; isMore && found.length <= limit; ) {
    const rows = await context.granary.database.query<MarkedRow>(query, [userId, place, batch]);
    found.push(...(await visible(context, rows)));
    place = rows.at(-1)?.favouriteId ?? null;
    isMore = rows.length === batch;
  }
  const { items, truncated } = toPage(found, { limit, direction });
  return { favourites: items, truncated };
}

/** How many {@link listFavourites} has in all. */
export async function countFavourites(context: RequestContext): Promise<number> {
  const { favourites } = await listFavourites(context, { limit: Number.MAX_SAFE_INTEGER - 1 });
  return favourites.length;
}

type MarkedRow = VersionRow & { favouriteId: number };

async function visible(context: RequestContext, rows: readonly MarkedRow[]): Promise<Favourite[]> {
  const buckets = await bucketsOf(context, rows);
  const found: Favourite[] = [];
  for (const row of rows) {
    const bucket = buckets.get(row.bucketId);
    if (bucket !== undefined && (await mayRead(context, bucket, row))) {
      found.push({ id: row.favouriteId, object: toObjectInfo(row), bucket });
    }
  }
  return found;
}

async function bucketsOf(
  { granary, caller }: RequestContext,
  rows: readonly MarkedRow[],
): Promise<Map<number, BucketState>> {
  const ids = [...new Set(rows.map(({ bucketId }) => bucketId))];
  const found =
    ids.length === 0 ? [] : await granary.database.query<Parameters<typeof toBucketState>[0]>(findBuckets, [ids]);
  const seesSuspended = caller.kind === 'user' && caller.role === 'ADMINISTRATOR';
  const open = found.filter(({ tenantId }) => seesSuspended || !granary.tenants.of(tenantId).suspended);
  return new Map(open.map((row) => [row.id, toBucketState(row)]));
}

function mayRead(context: RequestContext, bucket: BucketState, { key, tags }: MarkedRow): Promise<boolean> {
  return isPermitted(context, { action: 's3:GetObject', bucket, key, existingTags: tags });
}
