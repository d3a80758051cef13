import { v7 as uuid } from 'uuid';
import { explain } from '../../auth/policy/explain.js';
import { type Database, statement } from '../../database/database.js';
import { actorOf } from '../audit/event-origin.js';
import type { Log, RequestContext } from '../context.js';
import { WriteBehind } from '../write-behind.js';
import type { DeniedRequest } from './denied.js';

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
  readonly #queue: WriteBehind<Entry>;

  constructor(parts: {
    database: Database;
    log: Log;
    retentionSeconds: number;
    dropped: { inc(count: number): void };
  }) {
    const { database, retentionSeconds, log, dropped } = parts;
    this.#queue = new WriteBehind({
      ...{ log, dropped, mostWaiting, batchSize, pauseMs, what: 'denials' },
      write: (batch) => database.query(insertDenials, [JSON.stringify(batch, storable), retentionSeconds]),
    });
  }

  /** Takes a denial down. @returns the id of its explanation; undefined when too many are waiting. */
  note(context: RequestContext, refused: DeniedRequest): string | undefined {
    const entry = entryOf(context, refused);
    return this.#queue.add(entry) === 'taken' ? entry.id : undefined;
  }

  /** Writes what is waiting. */
  flush(): Promise<void> {
    return this.#queue.flush();
  }

  /** Writes what is waiting, once more, for the end of the process. */
  stop(): Promise<void> {
    return this.#queue.stop();
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
