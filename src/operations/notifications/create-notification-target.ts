import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { statement } from '../../database/database.js';
import { NotificationTarget } from '../../entities/index.js';
import { NotificationTargetKind } from '../../entities/notification-target.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { parseTargetAddress, type TargetSettings, validateTargetTexts } from './notification-target-input.js';
import { isTargetName, notificationSealContext } from './notification-targets.js';

export interface CreateNotificationTargetInput extends TargetSettings {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: string;
  kind: NotificationTargetKind;
  address: string;
}

const insertTarget = statement(
  'insert_notification_target',
  `INSERT INTO notification_target (id, tenant_id, name, kind, address, destination, username, secret_sealed, enabled)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, name) DO NOTHING RETURNING *`,
);

const usualDestination = 'granary-events';

/**
 * Sets up where notifications of a tenant's buckets can be sent; for administrators, as the server connects to it. The
 * secret of a webhook signs its requests: when none is given, one is made, and shown this once.
 */
export async function createNotificationTarget(
  context: RequestContext,
  input: CreateNotificationTargetInput,
): Promise<{ target: NotificationTarget; secret: string | null }> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:CreateNotificationTarget', {
    ...{ tenant, kind: 'notification-target', name: input.name },
  });
  const { kind, username = '' } = input;
  const isWebhook = kind === NotificationTargetKind.WEBHOOK;
  const destination = input.destination ?? (isWebhook ? '' : usualDestination);
  validateName(input.name);
  parseTargetAddress(context.granary, kind, input.address);
  validateTargetTexts(kind, { destination, username, secret: input.secret });
  const made = isWebhook && !input.secret ? randomBytes(32).toString('base64url') : null;
  const secret = input.secret || made;
  const id = uuid();
  const { database, secretBox } = context.granary;
  const sealed = secret === null ? null : secretBox.seal(secret, notificationSealContext(id));
  const row = await database.transaction(async (tx) => {
    const [created] = await tx.query<object>(insertTarget, [
      ...[id, tenant.id, input.name, kind, input.address, destination, username, sealed, input.enabled ?? true],
    ]);
    if (created === undefined) {
      throw new GranaryError('Conflict', 'There is a notification target of this name already.', {
        reason: 'NotificationTargetAlreadyExists',
        field: ['input', 'name'],
      });
    }
    const details = { target: id, name: input.name, kind, address: input.address, destination };
    await recordEvent(tx, context, { action: 'granary:CreateNotificationTarget', tenantId: tenant.id, details });
    return created;
  });
  return { target: database.orm.em.fork().map(NotificationTarget, row), secret: made };
}

function validateName(name: string): void {
  if (!isTargetName(name)) {
    throw new GranaryError('InvalidInput', 'The name of a target has 1 to 64 letters, digits, - and _', {
      field: ['input', 'name'],
    });
  }
}
