import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';

const batchSize = 2_000;

const listDeleted = statement('list_deleted_buckets', 'SELECT id FROM bucket WHERE deleted_at IS NOT NULL ORDER BY id');

/** In the order of the index of the trash: one statement over all of it would take longer than a statement may. */
const endTrash = statement(
  'end_trash_of_deleted_bucket',
  `WITH batch AS MATERIALIZED (
     SELECT v.id, v.key FROM object_version v
     WHERE v.bucket_id = $1 AND v.state = 'DELETING' AND v.key >= $2 AND (v.key > $2 OR v.id < $3)
     ORDER BY v.key, v.id DESC LIMIT ${batchSize}
   ), ended AS (
     UPDATE object_version v SET purge_after = now() FROM batch
     WHERE v.id = batch.id AND v.state = 'DELETING' AND v.purge_after > now()
       AND NOT is_locked(v.lock_mode, v.retain_until, v.legal_hold, true)
   )
   SELECT id, key, (SELECT count(*) FROM batch) AS walked FROM batch ORDER BY key DESC, id LIMIT 1`,
);

const removeEmptied = statement(
  'remove_deleted_bucket',
  `DELETE FROM bucket b WHERE b.id = $1 AND b.deleted_at IS NOT NULL
     AND NOT EXISTS (SELECT FROM object_version v WHERE v.bucket_id = b.id AND v.state = 'COMMITTED')
     AND NOT EXISTS (SELECT FROM object_version v WHERE v.bucket_id = b.id AND v.state = 'DELETING')
     AND NOT EXISTS (SELECT FROM upload u WHERE u.bucket_id = b.id)
   RETURNING b.id`,
);

interface EndedBatch {
  id: number;
  key: string;
  walked: number;
}

/** Purges what deleted buckets still held in their trash, and removes their rows when nothing is left. */
export async function removeDeletedBuckets(granary: Granary): Promise<number> {
  const { database } = granary;
  let removed = 0;
  for (const { id } of await database.query<{ id: number }>(listDeleted)) {
    await endTrashOf(granary, id);
    removed += (await database.query(removeEmptied, [id])).length;
  }
  return removed;
}

/** Lets all of a bucket's trash be purged now, but for what object lock keeps. */
export async function endTrashOf({ database }: Granary, bucketId: number): Promise<void> {
  let last: EndedBatch | undefined = { key: '', id: 0, walked: batchSize };
  while (last?.walked === batchSize) {
    const [batch]: EndedBatch[] = await database.query<EndedBatch>(endTrash, [bucketId, last.key, last.id]);
    last = batch;
  }
}
