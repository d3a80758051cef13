import { statement } from '../../database/database.js';
import { EncryptionKey } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';

export interface UpdateEncryptionKeyInput {
  name: string;
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  state: 'ENABLED' | 'DISABLED';
}

const setEnabled = statement(
  'set_encryption_key_enabled',
  'UPDATE encryption_key SET enabled = $3 WHERE tenant_id = $1 AND name = $2 RETURNING *',
);

const notifyKeyChanged = statement('notify_encryption_key', `SELECT pg_notify('granary_encryption_key', '')`);

/**
 * Takes a named key out of use, or back into it; for administrators. While it is disabled no object that is sealed with it
 * can be read, and none can be written. There is no deleting: it would destroy what is sealed with the key.
 */
export async function updateEncryptionKey(
  context: RequestContext,
  input: UpdateEncryptionKeyInput,
): Promise<EncryptionKey> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:UpdateEncryptionKey', { tenant, kind: 'encryption-key', name: input.name });
  const { database, namedKeys } = context.granary;
  const enabled = input.state === 'ENABLED';
  const row = await database.transaction(async (tx) => {
    const [changed] = await tx.query<{ id: string }>(setEnabled, [tenant.id, input.name, enabled]);
    if (changed === undefined) {
      throw new GranaryError('NotFound', 'There is no such encryption key.', {
        reason: 'NoSuchEncryptionKey',
        field: ['input', 'name'],
      });
    }
    await tx.query(notifyKeyChanged, []);
    const action = enabled ? 'granary:EnableEncryptionKey' : 'granary:DisableEncryptionKey';
    await recordEvent(tx, context, { action, tenantId: tenant.id, details: { encryptionKey: changed.id } });
    return changed;
  });
  namedKeys.clear();
  return database.orm.em.fork().map(EncryptionKey, row);
}
