import { statement } from '../database/database.js';
import type { Granary } from './context.js';

const endTrash = statement(
  'end_trash_of_deleted_buckets',
  `UPDATE object_version v SET purge_after = now() FROM bucket b
   WHERE b.id = v.bucket_id AND b.deleted_at IS NOT NULL AND v.state = 'DELETING' AND v.purge_after > now()
     AND NOT is_locked(v.lock_mode, v.retain_until, v.legal_hold, true)`,
);

const removeEmptied = statement(
  'remove_deleted_buckets',
  `DELETE FROM bucket b WHERE b.deleted_at IS NOT NULL
     AND NOT EXISTS (SELECT FROM object_version v WHERE v.bucket_id = b.id AND v.state <> 'DELETED')
     AND NOT EXISTS (SELECT FROM upload u WHERE u.bucket_id = b.id)
   RETURNING b.id`,
);

/** Purges what deleted buckets still held in their trash, and removes their rows when nothing is left. */
export async function removeDeletedBuckets(granary: Granary): Promise<number> {
  await granary.database.query(endTrash);
  return (await granary.database.query(removeEmptied)).length;
}
