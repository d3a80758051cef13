import { statement } from '../../database/database.js';
import type { RequestContext } from '../context.js';

const findFreshness = statement(
  'find_search_freshness',
  `SELECT CASE WHEN p.walked_at IS NOT NULL THEN
     COALESCE((SELECT e.at FROM event e WHERE e.id > p.event_id ORDER BY e.id LIMIT 1), now()) END AS until
   FROM search_place p WHERE p.number = 1`,
);

/** Everything that was changed before is found; null while objects of an earlier version are still being read. */
export async function searchFreshness({ granary }: RequestContext): Promise<Date | null> {
  const [row] = await granary.database.query<{ until: Date | null }>(findFreshness);
  return row?.until ?? null;
}
