import { type VersionRow, versionColumns } from '../objects/version-row.js';
import type { SearchPosition } from './search-cursor.js';
import type { Bind, SearchConditions } from './search-filter.js';

export type SearchOrder = 'RELEVANCE' | 'NAME' | 'SIZE' | 'DATE';

/** In which order a search finds. */
export interface SearchPlan {
  order: SearchOrder;
  direction: 'ASC' | 'DESC';
  /** All that a cursor is bound to. */
  list: string;
}

/** What the index proposes, with the object's own row where there still is one. */
export type Candidate = VersionRow & { candidate: number; place: string; visible: boolean };

const columns = {
  NAME: { expression: 's.key', type: 'text COLLATE "C"' },
  SIZE: { expression: 's.size', type: 'bigint' },
  DATE: { expression: 's.created_at', type: 'timestamptz' },
} as const;

/** The next objects that fit a search, in its order, as their own rows are. */
export function candidatesQuery(
  { order, direction }: SearchPlan,
  {
    conditions,
    after,
    most,
    bind,
  }: { conditions: SearchConditions; after: SearchPosition | undefined; most: number; bind: Bind },
): string {
  const { expression, type } =
    order === 'RELEVANCE' ? { expression: rankOf(conditions, bind), type: 'float8' } : columns[order];
  const beyond = direction === 'ASC' ? '>' : '<';
  const from =
    after === undefined
      ? ''
      : ` AND (${expression}, s.version_id) ${beyond} (${bind(after.value)}::${type}, ${bind(after.id)}::bigint)`;
  return `WITH candidate AS MATERIALIZED (
    SELECT s.version_id, ${expression} AS place FROM search_entry s
    WHERE ${conditions.sql.join(' AND ')}${from}
    ORDER BY ${expression} ${direction}, s.version_id ${direction} LIMIT ${most}
  )
  SELECT c.version_id AS candidate, ${placeText(order)} AS place, v.id IS NOT NULL AS visible, ${versionColumns}
  FROM candidate c LEFT JOIN object_version v ON v.id = c.version_id AND v.is_latest AND NOT v.delete_marker
  ORDER BY c.place ${direction}, c.version_id ${direction}`;
}

/**
 * How much a word counts in metadata, tags, folders and the name. In tags nothing: where objects stand would tell of tags
 * that the caller may not read.
 */
const weights = `'{0.1, 0, 0.4, 1}'`;

/** What was meant exactly counts most; in the name more than in folders and metadata. */
function rankOf({ text }: SearchConditions, bind: Bind): string {
  const [exact, wide] = [bind(text?.exact), bind(text?.wide)];
  return `(ts_rank(${weights}, s.words, ${exact}::tsquery) * 4 + ts_rank(${weights}, s.words, ${wide}::tsquery))::float8`;
}

/** Exactly as PostgreSQL reads it again: dates in JavaScript have no microseconds. */
function placeText(order: SearchOrder): string {
  return order === 'DATE' ? `to_char(c.place AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')` : 'c.place::text';
}
