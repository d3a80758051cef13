import type { Database } from '../../database/database.js';
import { type Statement, statement } from '../../database/database.js';
import type { FolderJobInfo, JobItem, JobPlace } from './folder-job.js';

const next = `(SELECT k.key FROM folder_job_key k WHERE k.job_id = $1 AND k.key > $2 ORDER BY k.key LIMIT $4::integer) k`;

const columns = `k.key, COALESCE(v.id, 0) AS id, COALESCE(v.size, 0) AS size, COALESCE(v.is_null, false) AS "isNull",
  CASE WHEN v.id IS NULL THEN 'MISSING' WHEN v.id > $5 THEN 'REPLACED' END AS absent`;

const listCurrent = statement(
  'list_selected_of_job',
  `SELECT ${columns} FROM ${next}
   LEFT JOIN object_version v ON v.bucket_id = $3 AND v.key = k.key AND v.is_latest AND NOT v.delete_marker
   ORDER BY k.key`,
);

const listRestorable = statement(
  'list_selected_restorable_of_job',
  `SELECT ${columns}, v.source AS "from" FROM ${next}
   LEFT JOIN LATERAL (
     SELECT r.* FROM (
       (SELECT t.id, t.size, t.is_null, 'TRASH' AS source FROM object_version t
        WHERE t.bucket_id = $3 AND t.key = k.key AND t.state = 'DELETING' AND NOT t.delete_marker
          AND t.purge_after > now() AND t.id <= $5 ORDER BY t.id DESC LIMIT 1)
       UNION ALL
       (SELECT h.id, h.size, h.is_null, 'VERSION' FROM object_version h
        WHERE h.bucket_id = $3 AND h.key = k.key AND h.state = 'COMMITTED' AND NOT h.delete_marker AND EXISTS (
          SELECT FROM object_version m WHERE m.bucket_id = $3 AND m.key = k.key AND m.state = 'COMMITTED'
            AND m.is_latest AND m.delete_marker AND m.id <= $5)
        ORDER BY h.id DESC LIMIT 1)
     ) r ORDER BY r.id DESC LIMIT 1
   ) v ON true ORDER BY k.key`,
);

const countKeys = statement(
  'count_selected_of_job',
  'SELECT count(*) AS count FROM folder_job_key k WHERE k.job_id = $1',
);

const ofKeys = `FROM folder_job_key k JOIN object_version v ON v.bucket_id = $2 AND v.key = k.key
  WHERE k.job_id = $1 AND v.state = 'COMMITTED' AND v.id <= $3`;

const listVersions = statement(
  'list_selected_versions_of_job',
  `SELECT v.key, v.id, v.size, v.is_null AS "isNull" ${ofKeys}
     AND k.key >= $4 AND (k.key > $4 OR v.id < $5) ORDER BY k.key, v.id DESC LIMIT $6::integer`,
);

const countVersions = statement('count_selected_versions_of_job', `SELECT count(*) AS count ${ofKeys}`);

/** The next of the objects that a job was begun with, behind where it has come to, also those that are not there. */
export function listSelectedItems(
  database: Database,
  job: FolderJobInfo & JobPlace,
  limit: number,
): Promise<JobItem[]> {
  const { id, bucketId, placeKey, placeId, newestVersion } = job;
  if (isOfVersions(job)) {
    return database.query<JobItem>(listVersions, [id, bucketId, newestVersion, placeKey, placeId, limit]);
  }
  const list: Statement = job.kind === 'RESTORE_SELECTION' ? listRestorable : listCurrent;
  return database.query<JobItem>(list, [id, placeKey, bucketId, limit, newestVersion]);
}

export async function countSelectedItems(database: Database, job: FolderJobInfo & JobPlace): Promise<number> {
  const [row] = await (isOfVersions(job)
    ? database.query<{ count: number }>(countVersions, [job.id, job.bucketId, job.newestVersion])
    : database.query<{ count: number }>(countKeys, [job.id]));
  return row?.count ?? 0;
}

function isOfVersions({ kind, options }: FolderJobInfo): boolean {
  return kind === 'DELETE_SELECTION' && options.versions === 'ALL';
}
