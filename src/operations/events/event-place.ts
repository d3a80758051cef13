import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';

// Retention removes whole batches from the oldest on: the last of them was the one before the first that is kept.
const findBounds = statement(
  'find_event_bounds',
  `SELECT (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM event_id_seq) AS newest,
     (SELECT b.last_id FROM audit_batch b
      WHERE b.tenant_id = $1 AND b.removed_at IS NOT NULL AND b.number = COALESCE(
        (SELECT min(k.number) FROM audit_batch k WHERE k.tenant_id = $1 AND k.removed_at IS NULL),
        (SELECT max(a.number) + 1 FROM audit_batch a WHERE a.tenant_id = $1)) - 1) AS removed`,
);

/**
 * The id behind the cursor of an event. Throws for what no event has had yet, of which nothing would ever be told, and for
 * one whose followers are partly removed by now, of which something would be left out.
 */
export async function eventPlace({ database }: Granary, tenantId: number, cursor: string): Promise<number> {
  const place = /^\d{1,15}$/.test(cursor) ? Number(cursor) : Number.NaN;
  const [bounds] = await database.query<{ newest: number; removed: number | null }>(findBounds, [tenantId]);
  if (Number.isNaN(place) || place > (bounds?.newest ?? 0)) {
    throw new GranaryError('InvalidInput', 'This is not the cursor of an event.', { field: ['after'] });
  }
  if (place < (bounds?.removed ?? 0)) {
    const message = 'Not all that came after this cursor is kept any more: list anew, and begin at a cursor of now.';
    throw new GranaryError('InvalidInput', message, { reason: 'CursorExpired', field: ['after'] });
  }
  return place;
}
