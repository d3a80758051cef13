import { statement } from '../../database/database.js';
import { authorizeAction } from '../access/authorize-action.js';
import { announceTenantChange } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { lockGroup } from './find-group.js';

const deleteRow = statement('delete_group', 'DELETE FROM user_group WHERE id = $1');

/** Deletes a group with its own policies. Its users stay, without what the group let them do. */
export async function deleteGroup(
  context: RequestContext,
  input: { tenant?: string | undefined; name: string },
): Promise<void> {
  const { name } = input;
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:DeleteGroup', { tenant, kind: 'group', name });
  const { database, credentials } = context.granary;
  await database.transaction(async (tx) => {
    const group = await lockGroup(tx, tenant, { name, field: 'name' });
    await tx.query(deleteRow, [group.id]);
    await announceTenantChange(tx, tenant.id);
    const details = { group: name };
    await recordEvent(tx, context, { action: 'granary:DeleteGroup', tenantId: tenant.id, details });
  });
  credentials.invalidateTenant(tenant.id);
}
