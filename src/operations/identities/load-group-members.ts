import { statement } from '../../database/database.js';
import type { RequestContext } from '../context.js';
import { type PageRequest, toPage } from '../page.js';

/** Some of a group's users, in the order of their names. */
export interface MemberPage {
  users: { id: number; username: string }[];
  truncated: boolean;
}

const pageOf = (compare: '<' | '>', order: 'ASC' | 'DESC') => `
  SELECT g.id AS "groupId", u.id, u.username FROM unnest($1::bigint[]) AS g(id) CROSS JOIN LATERAL (
    SELECT u.id, u.username FROM user_group_member m JOIN user_account u ON u.id = m.user_id
    WHERE m.group_id = g.id AND ($2::text IS NULL OR u.username ${compare} $2) ORDER BY u.username ${order} LIMIT $3
  ) u`;

const pageForward = statement('load_group_members', pageOf('>', 'ASC'));
const pageBackward = statement('load_group_members_backward', pageOf('<', 'DESC'));
const countStatement = statement(
  'count_group_members',
  'SELECT group_id AS "groupId", count(*) AS count FROM user_group_member WHERE group_id = ANY ($1) GROUP BY group_id',
);

/** The same page of each group's users, in the order of the ids. Whoever asks has been shown the groups. One query. */
export async function loadMemberPages(
  context: RequestContext,
  ids: readonly number[],
  page: PageRequest,
): Promise<MemberPage[]> {
  const query = page.direction === 'backward' ? pageBackward : pageForward;
  const rows = await context.granary.database.query<{ groupId: number; id: number; username: string }>(query, [
    ids,
    page.after ?? null,
    page.limit + 1,
  ]);
  const byGroup = Map.groupBy(rows, ({ groupId }) => groupId);
  return ids.map((id) => {
    const { items, truncated } = toPage(byGroup.get(id) ?? [], page);
    return { users: items, truncated };
  });
}

/** How many users each group has, in the order of the ids. One query. */
export async function countMembers(context: RequestContext, ids: readonly number[]): Promise<number[]> {
  const rows = await context.granary.database.query<{ groupId: number; count: number }>(countStatement, [ids]);
  const counts = new Map(rows.map(({ groupId, count }) => [groupId, count]));
  return ids.map((id) => counts.get(id) ?? 0);
}
