import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';

const batchSize = 500;

const forget = statement(
  'forget_tombstones',
  `DELETE FROM object_version WHERE id IN (
     SELECT id FROM object_version WHERE state = 'DELETED' AND deleted_at <= now() - make_interval(secs => $1) LIMIT $2
   ) RETURNING id`,
);

/** Removes the rows of deleted versions when they have been kept for long enough. Returns how many it was. */
export async function forgetTombstones(granary: Granary, options: { olderThanSeconds?: number } = {}): Promise<number> {
  const seconds = options.olderThanSeconds ?? granary.settings.tombstoneSeconds;
  let forgotten = 0;
  for (;;) {
    const rows = await granary.database.query(forget, [seconds, batchSize]);
    forgotten += rows.length;
    if (rows.length < batchSize) {
      return forgotten;
    }
  }
}
