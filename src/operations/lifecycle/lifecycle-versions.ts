import { type Queryable, statement } from '../../database/database.js';
import type { LifecycleVersion } from './lifecycle-due.js';

/** A version as the rules judge it, with what it takes to act on it. */
export interface DueVersion extends LifecycleVersion {
  id: number;
  contentType: string;
}

/** How many versions one statement reads. */
const pageSize = 500;

const columns = `
  v.id, v.key, v.is_latest AS "isLatest", v.delete_marker AS "deleteMarker", v.size, v.tags,
  v.storage_class AS "storageClass", v.content_type AS "contentType", v.created_at AS "createdAt",
  v.is_latest AND v.delete_marker AND NOT EXISTS (
    SELECT FROM object_version o
    WHERE o.bucket_id = v.bucket_id AND o.key = v.key AND o.state = 'COMMITTED' AND o.id < v.id) AS "isOnly"`;

const listPage = statement(
  'list_lifecycle_versions',
  `SELECT ${columns} FROM object_version v
   WHERE v.bucket_id = $1 AND v.state = 'COMMITTED' AND v.key >= $2 AND v.key <= prefix_end($2)
     AND v.key >= $3 AND (v.key > $3 OR v.id < $4)
   ORDER BY v.bucket_id, v.key, v.id DESC LIMIT ${pageSize}`,
);

const findOne = statement(
  'find_lifecycle_version',
  `SELECT ${columns}, (
     SELECT n.created_at FROM object_version n
     WHERE n.bucket_id = v.bucket_id AND n.key = v.key AND n.state = 'COMMITTED' AND n.id > v.id ORDER BY n.id LIMIT 1
   ) AS "succeededAt", (
     SELECT count(*) FROM object_version n
     WHERE n.bucket_id = v.bucket_id AND n.key = v.key AND n.state = 'COMMITTED' AND n.id > v.id AND NOT n.is_latest
   ) AS "newerNoncurrent"
   FROM object_version v WHERE v.bucket_id = $1 AND v.id = $2 AND v.state = 'COMMITTED' FOR UPDATE OF v`,
);

type PageRow = Omit<DueVersion, 'succeededAt' | 'newerNoncurrent'>;

/** Versions of whole keys and of the beginning of one more, in the order of the history: by key, the newest first. */
export interface HistoryPage {
  versions: DueVersion[];
  /** The last key of which nothing is left. */
  lastKey: string;
}

/** The versions of a bucket behind a key, page by page, each with what the ones before it say of it. */
export async function* historyOf(
  database: Queryable,
  { bucketId, prefix, after }: { bucketId: number; prefix: string; after: string },
): AsyncGenerator<HistoryPage> {
  const history = new KeyHistory();
  let at = { key: after, id: 0 };
  let lastKey = after;
  for (;;) {
    const rows = await database.query<PageRow>(listPage, [bucketId, prefix, at.key, at.id]);
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    const isEnd = rows.length < pageSize;
    const previous = at.key === last.key ? lastKey : at.key;
    lastKey = isEnd ? last.key : (rows.findLast(({ key }) => key !== last.key)?.key ?? previous);
    yield { versions: rows.map((row) => history.next(row)), lastKey };
    if (isEnd) {
      return;
    }
    at = { key: last.key, id: last.id };
  }
}

/** One version as it is now, in a transaction that holds its key; undefined when it is gone. */
export async function findDueVersion(
  tx: Queryable,
  { bucketId, id }: { bucketId: number; id: number },
): Promise<DueVersion | undefined> {
  const [row] = await tx.query<DueVersion>(findOne, [bucketId, id]);
  return row;
}

/** Goes through the versions of key after key, the newest first, and remembers what the next one is judged by. */
class KeyHistory {
  #key: string | undefined;
  #newer: Date | null = null;
  #noncurrent = 0;

  next(row: PageRow): DueVersion {
    if (row.key !== this.#key) {
      this.#key = row.key;
      this.#newer = null;
      this.#noncurrent = 0;
    }
    const version = { ...row, succeededAt: this.#newer, newerNoncurrent: this.#noncurrent };
    this.#newer = row.createdAt;
    this.#noncurrent += row.isLatest ? 0 : 1;
    return version;
  }
}
