import { setTimeout as delay } from 'node:timers/promises';
import { type Database, type Queryable, statement } from '../../database/database.js';
import type { TenantQuota, TenantRateLimits } from '../../entities/tenant.js';
import { GranaryError } from '../../errors.js';
import type { Log } from '../context.js';

/** What every request has to know of a tenant. */
export interface TenantState {
  readonly suspended: boolean;
  readonly quota: TenantQuota | null;
  /** Limits of requests that differ from those of the settings. */
  readonly rateLimits: TenantRateLimits | null;
}

interface StateRow extends TenantState {
  id: number;
}

const CHANNEL = 'granary_tenant';

/** Also looked at without being told, for a listening connection that died without anybody's noticing. */
const lookAgainMs = 30_000;
const retryMs = 1_000;

const columns = 'id, suspended_at IS NOT NULL AS suspended, quota, rate_limits AS "rateLimits"';

const findStates = statement(
  'find_tenant_states',
  `SELECT ${columns} FROM tenant WHERE suspended_at IS NOT NULL OR quota IS NOT NULL OR rate_limits IS NOT NULL`,
);
const findState = statement('find_tenant_state', `SELECT ${columns} FROM tenant WHERE id = $1`);
const notify = statement('notify_tenant', `SELECT pg_notify('${CHANNEL}', $1::text)`);

const ordinary: TenantState = { suspended: false, quota: null, rateLimits: null };

/**
 * The tenants that are suspended, or have a quota or limits of their own, in memory: asking costs no query, and the
 * others are not kept. Changes are followed through NOTIFY.
 */
export class TenantStates {
  readonly #database: Database;
  readonly #log: Log;
  #states = new Map<number, TenantState>();
  /** Reads are numbered in the order of their begin: what an earlier one brings is older. */
  #reads = 0;
  readonly #readAt = new Map<number, number>();
  readonly #stopping = new AbortController();
  #stopListening: (() => Promise<void>) | undefined;

  constructor(parts: { database: Database; log: Log }) {
    this.#database = parts.database;
    this.#log = parts.log;
  }

  async start(): Promise<void> {
    this.#stopListening = await this.#database.listen(
      CHANNEL,
      (id) => void this.#insist(() => this.read(Number(id))),
      () => void this.#insist(() => this.#readAll()),
    );
    await this.#readAll();
    const timer = setInterval(() => void this.#insist(() => this.#readAll()), lookAgainMs).unref();
    this.#stopping.signal.addEventListener('abort', () => clearInterval(timer));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#stopListening?.();
  }

  of(tenantId: number): TenantState {
    return this.#states.get(tenantId) ?? ordinary;
  }

  /** Throws `Denied` while the tenant is suspended. */
  refuseSuspended(tenantId: number): void {
    if (this.of(tenantId).suspended) {
      throw new GranaryError('Denied', 'The tenant is suspended.', { reason: 'TenantSuspended' });
    }
  }

  /** Reads one tenant anew; who has changed it need not wait for the notification. */
  async read(tenantId: number): Promise<void> {
    const turn = ++this.#reads;
    const [row] = await this.#database.query<StateRow>(findState, [tenantId]);
    if (turn < (this.#readAt.get(tenantId) ?? 0)) {
      return;
    }
    this.#readAt.set(tenantId, turn);
    if (row === undefined || (!row.suspended && row.quota === null && row.rateLimits === null)) {
      this.#states.delete(tenantId);
    } else {
      this.#states.set(tenantId, row);
    }
  }

  async #readAll(): Promise<void> {
    const turn = ++this.#reads;
    const rows = await this.#database.query<StateRow>(findStates, []);
    const states = new Map(rows.map((row): [number, TenantState] => [row.id, row]));
    for (const [id, readAt] of this.#readAt) {
      const newer = this.#states.get(id);
      if (readAt < turn) {
        this.#readAt.delete(id);
      } else if (newer === undefined) {
        states.delete(id);
      } else {
        states.set(id, newer);
      }
    }
    this.#states = states;
  }

  /** Until it is read: who is suspended stays so in the meantime. */
  async #insist(read: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        return await read();
      } catch (error) {
        this.#log.warn({ error: String(error) }, 'The state of tenants cannot be read; it is tried again');
        await delay(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }
}

/** Tells every process, when the transaction commits, to read the tenant anew. */
export async function announceTenantChange(tx: Queryable, tenantId: number): Promise<void> {
  await tx.query(notify, [tenantId]);
}
