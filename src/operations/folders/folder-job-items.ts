import type { Database } from '../../database/database.js';
import { type Statement, statement } from '../../database/database.js';
import { type FolderJobInfo, isOfSelection, type JobItem, type JobPlace, verbOf } from './folder-job.js';
import { countSelectedItems, listSelectedItems } from './selected-items.js';

const columns = 'v.id, v.key, v.size, v.is_null AS "isNull"';
const inFolder = (table: string) =>
  `${table}.bucket_id = $1 AND ${table}.key >= $2 AND ${table}.key <= prefix_end($2) AND ${table}.key >= $3`;
const versionOf = (table: string) => ['key', 'id', 'size', 'is_null'].map((name) => `${table}.${name}`).join(', ');
// One look for each key: without the OFFSET a batch might read all objects of the bucket to know which there are.
const isWanted = (table: string) => `($7::boolean OR NOT EXISTS (
    SELECT FROM object_version s WHERE s.bucket_id = $1 AND s.key = ${table}.key AND s.is_latest AND NOT s.delete_marker OFFSET 0))`;
const behind = '(v.key > $3 OR v.id < $4)';

const current = `FROM object_version v
  WHERE ${inFolder('v')} AND v.key > $3 AND v.is_latest AND NOT v.delete_marker AND v.id <= $5 AND $4::bigint IS NOT NULL`;

const history = `FROM object_version v WHERE ${inFolder('v')} AND ${behind} AND v.state = 'COMMITTED' AND v.id <= $5`;

const trash = `FROM object_version v
  WHERE ${inFolder('v')} AND ${behind} AND v.state = 'DELETING' AND NOT v.delete_marker AND v.purge_after > now()
    AND v.id <= $5 AND v.deleted_at <= (SELECT j.created_at FROM folder_job j WHERE j.id = $6)`;

// What is in the trash: the newest of each key.
const trashed = ({
  upTo,
  limit,
}: Record<'upTo' | 'limit', string>) => `SELECT DISTINCT ON (v.key) ${versionOf('v')}, 'TRASH' AS source
  FROM object_version v
  WHERE ${inFolder('v')} AND v.key > $3 AND v.key <= ${upTo} AND v.state = 'DELETING' AND NOT v.delete_marker
    AND v.purge_after > now() AND v.deleted_at >= $6 AND v.id <= $5 AND $4::bigint IS NOT NULL AND ${isWanted('v')}
  ORDER BY v.key, v.id DESC${limit}`;

// What delete markers hide: a key with one as its latest has no current object.
const hidden = (limit: string) => `SELECT ${versionOf('o')}, 'VERSION' AS source
  FROM object_version m CROSS JOIN LATERAL (
    SELECT h.* FROM object_version h
    WHERE h.bucket_id = m.bucket_id AND h.key = m.key AND h.state = 'COMMITTED' AND NOT h.delete_marker
    ORDER BY h.id DESC LIMIT 1
  ) o
  WHERE ${inFolder('m')} AND m.key > $3 AND m.is_latest AND m.delete_marker AND m.created_at >= $6 AND m.id <= $5
  ORDER BY m.key${limit}`;

// Each batch reads both in the order of keys, and of the trash no more than up to where the markers lead it.
const listRestorable = `WITH hidden AS MATERIALIZED (${hidden(' LIMIT $8::integer')}),
  trashed AS MATERIALIZED (${trashed({
    upTo: '(SELECT CASE WHEN count(*) < $8 THEN prefix_end($2) ELSE max(h.key) END FROM hidden h)',
    limit: ' LIMIT $8::integer',
  })})
  SELECT DISTINCT ON (v.key) ${columns}, v.source AS "from" FROM (SELECT * FROM hidden UNION ALL SELECT * FROM trashed) v
  ORDER BY v.key, v.id DESC LIMIT $8::integer`;

const countRestorable = `SELECT count(DISTINCT v.key) AS count
  FROM ((${hidden('')}) UNION ALL (${trashed({ upTo: 'prefix_end($2)', limit: '' })})) v`;

interface Source {
  list: Statement;
  count: Statement;
}

function source(name: string, from: string, { parameters, order }: { parameters: number; order: string }): Source {
  return {
    list: statement(
      `list_${name}_of_job`,
      `SELECT ${columns} ${from} ORDER BY ${order} LIMIT $${parameters + 1}::integer`,
    ),
    count: statement(`count_${name}_of_job`, `SELECT count(*) AS count ${from}`),
  };
}

const sources = {
  current: source('current', current, { parameters: 5, order: 'v.key' }),
  history: source('history', history, { parameters: 5, order: 'v.key, v.id DESC' }),
  trash: source('trash', trash, { parameters: 6, order: 'v.key, v.id DESC' }),
  restorable: {
    list: statement('list_restorable_of_job', listRestorable),
    count: statement('count_restorable_of_job', countRestorable),
  },
};

/** The next objects that a job is about, behind where it has come to. */
export function listJobItems(database: Database, job: FolderJobInfo & JobPlace, limit: number): Promise<JobItem[]> {
  if (isOfSelection(job.kind)) {
    return listSelectedItems(database, job, limit);
  }
  const { source: from, values } = questionOf(job);
  return database.query<JobItem>(from.list, [...values, limit]);
}

/** How many there are. Its cost grows with that number. */
export async function countJobItems(database: Database, job: FolderJobInfo & JobPlace): Promise<number> {
  if (isOfSelection(job.kind)) {
    return countSelectedItems(database, job);
  }
  const { source: from, values } = questionOf(job);
  const [row] = await database.query<{ count: number }>(from.count, values);
  return row?.count ?? 0;
}

function questionOf(job: FolderJobInfo & JobPlace): { source: Source; values: unknown[] } {
  const { bucketId, folder, placeKey, placeId, newestVersion, kind, options } = job;
  const values = [bucketId, folder, placeKey, placeId, newestVersion];
  const verb = verbOf(kind);
  switch (verb) {
    case 'COPY':
    case 'MOVE':
    case 'TAG':
      return { source: sources.current, values };
    case 'DELETE':
      return { source: options.versions === 'ALL' ? sources.history : sources.current, values };
    case 'EMPTY_TRASH':
      return { source: sources.trash, values: [...values, job.id] };
    case 'RESTORE':
      return {
        source: sources.restorable,
        values: [...values, options.deletedAfter ?? new Date(0), options.conflict !== 'SKIP'],
      };
    default:
      return verb satisfies never;
  }
}
