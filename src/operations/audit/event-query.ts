import type { Statement } from '../../database/database.js';
import type { EventOutcome } from '../../entities/enums.js';

/** An event as it is shown. */
export interface EventInfo {
  id: number;
  tenantId: number;
  tenantName: string | null;
  at: Date;
  action: string;
  outcome: EventOutcome;
  actorId: number | null;
  actorName: string | null;
  accessKeyId: string | null;
  bucketId: number | null;
  /** Null when the bucket is no longer there. */
  bucketName: string | null;
  key: string | null;
  versionId: string | null;
  requestId: string;
  sourceIp: string | null;
  userAgent: string | null;
  decisionId: string | null;
  details: Record<string, unknown> | null;
}

/** The columns of {@link EventInfo}, of {@link eventTables}. */
export const eventColumns = `
  e.id, e.tenant_id AS "tenantId", t.name AS "tenantName", e.at, e.action, e.outcome, e.actor_id AS "actorId",
  e.actor_name AS "actorName", e.access_key_id AS "accessKeyId", e.bucket_id AS "bucketId", b.name AS "bucketName", e.key,
  lpad(to_hex(e.version_id), 16, '0') AS "versionId", e.request_id AS "requestId", e.source_ip AS "sourceIp",
  e.user_agent AS "userAgent", e.decision_id AS "decisionId", e.details`;

export const eventTables = 'event e LEFT JOIN tenant t ON t.id = e.tenant_id LEFT JOIN bucket b ON b.id = e.bucket_id';

/** Which events; what is absent does not matter. */
export interface EventFilter {
  /** The name of who asked. */
  actor?: string | undefined;
  action?: string | undefined;
  bucket?: string | undefined;
  keyPrefix?: string | undefined;
  outcome?: EventOutcome | undefined;
  requestId?: string | undefined;
  sourceIp?: string | undefined;
  /** Inclusive. */
  from?: Date | undefined;
  /** Exclusive. */
  to?: Date | undefined;
}

/** SQL without a name, as every filter has a text of its own: connections would otherwise remember each of them. */
export function unnamed(text: string): Statement {
  return { name: '', text };
}

/** Conditions and their values in step, as a query is put together. */
export class Conditions {
  readonly #texts: string[] = [];
  readonly values: unknown[] = [];

  /** Each `?` stands for the next of the values. */
  add(text: string, ...values: unknown[]): this {
    const [start = '', ...rest] = text.split('?');
    this.#texts.push(rest.reduce((done, part, index) => `${done}$${this.values.length + index + 1}${part}`, start));
    this.values.push(...values);
    return this;
  }

  toString(): string {
    return this.#texts.length === 0 ? 'true' : this.#texts.join(' AND ');
  }
}

/** Adds what a filter asks for. Each condition is one that an index of `event` can answer, but for the prefix. */
export function addFilter(conditions: Conditions, filter: EventFilter): Conditions {
  const entries: [string, unknown][] = [
    ['e.actor_name = ?', filter.actor],
    ['e.action = ?', filter.action],
    [
      'e.bucket_id = ANY (ARRAY(SELECT n.id FROM bucket n WHERE n.tenant_id = e.tenant_id AND n.name = ?))',
      filter.bucket,
    ],
    ['starts_with(e.key, ?)', filter.keyPrefix],
    ['e.outcome = ?', filter.outcome],
    ['e.request_id = ?', filter.requestId],
    ['e.source_ip = ?', filter.sourceIp],
    ['e.at >= ?', filter.from],
    ['e.at < ?', filter.to],
  ];
  for (const [text, value] of entries) {
    if (typeof value === 'string' && value.includes('\0')) {
      // PostgreSQL has no such text, and so no event with it.
      conditions.add('false');
    } else if (value !== undefined) {
      conditions.add(text, value);
    }
  }
  return conditions;
}
