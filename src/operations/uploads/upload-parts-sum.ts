import { type Queryable, statement } from '../../database/database.js';

/** What has come of an upload, in parts that are whole. */
export interface PartsSum {
  receivedBytes: number;
  partCount: number;
  /** The part after the last one. */
  nextPart: number;
}

/** The columns of {@link PartsSum}, over rows of parts in a table called `p`. */
export const partsSumColumns = `
  count(*)::integer AS "partCount", COALESCE(sum(p.size), 0)::bigint AS "receivedBytes",
  COALESCE(max(p.part_number), 0) + 1 AS "nextPart"`;

const sumParts = statement(
  'sum_upload_parts',
  `SELECT ${partsSumColumns} FROM upload_part p WHERE p.upload_id = $1::uuid`,
);

/** What has come of an upload; the caller was allowed to know. */
export async function progressOf(database: Queryable, uploadId: string): Promise<PartsSum> {
  const [progress] = await database.query<PartsSum>(sumParts, [uploadId]);
  return progress ?? { receivedBytes: 0, partCount: 0, nextPart: 1 };
}
