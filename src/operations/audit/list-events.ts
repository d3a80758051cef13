import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { type PageRequest, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import {
  addFilter,
  Conditions,
  type EventFilter,
  type EventInfo,
  eventColumns,
  eventTables,
  unnamed,
} from './event-query.js';

export interface ListEventsInput extends PageRequest {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  filter: EventFilter;
}

/** A tenant's events, the newest first; for its administrators. `after` is an id. */
export async function listEvents(
  context: RequestContext,
  input: ListEventsInput,
): Promise<{ events: EventInfo[]; truncated: boolean }> {
  const tenant = await openAuditLog(context, input.tenant);
  const isForward = input.direction !== 'backward';
  const conditions = addFilter(new Conditions().add('e.tenant_id = ?', tenant.id), input.filter);
  if (input.after !== undefined) {
    conditions.add(isForward ? 'e.id < ?' : 'e.id > ?', validPlace(input.after));
  }
  const text = `SELECT ${eventColumns} FROM ${eventTables} WHERE ${conditions}
    ORDER BY e.id ${isForward ? 'DESC' : 'ASC'} LIMIT ${input.limit + 1}`;
  const found = await context.granary.database.query<EventInfo>(unnamed(text), conditions.values);
  const { items, truncated } = toPage(found, input);
  return { events: items, truncated };
}

/** The tenant whose log the caller asks for: its own when no name is given. Throws unless the caller may read it. */
export async function openAuditLog(
  context: RequestContext,
  name: string | undefined,
): Promise<{ id: number; name: string }> {
  const tenant = await resolveTenant(context, name);
  authorizeAction(context, 'granary:ListEvents', { tenant, kind: 'tenant', name: tenant.name });
  return tenant;
}

function validPlace(after: string): string {
  if (!/^\d{1,18}$/.test(after)) {
    throw new GranaryError('InvalidInput', 'This is not a place in the list.', { field: ['after'] });
  }
  return after;
}
