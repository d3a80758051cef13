import { statement } from '../../database/database.js';
import { NotificationTarget } from '../../entities/index.js';
import { authorizeAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { parseTargetAddress, type TargetSettings, validateTargetTexts } from './notification-target-input.js';
import { findTarget, noSuchTarget, notificationSealContext } from './notification-targets.js';

export interface UpdateNotificationTargetInput extends TargetSettings {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: string;
}

const updateTarget = statement(
  'update_notification_target',
  `UPDATE notification_target SET address = $2, destination = $3, username = $4, enabled = $5,
     secret_sealed = CASE WHEN $6 THEN $7 ELSE secret_sealed END, revision = revision + 1
   WHERE id = $1 RETURNING *`,
);

/** Changes a target; for administrators. What waits for it goes to where it is from now on. */
export async function updateNotificationTarget(
  context: RequestContext,
  input: UpdateNotificationTargetInput,
): Promise<NotificationTarget> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:UpdateNotificationTarget', {
    ...{ tenant, kind: 'notification-target', name: input.name },
  });
  const { granary } = context;
  const before = await findTarget(granary, { tenantId: tenant.id, name: input.name });
  const { address = before.address, destination = before.destination, username = before.username } = input;
  const { enabled = before.enabled, secret } = input;
  parseTargetAddress(granary, before.kind, address);
  validateTargetTexts(before.kind, { destination, username, secret });
  const sealed = secret ? granary.secretBox.seal(secret, notificationSealContext(before.id)) : null;
  const row = await granary.database.transaction(async (tx) => {
    const [changed] = await tx.query<object>(updateTarget, [
      ...[before.id, address, destination, username, enabled, secret !== undefined, sealed],
    ]);
    if (changed === undefined) {
      throw noSuchTarget();
    }
    const details = {
      ...{ target: before.id, name: before.name, address, destination, username, enabled },
      ...(secret === undefined ? {} : { secret: 'changed' }),
    };
    await recordEvent(tx, context, { action: 'granary:UpdateNotificationTarget', tenantId: tenant.id, details });
    return changed;
  });
  return granary.database.orm.em.fork().map(NotificationTarget, row);
}
