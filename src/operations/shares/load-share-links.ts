import { statement } from '../../database/database.js';
import { ShareLink } from '../../entities/index.js';
import { findBucket, isPermitted, requireUser } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import { type PageRequest, toPage } from '../page.js';
import type { BucketAddress } from '../types.js';
import { mayListOwn, validPlace } from './list-share-links.js';

/** Of which bucket, or of which of its objects. */
export interface SharesOf extends BucketAddress {
  key?: string | undefined;
}

export interface ShareLinkPage {
  links: ShareLink[];
  truncated: boolean;
}

const scopes = 'unnest($1::bigint[], $2::text[], $3::bigint[]) WITH ORDINALITY AS s(bucket_id, path, user_id, n)';
const inScope = `l.bucket_id = s.bucket_id AND (s.path IS NULL OR (l.path = s.path AND l.kind = 'OBJECT'))
      AND (s.user_id IS NULL OR l.user_id = s.user_id)`;

const pageOf = (compare: '<' | '>', order: 'ASC' | 'DESC') => `
  SELECT s.n AS scope, l.* FROM ${scopes} CROSS JOIN LATERAL (
    SELECT l.* FROM share_link l WHERE ${inScope} AND ($4::bigint IS NULL OR l.id ${compare} $4)
    ORDER BY l.id ${order} LIMIT $5
  ) l ORDER BY s.n, l.id ${order}`;

const pageForward = statement('load_share_links', pageOf('<', 'DESC'));
const pageBackward = statement('load_share_links_backward', pageOf('>', 'ASC'));
const countLinks = statement(
  'count_share_links_of',
  `SELECT (SELECT count(*) FROM share_link l WHERE ${inScope}) AS count FROM ${scopes} ORDER BY s.n`,
);

/** The same page of the links of each, the newest first: all for who may list them, else the caller's own. One query. */
export async function loadShareLinkPages(
  context: RequestContext,
  asked: readonly SharesOf[],
  page: PageRequest,
): Promise<ShareLinkPage[]> {
  const { database } = context.granary;
  const after = page.after === undefined ? null : validPlace(page.after);
  const query = page.direction === 'backward' ? pageBackward : pageForward;
  const values = [...(await scopesOf(context, asked)), after, page.limit + 1];
  const rows = await database.query<{ scope: number }>(query, values);
  const em = database.orm.em.fork();
  const byScope = Map.groupBy(rows, ({ scope }) => scope);
  return asked.map((_, index) => {
    const found = (byScope.get(index + 1) ?? []).map(({ scope: _scope, ...row }) => em.map(ShareLink, row));
    const { items, truncated } = toPage(found, page);
    return { links: items, truncated };
  });
}

/** How many links each has for the caller, in the order asked. One query. */
export async function countShareLinksOf(context: RequestContext, asked: readonly SharesOf[]): Promise<number[]> {
  const values = await scopesOf(context, asked);
  const rows = await context.granary.database.query<{ count: number }>(countLinks, values);
  return rows.map(({ count }) => count);
}

/** Buckets, keys, and whose links are shown. */
async function scopesOf(context: RequestContext, asked: readonly SharesOf[]): Promise<unknown[][]> {
  const { userId } = requireUser(context);
  const buckets = await Promise.all(asked.map((address) => findBucket(context, address)));
  const action = 'granary:ListShareLinks';
  const seesAll = await Promise.all(
    buckets.map((bucket) => bucket !== undefined && isPermitted(context, { action, bucket })),
  );
  // Of nobody, who is no user: there are none to be shown.
  const own = mayListOwn(context) ? userId : 0;
  // A bucket that is gone has none either.
  return [
    buckets.map((bucket) => bucket?.id ?? null),
    asked.map(({ key }) => key ?? null),
    seesAll.map((all) => (all ? null : own)),
  ];
}
