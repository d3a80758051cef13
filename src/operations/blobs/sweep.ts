import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';

const batchSize = 500;

/** A staging file that has not grown for this many idle timeouts belongs to nobody. */
const stagingIdleTimeouts = 10;

const expirePending = statement(
  'expire_pending_blobs',
  `UPDATE blob SET state = 'dead', dead_at = now()
   WHERE state = 'pending' AND created_at <= now() - make_interval(secs => $1) RETURNING id`,
);

const findKnown = statement(
  'find_known_paths',
  `SELECT path FROM blob WHERE path = ANY ($1::text[])
   UNION ALL SELECT path FROM blob_copy WHERE path = ANY ($1::text[])`,
);

export interface SweepOptions {
  /** Pending rows and strays older than this; the setting's when absent. */
  staleSeconds?: number;
  /** Staging files that have not grown for this long; 0 only where no other process writes. */
  stagingIdleSeconds?: number;
}

export interface Swept {
  expired: number;
  staged: number;
  quarantined: number;
}

/**
 * Cleans up after uploads that died: rows that stayed pending become dead, idle staging files are removed, and files
 * among the blobs that no row knows are put into quarantine, never deleted.
 */
export async function sweep(granary: Granary, options: SweepOptions = {}): Promise<Swept> {
  const { settings, database, store } = granary;
  const staleSeconds = options.staleSeconds ?? settings.staleUploadSeconds;
  const idleMs =
    options.stagingIdleSeconds === undefined
      ? settings.idleTimeoutMs * stagingIdleTimeouts
      : options.stagingIdleSeconds * 1000;
  const expired = await database.query(expirePending, [staleSeconds]);
  const staged = await store.sweepStaging(idleMs);
  const quarantined = await quarantineStrays(granary, staleSeconds);
  return { expired: expired.length, staged, quarantined };
}

async function quarantineStrays(granary: Granary, staleSeconds: number): Promise<number> {
  const newest = Date.now() - staleSeconds * 1000;
  let quarantined = 0;
  let batch: string[] = [];
  const judge = async () => {
    const rows = await granary.database.query<{ path: string }>(findKnown, [batch]);
    const known = new Set(rows.map((row) => row.path));
    for (const path of batch.filter((candidate) => !known.has(candidate))) {
      granary.log.warn({ path }, 'A file that no row knows was put into quarantine');
      await granary.store.quarantine(path);
      quarantined += 1;
    }
    batch = [];
  };
  for await (const { path, modifiedAt } of granary.store.walk()) {
    if (modifiedAt.getTime() <= newest) {
      batch.push(path);
    }
    if (batch.length >= batchSize) {
      await judge();
    }
  }
  if (batch.length > 0) {
    await judge();
  }
  return quarantined;
}
