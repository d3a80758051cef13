import { type Queryable, statement } from '../../database/database.js';
import { recordEvent } from '../audit/record-event.js';
import { lockBucket, notifyBucketChanged } from '../buckets/delete-bucket.js';
import { endTrashOf } from '../buckets/remove-deleted-buckets.js';
import type { Granary } from '../context.js';
import { recountBuckets } from '../folders/recount-folders.js';
import { expireUpload } from '../uploads/expire-uploads.js';
import { endTenant, removeDeletedTenants } from './delete-tenant.js';
import { announceTenantChange } from './tenant-states.js';

const batchSize = 500;

interface Purge {
  id: number;
  tenantId: number;
  tenantName: string;
}

interface Batch {
  walked: number;
  lastKey: string | null;
  lastId: number | null;
  hidden: number;
  bytes: number;
}

const findRunning = statement(
  'find_running_purges',
  `SELECT p.id, p.tenant_id AS "tenantId", p.tenant_name AS "tenantName" FROM tenant_purge p
   WHERE p.state = 'RUNNING' ORDER BY p.id`,
);

const listBuckets = statement(
  'list_buckets_to_purge',
  'SELECT b.id, b.name FROM bucket b WHERE b.tenant_id = $1 AND b.deleted_at IS NULL ORDER BY b.id',
);

const listUploads = statement(
  'list_uploads_to_purge',
  `SELECT u.id FROM upload u WHERE u.bucket_id = $1 AND u.state = 'OPEN' LIMIT ${batchSize}`,
);

const hideBatch = statement(
  'purge_batch',
  `SELECT walked, last_key AS "lastKey", last_id AS "lastId", hidden, hidden_bytes AS bytes
   FROM purge_batch($1, $2, $3, ${batchSize})`,
);

const countProgress = statement(
  'count_purge_progress',
  `UPDATE tenant_purge SET versions = versions + $2, bytes = bytes + $3, buckets = buckets + $4, updated_at = now()
   WHERE id = $1`,
);

const hideEmpty = statement(
  'hide_purged_bucket',
  `UPDATE bucket b SET deleted_at = now(), revision = revision + 1 WHERE b.id = $1 AND b.deleted_at IS NULL
     AND NOT EXISTS (SELECT FROM object_version v WHERE v.bucket_id = b.id AND v.state = 'COMMITTED')
     AND NOT EXISTS (SELECT FROM upload u WHERE u.bucket_id = b.id AND u.state = 'OPEN')
   RETURNING b.id`,
);

const lockTenant = statement(
  'lock_purged_tenant',
  'SELECT id FROM tenant WHERE id = $1 AND deleted_at IS NULL FOR UPDATE',
);

const countRest = statement(
  'count_purge_rest',
  `SELECT count(*) AS buckets, COALESCE(sum(n.held), 0)::bigint AS held, COALESCE(sum(n.free), 0)::bigint AS free
   FROM bucket b CROSS JOIN LATERAL (
     SELECT count(*) FILTER (WHERE is_locked(v.lock_mode, v.retain_until, v.legal_hold, false)) AS held,
       count(*) FILTER (WHERE NOT is_locked(v.lock_mode, v.retain_until, v.legal_hold, false)) AS free
     FROM object_version v WHERE v.bucket_id = b.id AND v.state = 'COMMITTED'
   ) n WHERE b.tenant_id = $1 AND b.deleted_at IS NULL`,
);

const finish = statement(
  'finish_tenant_purge',
  'UPDATE tenant_purge SET state = $2, held = $3, finished_at = now(), updated_at = now() WHERE id = $1',
);

export interface PurgeOptions {
  /** Ends the work after the batch under way; the next run goes on. */
  signal?: AbortSignal | undefined;
}

/**
 * Does what purges of tenants were asked for: uploads are aborted, versions hidden for good, emptied buckets and then the
 * tenant deleted. All that is remembered is in rows, so that a run that was killed is gone on with. What object lock
 * keeps ends a purge as `HELD`, with the tenant suspended. Returns how many purges ended.
 */
export async function runTenantPurges(granary: Granary, { signal }: PurgeOptions = {}): Promise<number> {
  let ended = 0;
  for (const purge of await granary.database.query<Purge>(findRunning, [])) {
    for (const bucket of await granary.database.query<PurgedBucket>(listBuckets, [purge.tenantId])) {
      await purgeBucket({ granary, purge, signal }, bucket);
    }
    if (!signal?.aborted && (await endPurge(granary, purge))) {
      ended += 1;
    }
  }
  await removeDeletedTenants(granary);
  return ended;
}

interface PurgedBucket {
  id: number;
  name: string;
}

interface Run {
  granary: Granary;
  purge: Purge;
  signal: AbortSignal | undefined;
}

async function purgeBucket(run: Run, bucket: PurgedBucket): Promise<void> {
  await abortUploads(run, bucket.id);
  let place: { key: string; id: number } | undefined = { key: '', id: 0 };
  while (place !== undefined && !run.signal?.aborted) {
    place = await hideVersions(run, bucket.id, place);
  }
  if (!run.signal?.aborted) {
    // Batches are recorded as a whole, so what is left below each folder is counted.
    await recountBuckets(run.granary, [{ id: bucket.id, tenantId: run.purge.tenantId }]);
    await endTrashOf(run.granary, bucket.id);
    await deleteEmptied(run, bucket);
  }
}

async function abortUploads({ granary, signal }: Run, bucketId: number): Promise<void> {
  let found = batchSize;
  while (found === batchSize && !signal?.aborted) {
    const uploads = await granary.database.query<{ id: string }>(listUploads, [bucketId]);
    for (const { id } of uploads) {
      await expireUpload(granary, id);
    }
    found = uploads.length;
  }
}

/** One batch, counted in its own transaction. Undefined when it was the last one. */
function hideVersions(
  { granary, purge }: Run,
  bucketId: number,
  place: { key: string; id: number },
): Promise<{ key: string; id: number } | undefined> {
  return granary.database.transaction(async (tx) => {
    const [batch] = await tx.query<Batch>(hideBatch, [bucketId, place.key, place.id]);
    if (batch === undefined || batch.walked === 0) {
      return undefined;
    }
    if (batch.hidden > 0) {
      await tx.query(countProgress, [purge.id, batch.hidden, batch.bytes, 0]);
      await record(tx, purge, { action: 'granary:PurgeVersions', bucketId, details: { versions: batch.hidden } });
    }
    return batch.walked < batchSize ? undefined : { key: batch.lastKey ?? '', id: batch.lastId ?? 0 };
  });
}

async function deleteEmptied({ granary, purge }: Run, bucket: PurgedBucket): Promise<void> {
  await granary.database.transaction(async (tx) => {
    await lockBucket(tx, bucket.id);
    const hidden = await tx.query(hideEmpty, [bucket.id]);
    if (hidden.length > 0) {
      await notifyBucketChanged(tx, bucket.id);
      await tx.query(countProgress, [purge.id, 0, 0, 1]);
      await record(tx, purge, {
        action: 's3:DeleteBucket',
        bucketId: bucket.id,
        details: { name: bucket.name },
      });
    }
  });
  granary.buckets.forget(bucket.id);
}

/** False when something is left that is to go: the next run takes it. */
async function endPurge(granary: Granary, purge: Purge): Promise<boolean> {
  const ended = await granary.database.transaction(async (tx) => {
    const [tenant] = await tx.query(lockTenant, [purge.tenantId]);
    const [rest] = await tx.query<{ buckets: number; held: number; free: number }>(countRest, [purge.tenantId]);
    const { buckets = 0, held = 0, free = 0 } = rest ?? {};
    if (free > 0 || (buckets > 0 && held === 0)) {
      return false;
    }
    if (tenant !== undefined && buckets === 0) {
      await endTenant(tx, origin(purge), { id: purge.tenantId, name: purge.tenantName });
      await announceTenantChange(tx, purge.tenantId);
    }
    await tx.query(finish, [purge.id, held > 0 ? 'HELD' : 'COMPLETED', held]);
    await record(tx, purge, { action: 'granary:EndTenantPurge', details: { tenant: purge.tenantName, held } });
    return true;
  });
  granary.credentials.clear();
  return ended;
}

function record(
  tx: Queryable,
  purge: Purge,
  event: { action: string; bucketId?: number; details: object },
): Promise<void> {
  return recordEvent(tx, origin(purge), { ...event, tenantId: purge.tenantId });
}

function origin(purge: Purge) {
  return { requestId: `purge-${purge.id}`, sourceIp: null };
}
