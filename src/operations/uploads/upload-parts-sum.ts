import { type Queryable, statement } from '../../database/database.js';

/** What has come of an upload, in parts that are whole. */
export interface PartsSum {
  receivedBytes: number;
  partCount: number;
  /** The part after the last one. */
  nextPart: number;
}

const sumParts = statement(
  'sum_upload_parts',
  `SELECT count(*)::integer AS "partCount", COALESCE(sum(size), 0)::bigint AS "receivedBytes",
     COALESCE(max(part_number), 0) + 1 AS "nextPart" FROM upload_part WHERE upload_id = $1::uuid`,
);

/** What has come of an upload; the caller was allowed to know. */
export async function progressOf(database: Queryable, uploadId: string): Promise<PartsSum> {
  const [progress] = await database.query<PartsSum>(sumParts, [uploadId]);
  return progress ?? { receivedBytes: 0, partCount: 0, nextPart: 1 };
}
