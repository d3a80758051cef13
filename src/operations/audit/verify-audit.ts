import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { auditBatchColumns, type StoredAuditBatch } from './audit-batch.js';
import { type EventTexts, eventTextColumns } from './audit-encoding.js';
import { auditSecrets } from './audit-key.js';
import { type AuditFinding, checkBatch } from './check-audit-batch.js';

/** The end of a tenant's chain: kept elsewhere, it shows later that nothing was cut off since. */
export interface AuditHead {
  tenant: string;
  tenantId: number;
  batch: number;
  /** Hexadecimal. */
  root: string;
}

export interface VerifiedAudit {
  tenants: number;
  batches: number;
  /** Events whose hashes fit. */
  events: number;
  /** Events that retention removed, as their batches still say. */
  removedEvents: number;
  /** Events that no batch covers yet. */
  unsealedEvents: number;
  findings: AuditFinding[];
  heads: AuditHead[];
}

export interface VerifyAuditOptions {
  /** All tenants when absent. */
  tenant?: string;
  /** What an earlier run found the ends to be. */
  knownHeads?: readonly AuditHead[];
  onProgress?: (soFar: { batches: number; events: number }) => void;
}

const findTenants = statement(
  'find_audited_tenants',
  `WITH RECURSIVE t (id) AS (
     (SELECT tenant_id FROM event ORDER BY tenant_id LIMIT 1)
     UNION ALL
     SELECT (SELECT e.tenant_id FROM event e WHERE e.tenant_id > t.id ORDER BY e.tenant_id LIMIT 1)
     FROM t WHERE t.id IS NOT NULL
   ), all_ids AS (
     SELECT id FROM t WHERE id IS NOT NULL UNION SELECT DISTINCT tenant_id FROM audit_batch
   )
   SELECT a.id, COALESCE(n.name, '#' || a.id) AS name FROM all_ids a LEFT JOIN tenant n ON n.id = a.id ORDER BY a.id`,
);

const findBatch = statement(
  'find_next_audit_batch',
  `SELECT ${auditBatchColumns} FROM audit_batch b WHERE b.tenant_id = $1 AND b.number > $2 ORDER BY b.number LIMIT 1`,
);

// Of a batch's stretch there may be more events than it has, if somebody put some there.
const mostRows = 20_000;

const findRows = statement(
  'find_events_of_batch',
  `SELECT ${eventTextColumns} FROM event e
   WHERE e.tenant_id = $1 AND e.id > COALESCE($2::bigint, '-9223372036854775808') AND e.id <= $3 ORDER BY e.id LIMIT ${mostRows}`,
);

const countUnsealed = statement(
  'count_unsealed_events',
  `SELECT count(*) AS count, array_agg(e.id::text) FILTER (WHERE e.id > s.last_value) AS "neverGivenOut"
   FROM event e, event_id_seq s WHERE e.tenant_id = $1 AND e.id > $2`,
);

/**
 * Reads every event and every batch, and says which were changed, removed or put there since they were sealed. The
 * hashes are made here, not in the database.
 */
export async function verifyAudit(granary: Granary, options: VerifyAuditOptions = {}): Promise<VerifiedAudit> {
  const { database } = granary;
  const tenants = await database.query<{ id: number; name: string }>(findTenants);
  const chosen = tenants.filter(({ name }) => options.tenant === undefined || name === options.tenant);
  if (options.tenant !== undefined && chosen.length === 0) {
    throw new GranaryError('NotFound', `There is no tenant "${options.tenant}" with events.`);
  }
  const keys = await auditSecrets(granary, database);
  const verifier = new ChainVerifier({ database, keys, options });
  for (const tenant of chosen) {
    await verifier.verify(tenant);
  }
  verifier.compareHeads(options.knownHeads ?? []);
  return { ...verifier.result, tenants: chosen.length };
}

interface Tenant {
  id: number;
  name: string;
}

class ChainVerifier {
  readonly result: VerifiedAudit = {
    tenants: 0,
    batches: 0,
    events: 0,
    removedEvents: 0,
    unsealedEvents: 0,
    findings: [],
    heads: [],
  };
  readonly #parts: { database: Queryable; keys: ReadonlyMap<string, Buffer>; options: VerifyAuditOptions };

  constructor(parts: { database: Queryable; keys: ReadonlyMap<string, Buffer>; options: VerifyAuditOptions }) {
    this.#parts = parts;
  }

  async verify(tenant: Tenant): Promise<void> {
    const known = this.#parts.options.knownHeads?.find(({ tenantId }) => tenantId === tenant.id);
    let last: StoredAuditBatch | undefined;
    for (;;) {
      const found = await this.#next(tenant, last);
      if (found === undefined) {
        break;
      }
      const { batch, findings, events } = found;
      this.result.batches += 1;
      this.result.events += events;
      this.result.removedEvents += batch.removedAt === null ? 0 : Number(batch.rowCount);
      this.result.findings.push(...findings);
      if (known?.batch === Number(batch.number) && known.root !== batch.root.toString('hex')) {
        this.#add(tenant, `batch ${batch.number} is another one than an earlier verification found`, batch.number);
      }
      last = batch;
      this.#parts.options.onProgress?.(this.result);
    }
    await this.#verifyRest(tenant, last);
  }

  /** Each known end must still be in its chain. */
  compareHeads(known: readonly AuditHead[]): void {
    const { tenant: only } = this.#parts.options;
    for (const head of known.filter(({ tenant }) => only === undefined || tenant === only)) {
      const found = this.result.heads.find(({ tenantId }) => tenantId === head.tenantId);
      if (found === undefined || found.batch < head.batch) {
        const end = found === undefined ? 'there is none now' : `it ends with batch ${found.batch} now`;
        const problem = `the chain had a batch ${head.batch} at an earlier verification, and ${end}`;
        this.#add({ id: head.tenantId, name: head.tenant }, problem, String(head.batch));
      }
    }
  }

  /** The next batch, judged; a second time when something is wrong, for retention may have been at it meanwhile. */
  async #next(tenant: Tenant, last: StoredAuditBatch | undefined) {
    const judge = async () => {
      const { database, keys } = this.#parts;
      const [batch] = await database.query<StoredAuditBatch>(findBatch, [tenant.id, last?.number ?? 0]);
      if (batch === undefined) {
        return undefined;
      }
      const after = last?.lastId ?? null;
      const rows = await database.query<EventTexts>(findRows, [tenant.id, after, batch.lastId]);
      return { batch, ...checkBatch({ tenant: tenant.name, batch, previous: last, rows, keys }) };
    };
    const first = await judge();
    return first === undefined || first.findings.length === 0 ? first : judge();
  }

  async #verifyRest(tenant: Tenant, last: StoredAuditBatch | undefined): Promise<void> {
    const [rest] = await this.#parts.database.query<{ count: number; neverGivenOut: string[] | null }>(countUnsealed, [
      tenant.id,
      last?.lastId ?? 0,
    ]);
    this.result.unsealedEvents += rest?.count ?? 0;
    for (const event of rest?.neverGivenOut ?? []) {
      this.#add(tenant, `event ${event} was inserted: its id was never given out`, null, event);
    }
    if (last !== undefined) {
      const root = last.root.toString('hex');
      this.result.heads.push({ tenant: tenant.name, tenantId: tenant.id, batch: Number(last.number), root });
    }
  }

  #add({ name }: Tenant, problem: string, batch: string | null, event: string | null = null): void {
    this.result.findings.push({ tenant: name, batch: batch === null ? null : Number(batch), event, problem });
  }
}
