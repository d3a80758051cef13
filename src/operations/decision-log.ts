import { v7 as uuid } from 'uuid';
import { explain } from '../auth/policy/explain.js';
import { type Database, statement } from '../database/database.js';
import { isGranaryError } from '../errors.js';
import type { Log, RequestContext } from './context.js';
import type { DeniedRequest } from './denied.js';
import { actorOf } from './event-origin.js';

interface Entry {
  id: string;
  tenantId: number;
  actorId: number | null;
  actorName: string | null;
  accessKeyId: string | null;
  at: Date;
  action: string;
  resource: string;
  bucketId: number | null;
  key: string | null;
  requestId: string;
  sourceIp: string | null;
  userAgent: string | null;
  trace: object;
}

/** Denials that wait to be written; what comes beyond is dropped, and counted. */
const mostWaiting = 5_000;
const batchSize = 500;
const pauseMs = 200;
const pauseAfterFailureMs = 2_000;
const longestUserAgent = 256;

const columns = `
  id uuid, "tenantId" bigint, "actorId" bigint, "actorName" text, "accessKeyId" text, at timestamptz, action text,
  resource text, "bucketId" bigint, key text, "requestId" text, "sourceIp" text, "userAgent" text, trace jsonb`;

const insertDenials = statement(
  'insert_denials',
  `WITH denied AS (SELECT * FROM jsonb_to_recordset($1) AS d(${columns})),
   explained AS (
     INSERT INTO decision (id, tenant_id, actor_id, at, action, resource, trace, expires_at)
     SELECT id, "tenantId", "actorId", at, action, resource, trace, now() + make_interval(secs => $2) FROM denied
     WHERE $2 > 0 ON CONFLICT DO NOTHING
   )
   INSERT INTO event (tenant_id, action, outcome, actor_id, actor_name, access_key_id, bucket_id, key, request_id,
     source_ip, user_agent, decision_id, details)
   SELECT "tenantId", action, 'DENIED', "actorId", "actorName", "accessKeyId", "bucketId", key, "requestId", "sourceIp",
     "userAgent", id::text, jsonb_build_object('resource', resource)
   FROM denied ORDER BY at`,
);

/**
 * Writes down which requests were denied, and why, off their way: nobody waits for it, and under a flood the queue has
 * an end. A process that dies loses what the last moments denied.
 */
export class DecisionLog {
  readonly #database: Database;
  readonly #log: Log;
  readonly #retentionSeconds: number;
  readonly #dropped: { inc(count: number): void };
  #waiting: Entry[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(parts: {
    database: Database;
    log: Log;
    retentionSeconds: number;
    dropped: { inc(count: number): void };
  }) {
    this.#database = parts.database;
    this.#log = parts.log;
    this.#retentionSeconds = parts.retentionSeconds;
    this.#dropped = parts.dropped;
  }

  /** Takes a denial down. @returns the id of its explanation; undefined when too many are waiting. */
  note(context: RequestContext, refused: DeniedRequest): string | undefined {
    if (this.#waiting.length >= mostWaiting) {
      this.#dropped.inc(1);
      return undefined;
    }
    const entry = entryOf(context, refused);
    this.#waiting.push(entry);
    this.#timer ??= setTimeout(() => void this.flush(), pauseMs).unref();
    return entry.id;
  }

  /** Writes what is waiting. */
  async flush(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Writes what is waiting, once more, for the end of the process. */
  async stop(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
    if (this.#waiting.length > 0) {
      this.#dropped.inc(this.#waiting.length);
      this.#log.warn({ denials: this.#waiting.length }, 'Denials could not be recorded');
    }
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSize);
      try {
        await this.#database.query(insertDenials, [JSON.stringify(batch, storable), this.#retentionSeconds]);
      } catch (error) {
        if (isGranaryError(error, 'Unavailable')) {
          this.#waiting.unshift(...batch);
          this.#timer = setTimeout(() => void this.flush(), pauseAfterFailureMs).unref();
          return;
        }
        this.#dropped.inc(batch.length);
        this.#log.error({ error, denials: batch.length }, 'Denials could not be recorded');
      }
    }
  }
}

/** PostgreSQL's JSON has neither NUL nor halves of characters; requests can. */
function storable(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value;
}

function entryOf(context: RequestContext, { layers, request, bucketId, key }: DeniedRequest): Entry {
  const { allowed: _allowed, ...trace } = explain(layers, request);
  const { action, resource } = request;
  return {
    id: uuid(),
    tenantId: request.tenantId ?? context.caller.tenantId,
    ...actorOf(context.caller),
    at: new Date(),
    ...{ action, resource, trace },
    bucketId: bucketId ?? null,
    key: key ?? null,
    requestId: context.requestId,
    sourceIp: context.sourceIp,
    userAgent: context.userAgent?.slice(0, longestUserAgent) ?? null,
  };
}
