import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { findTarget } from './notification-targets.js';

const deleteTarget = statement(
  'delete_notification_target',
  'DELETE FROM notification_target WHERE id = $1 RETURNING name',
);

const findUse = statement(
  'find_use_of_notification_target',
  `SELECT b.name FROM bucket b
   WHERE b.tenant_id = $1 AND b.deleted_at IS NULL AND b.configuration -> 'notifications' IS NOT NULL
     AND b.configuration #> '{notifications,rules}' @> jsonb_build_array(jsonb_build_object('target', $2::text)) LIMIT 1`,
);

/**
 * Removes a target that no bucket notifies any more, with what waits for it and its dead letters; for administrators.
 * Returns its name.
 */
export async function deleteNotificationTarget(
  context: RequestContext,
  input: { tenant?: string | undefined; name: string },
): Promise<string> {
  const tenant = await resolveTenant(context, input.tenant);
  const { name } = input;
  authorizeAction(context, 'granary:DeleteNotificationTarget', { tenant, kind: 'notification-target', name });
  const { database } = context.granary;
  const { id } = await findTarget(context.granary, { tenantId: tenant.id, name });
  await database.transaction(async (tx) => {
    // First, so that no rule can come to name it meanwhile.
    if ((await tx.query(deleteTarget, [id])).length === 0) {
      return;
    }
    const [use] = await tx.query<{ name: string }>(findUse, [tenant.id, name]);
    if (use !== undefined) {
      throw new GranaryError('Conflict', `The bucket ${use.name} notifies this target.`, {
        reason: 'NotificationTargetInUse',
        field: ['input', 'name'],
      });
    }
    const details = { target: id, name };
    await recordEvent(tx, context, { action: 'granary:DeleteNotificationTarget', tenantId: tenant.id, details });
  });
  return name;
}
