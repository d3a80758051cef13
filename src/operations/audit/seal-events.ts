import { setTimeout as delay } from 'node:timers/promises';
import { advisoryLocks } from '../../database/advisory-locks.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { EventHorizon } from '../events/event-horizon.js';
import { type AuditBatchLink, noRoot, rootOf, signRoot } from './audit-batch.js';
import { eventHash, leafOf, microseconds } from './audit-encoding.js';
import { currentAuditKey } from './audit-key.js';

/** As many events as a batch has at most. */
const batchSize = 4096;

/** So long a run waits for transactions that were under way; what takes longer is sealed by a later one. */
const patienceMs = 1_000;
const lookMs = 50;

const tryLock = statement('try_audit_lock', 'SELECT pg_try_advisory_xact_lock($1) AS locked');

/** From one tenant to the next by the index: the table is not read. */
const findTenants = statement(
  'find_tenants_to_seal',
  `WITH RECURSIVE t (id) AS (
     (SELECT tenant_id FROM event ORDER BY tenant_id LIMIT 1)
     UNION ALL
     SELECT (SELECT e.tenant_id FROM event e WHERE e.tenant_id > t.id ORDER BY e.tenant_id LIMIT 1)
     FROM t WHERE t.id IS NOT NULL
   )
   SELECT t.id FROM t
   WHERE t.id IS NOT NULL AND EXISTS (
     SELECT FROM event e WHERE e.tenant_id = t.id AND e.id <= $1 AND e.id > COALESCE(
       (SELECT b.last_id FROM audit_batch b WHERE b.tenant_id = t.id ORDER BY b.number DESC LIMIT 1), 0))`,
);

const findLast = statement(
  'find_last_audit_batch',
  'SELECT number, last_id AS "lastId", root FROM audit_batch WHERE tenant_id = $1 ORDER BY number DESC LIMIT 1',
);

const sumUp = statement(
  'sum_up_events',
  `WITH h AS (
     SELECT e.id, e.at, ${eventHash} AS hash FROM event e
     WHERE e.tenant_id = $1 AND e.id > $2 AND e.id <= $3 ORDER BY e.id LIMIT ${batchSize}
   )
   SELECT count(*)::integer AS count, max(id) AS "lastId", ${microseconds('min(at)')} AS "firstAt",
     ${microseconds('max(at)')} AS "lastAt", ${microseconds("date_trunc('milliseconds', clock_timestamp())")} AS "sealedAt",
     sha256(string_agg(hash, ''::bytea ORDER BY id)) AS "rowsDigest",
     string_agg(${leafOf('id', 'hash')}, ''::bytea ORDER BY id) AS leaves
   FROM h`,
);

const moment = (parameter: string) => `'epoch'::timestamptz + ${parameter}::bigint * interval '1 microsecond'`;

const insertBatch = statement(
  'insert_audit_batch',
  `INSERT INTO audit_batch (tenant_id, number, after_id, last_id, row_count, first_at, last_at, sealed_at, rows_digest,
     previous_root, leaves, root, key_id, signature)
   VALUES ($1, $2, $3, $4, $5, ${moment('$6')}, ${moment('$7')}, ${moment('$8')}, $9, $10, $11, $12, $13, $14)`,
);

interface LastBatch {
  number: number;
  lastId: number;
  root: Buffer;
}

interface Summary {
  count: number;
  lastId: number;
  firstAt: string;
  lastAt: string;
  sealedAt: string;
  rowsDigest: Buffer;
  leaves: Buffer;
}

/**
 * Chains events, each tenant's for itself: a hash for each, a root over the hashes of a batch, and each root over the
 * one before. Writers neither wait for it nor pay for it. Any number of processes may try: one at a time does it, and
 * after a crash the next one goes on, as a batch is there whole or not at all.
 */
export class EventSealer {
  readonly #granary: Granary;
  readonly #horizon = new EventHorizon();
  /** Up to here this process has found nothing to do, or has done it. */
  #done = 0;

  constructor(granary: Granary) {
    this.#granary = granary;
  }

  /** Seals what is complete, and returns how many events that were. */
  async run(): Promise<number> {
    const horizon = await this.#settle();
    if (horizon === this.#done) {
      return 0;
    }
    let sealed = 0;
    for (const { id } of await this.#granary.database.query<{ id: number }>(findTenants, [horizon])) {
      const count = await this.#sealTenant(id, horizon);
      if (count === 'busy') {
        return sealed;
      }
      sealed += count;
    }
    this.#done = horizon;
    return sealed;
  }

  async #settle(): Promise<number> {
    const until = Date.now() + patienceMs;
    for (;;) {
      const horizon = await this.#horizon.advance(this.#granary.database);
      if (!this.#horizon.isWaiting || Date.now() >= until) {
        return horizon;
      }
      await delay(lookMs);
    }
  }

  async #sealTenant(tenantId: number, horizon: number): Promise<number | 'busy'> {
    let sealed = 0;
    for (;;) {
      const count = await sealBatch(this.#granary, { tenantId, horizon });
      if (count === 'busy') {
        return count;
      }
      sealed += count;
      if (count < batchSize) {
        return sealed;
      }
    }
  }
}

function sealBatch(granary: Granary, span: { tenantId: number; horizon: number }): Promise<number | 'busy'> {
  return granary.database.transaction(async (tx) => {
    const [lock] = await tx.query<{ locked: boolean }>(tryLock, [advisoryLocks.audit]);
    if (lock?.locked !== true) {
      return 'busy';
    }
    const [last] = await tx.query<LastBatch>(findLast, [span.tenantId]);
    const [summary] = await tx.query<Summary>(sumUp, [span.tenantId, last?.lastId ?? 0, span.horizon]);
    if (summary === undefined || summary.count === 0) {
      return 0;
    }
    await writeBatch(granary, tx, linkOf(span, last, summary), summary.leaves);
    return summary.count;
  });
}

function linkOf(
  { tenantId, horizon }: { tenantId: number; horizon: number },
  last: LastBatch | undefined,
  summary: Summary,
): AuditBatchLink {
  const { count, firstAt, lastAt, sealedAt, rowsDigest } = summary;
  return {
    tenantId: String(tenantId),
    number: String((last?.number ?? 0) + 1),
    afterId: String(last?.lastId ?? 0),
    // A full batch ends with its last event; another covers all that is settled, so that nothing is slipped in behind it.
    lastId: String(count === batchSize ? summary.lastId : horizon),
    rowCount: String(count),
    firstAt,
    lastAt,
    sealedAt,
    rowsDigest,
    previousRoot: last?.root ?? noRoot,
  };
}

async function writeBatch(granary: Granary, tx: Queryable, link: AuditBatchLink, leaves: Buffer): Promise<void> {
  const key = await currentAuditKey(granary, tx);
  const root = rootOf(link);
  await tx.query(insertBatch, [
    link.tenantId,
    link.number,
    link.afterId,
    link.lastId,
    link.rowCount,
    link.firstAt,
    link.lastAt,
    link.sealedAt,
    link.rowsDigest,
    link.previousRoot,
    leaves,
    root,
    key.id,
    signRoot(key.secret, root),
  ]);
}
