import { advisoryLocks } from '../../database/advisory-locks.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { auditBatchColumns, type StoredAuditBatch, signRemoval } from './audit-batch.js';
import { auditSecrets } from './audit-key.js';
import { recordEvent } from './record-event.js';

/** As many batches as one transaction empties. */
const mostBatches = 50;

const lockAudit = statement('lock_audit', 'SELECT pg_advisory_xact_lock($1)');

const findTenants = statement(
  'find_tenants_with_old_events',
  `SELECT DISTINCT tenant_id AS id FROM audit_batch
   WHERE removed_at IS NULL AND last_at < now() - make_interval(secs => $1)`,
);

const findOldest = statement(
  'find_oldest_audit_batches',
  `SELECT ${auditBatchColumns}, b.last_at < now() - make_interval(secs => $2) AS old
   FROM audit_batch b WHERE b.tenant_id = $1 AND b.removed_at IS NULL ORDER BY b.number LIMIT ${mostBatches}`,
);

const removeEvents = statement('remove_old_events', 'DELETE FROM event WHERE tenant_id = $1 AND id > $2 AND id <= $3');

const markRemoved = statement(
  'mark_audit_batch_removed',
  `UPDATE audit_batch SET removed_at = 'epoch'::timestamptz + $3::bigint * interval '1 microsecond', removal = $4,
     leaves = NULL
   WHERE tenant_id = $1 AND number = $2`,
);

type OldBatch = StoredAuditBatch & { old: boolean };

/**
 * Removes events that were kept for long enough, by whole batches from the oldest on. The batches stay, and say by a
 * signature that they were emptied here, so that the chain can still be verified. Returns how many events it was.
 */
export async function removeOldEvents(granary: Granary, options: { olderThanSeconds?: number } = {}): Promise<number> {
  const seconds = options.olderThanSeconds ?? granary.settings.auditRetentionSeconds;
  if (seconds === 0 && options.olderThanSeconds === undefined) {
    return 0;
  }
  let removed = 0;
  for (const { id } of await granary.database.query<{ id: number }>(findTenants, [seconds])) {
    let count: number;
    do {
      count = await removeSome(granary, id, seconds);
      removed += count;
    } while (count > 0);
  }
  return removed;
}

function removeSome(granary: Granary, tenantId: number, seconds: number): Promise<number> {
  return granary.database.transaction(async (tx) => {
    await tx.query(lockAudit, [advisoryLocks.audit]);
    const found = await tx.query<OldBatch>(findOldest, [tenantId, seconds]);
    const end = found.findIndex(({ old }) => !old);
    const batches = end === -1 ? found : found.slice(0, end);
    const [first, last] = [batches[0], batches.at(-1)];
    if (first === undefined || last === undefined) {
      return 0;
    }
    await tx.query(removeEvents, [
      tenantId,
      first.number === '1' ? Number.MIN_SAFE_INTEGER : first.afterId,
      last.lastId,
    ]);
    await markBatches(granary, tx, batches);
    const events = batches.reduce((sum, { rowCount }) => sum + Number(rowCount), 0);
    await recordEvent(
      tx,
      { requestId: 'retention', sourceIp: null },
      {
        action: 'granary:RemoveEvents',
        tenantId,
        details: { events, firstBatch: Number(first.number), lastBatch: Number(last.number) },
      },
    );
    return events;
  });
}

async function markBatches(granary: Granary, tx: Queryable, batches: readonly StoredAuditBatch[]): Promise<void> {
  const keys = await auditSecrets(granary, tx);
  const removedAt = `${Date.now()}000`;
  for (const { tenantId, number, root, keyId } of batches) {
    const secret = keys.get(keyId);
    const removal = secret === undefined ? null : signRemoval(secret, { root, removedAt });
    await tx.query(markRemoved, [tenantId, number, removedAt, removal]);
  }
}
