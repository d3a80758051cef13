import { statement } from '../../database/database.js';
import type { ShareOutcome } from '../../entities/share-access.js';
import type { RequestContext } from '../context.js';
import { type PageRequest, toPage } from '../page.js';
import { validPlace } from './list-share-links.js';

/** A visit to a link. */
export interface ShareAccessInfo {
  id: number;
  linkId: number;
  at: Date;
  outcome: `${ShareOutcome}`;
  path: string | null;
  sourceIp: string | null;
  userAgent: string | null;
  requestId: string;
}

export interface ShareAccessPage {
  accesses: ShareAccessInfo[];
  truncated: boolean;
}

const pageOf = (compare: '<' | '>', order: 'ASC' | 'DESC') => `
  SELECT a.* FROM unnest($1::bigint[]) AS l(id) CROSS JOIN LATERAL (
    SELECT a.id, a.link_id AS "linkId", a.at, a.outcome, a.path, a.source_ip AS "sourceIp", a.user_agent AS "userAgent",
      a.request_id AS "requestId"
    FROM share_access a WHERE a.link_id = l.id AND ($2::bigint IS NULL OR a.id ${compare} $2)
    ORDER BY a.id ${order} LIMIT $3
  ) a`;

const pageForward = statement('load_share_accesses', pageOf('<', 'DESC'));
const pageBackward = statement('load_share_accesses_backward', pageOf('>', 'ASC'));
const countAccesses = statement(
  'count_share_accesses',
  'SELECT link_id AS "linkId", count(*) AS count FROM share_access WHERE link_id = ANY ($1::bigint[]) GROUP BY link_id',
);

/** The same page of the visits to each link, the newest first. Whoever asks has been shown the links. One query. */
export async function loadAccessPages(
  context: RequestContext,
  ids: readonly number[],
  page: PageRequest,
): Promise<ShareAccessPage[]> {
  const query = page.direction === 'backward' ? pageBackward : pageForward;
  const after = page.after === undefined ? null : validPlace(page.after);
  const rows = await context.granary.database.query<ShareAccessInfo>(query, [ids, after, page.limit + 1]);
  const byLink = Map.groupBy(rows, ({ linkId }) => linkId);
  return ids.map((id) => {
    const { items, truncated } = toPage(byLink.get(id) ?? [], page);
    return { accesses: items, truncated };
  });
}

/** How many visits of each link are kept, in the order of the ids. One query. */
export async function countAccessesOf(context: RequestContext, ids: readonly number[]): Promise<number[]> {
  const rows = await context.granary.database.query<{ linkId: number; count: number }>(countAccesses, [ids]);
  const counts = new Map(rows.map(({ linkId, count }) => [linkId, count]));
  return ids.map((id) => counts.get(id) ?? 0);
}
