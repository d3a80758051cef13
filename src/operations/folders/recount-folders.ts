import { Client } from 'pg';
import { translateError } from '../../database/connection-error.js';
import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';

// Before the first event is folded in there is no row to lock, so that nobody may fold the first.
const lockPosition = 'LOCK TABLE folder_position IN SHARE ROW EXCLUSIVE MODE';

// One statement, so that rows, events and the position are those of one moment.
const recount = `
  WITH actual AS MATERIALIZED (
    SELECT a.path, a.objects, a.bytes, a.changed_at FROM recounted_folders($1, $2) a
  ), gone AS (
    DELETE FROM folder_total f WHERE f.bucket_id = $2 AND NOT EXISTS (SELECT FROM actual a WHERE a.path = f.path) RETURNING 1
  ), put AS (
    INSERT INTO folder_total AS f (bucket_id, path, objects, bytes, changed_at)
    SELECT b.id, a.path, a.objects, a.bytes, a.changed_at FROM actual a, bucket b WHERE b.id = $2
    ON CONFLICT (bucket_id, path) DO UPDATE SET objects = excluded.objects, bytes = excluded.bytes
      WHERE (f.objects, f.bytes) <> (excluded.objects, excluded.bytes)
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM actual) AS folders, (SELECT count(*) FROM gone) + (SELECT count(*) FROM put) AS wrong`;

const listBuckets = statement(
  'list_buckets_to_recount',
  `SELECT b.id, b.tenant_id AS "tenantId" FROM bucket b JOIN tenant t ON t.id = b.tenant_id
   WHERE b.deleted_at IS NULL AND ($1::text IS NULL OR (t.name = $1 AND b.name = $2)) ORDER BY b.id`,
);

const listSuspicious = statement(
  'list_miscounted_buckets',
  `SELECT b.id, b.tenant_id AS "tenantId" FROM bucket b WHERE b.deleted_at IS NULL AND
     COALESCE((SELECT sum(u.objects) FROM bucket_usage u WHERE u.bucket_id = b.id), 0) <>
       COALESCE((SELECT f.objects FROM folder_total f WHERE f.bucket_id = b.id AND f.path = ''), 0) +
       COALESCE((SELECT sum(e.object_change) FROM event e WHERE e.tenant_id = b.tenant_id AND e.bucket_id = b.id
         AND e.id > COALESCE((SELECT event_id FROM folder_position), 0)), 0)
   ORDER BY b.id`,
);

interface CountedBucket {
  id: number;
  tenantId: number;
}

/** How many folders there were, and of how many the totals were wrong. */
export interface Recount {
  folders: number;
  wrong: number;
}

/** Counts the folders of all buckets, or of one, by their objects, and corrects what is wrong. Writers do not wait. */
export async function recountFolders(
  granary: Granary,
  bucket?: { tenant: string; name: string } | undefined,
): Promise<Recount> {
  const buckets = await granary.database.query<CountedBucket>(listBuckets, [
    bucket?.tenant ?? null,
    bucket?.name ?? null,
  ]);
  return recountBuckets(granary, buckets);
}

/** As {@link recountFolders}, for the buckets whose usage says something else than their folders. */
export async function recountSuspicious(granary: Granary): Promise<Recount> {
  const sum = await recountBuckets(granary, await granary.database.query<CountedBucket>(listSuspicious));
  if (sum.wrong > 0) {
    granary.log.warn({ ...sum }, 'Totals of folders were wrong, and have been counted anew');
  }
  return sum;
}

/** As {@link recountFolders}, for buckets that are known by their ids. */
export async function recountBuckets({ database }: Granary, buckets: readonly CountedBucket[]): Promise<Recount> {
  const sum: Recount = { folders: 0, wrong: 0 };
  if (buckets.length === 0) {
    return sum;
  }
  // A connection of its own: a large bucket takes longer than a statement of the pool may.
  const client = new Client({ connectionString: database.url, application_name: 'granary recount', keepAlive: true });
  // What comes next on a lost connection fails.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SET statement_timeout = 0');
    for (const { id, tenantId } of buckets) {
      await client.query('BEGIN');
      await client.query(lockPosition);
      const { rows } = await client.query<{ folders: string; wrong: string }>(recount, [tenantId, id]);
      await client.query('COMMIT');
      sum.folders += Number(rows[0]?.folders);
      sum.wrong += Number(rows[0]?.wrong);
    }
  } catch (error) {
    throw translateError(error);
  } finally {
    await client.end();
  }
  return sum;
}
