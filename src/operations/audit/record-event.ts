import { type Queryable, statement } from '../../database/database.js';
import type { EventOutcome } from '../../entities/enums.js';
import { actorOf, type EventContext } from './event-origin.js';

export interface EventRecord {
  /** What was done, in the language of policies: `s3:CreateBucket`, `granary:CreateUser`. */
  action: string;
  tenantId: number;
  /** `SUCCESS` when absent. */
  outcome?: EventOutcome;
  /** Who did it, where the request names nobody, as while somebody signs in; the caller when absent. */
  actor?: { id: number; name: string };
  bucketId?: number;
  key?: string;
  versionId?: number;
  /** Of a decision that can be explained afterwards. */
  decisionId?: string;
  details?: object;
}

const insertEvent = statement(
  'insert_event',
  `INSERT INTO event (tenant_id, action, outcome, actor_id, actor_name, access_key_id, bucket_id, key, version_id,
     request_id, source_ip, user_agent, decision_id, details)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
);

/** As much as is kept of what a client calls itself. */
const longestUserAgent = 256;

/** Writes the event, which is also the audit row, in the transaction that makes it true. */
export async function recordEvent(tx: Queryable, context: EventContext, event: EventRecord): Promise<void> {
  const { actorId, actorName, accessKeyId } = actorOf(context.caller);
  await tx.query(insertEvent, [
    event.tenantId,
    event.action,
    event.outcome ?? 'SUCCESS',
    event.actor?.id ?? actorId,
    event.actor?.name ?? actorName,
    accessKeyId,
    event.bucketId ?? null,
    event.key ?? null,
    event.versionId ?? null,
    context.requestId,
    context.sourceIp,
    context.userAgent?.slice(0, longestUserAgent) ?? null,
    event.decisionId ?? null,
    event.details === undefined ? null : JSON.stringify(event.details),
  ]);
}
