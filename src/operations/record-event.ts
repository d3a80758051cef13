import { type Queryable, statement } from '../database/database.js';
import type { RequestContext } from './context.js';

export interface EventRecord {
  /** What was done, in the language of policies: `s3:CreateBucket`, `granary:CreateUser`. */
  action: string;
  tenantId: number;
  bucketId?: number;
  key?: string;
  versionId?: number;
  details?: object;
}

const insertEvent = statement(
  'insert_event',
  `INSERT INTO event (tenant_id, action, actor_id, bucket_id, key, version_id, request_id, source_ip, details)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
);

/** Writes the event, which is also the audit row, in the transaction that makes it true. */
export async function recordEvent(
  tx: Queryable,
  context: Pick<RequestContext, 'requestId' | 'sourceIp'> & { caller?: RequestContext['caller'] },
  event: EventRecord,
): Promise<void> {
  await tx.query(insertEvent, [
    event.tenantId,
    event.action,
    context.caller?.kind === 'user' ? context.caller.userId : null,
    event.bucketId ?? null,
    event.key ?? null,
    event.versionId ?? null,
    context.requestId,
    context.sourceIp,
    event.details === undefined ? null : JSON.stringify(event.details),
  ]);
}
