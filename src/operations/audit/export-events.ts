import type { Queryable } from '../../database/database.js';
import { Conditions, type EventInfo, eventColumns, eventTables, unnamed } from './event-query.js';

export interface ExportSpan {
  /** All tenants when absent. */
  tenantId?: number | undefined;
  /** Inclusive. */
  from?: Date | undefined;
  /** Exclusive. */
  to?: Date | undefined;
}

const pageSize = 1000;

/** Events as JSON, one a line, by tenant and in their order. They are read by pages: memory does not grow with them. */
export async function* exportEvents(database: Queryable, span: ExportSpan): AsyncGenerator<string> {
  for (let last: EventInfo | undefined; ; ) {
    const rows: EventInfo[] = await readPage(database, span, last);
    yield rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    last = rows.at(-1);
    if (rows.length < pageSize) {
      return;
    }
  }
}

function readPage(database: Queryable, span: ExportSpan, last: EventInfo | undefined): Promise<EventInfo[]> {
  const conditions = new Conditions();
  if (span.tenantId !== undefined) {
    conditions.add('e.tenant_id = ?', span.tenantId);
  }
  if (span.from !== undefined) {
    conditions.add('e.at >= ?', span.from);
  }
  if (span.to !== undefined) {
    conditions.add('e.at < ?', span.to);
  }
  if (last !== undefined) {
    conditions.add('(e.tenant_id, e.id) > (?::bigint, ?::bigint)', last.tenantId, last.id);
  }
  return database.query<EventInfo>(
    unnamed(`SELECT ${eventColumns} FROM ${eventTables} WHERE ${conditions}
      ORDER BY e.tenant_id, e.id LIMIT ${pageSize}`),
    conditions.values,
  );
}
