import { statement } from '../../database/database.js';
import { authorizeAction } from '../access/authorize-action.js';
import { announceUserChange, refuseStronger } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { lockRole } from './find-role.js';
import { handOverBuckets } from './hand-over-buckets.js';
import { findUserByName } from './managed-user.js';
import type { RoleAddress } from './update-role.js';

export interface DeleteRoleInput extends RoleAddress {
  /** Who owns the role's buckets from then on: a user of the same tenant. */
  transferTo?: string | undefined;
}

const deleteRow = statement('delete_role', 'DELETE FROM user_account WHERE id = $1');

/**
 * Deletes a role with its own policies, and ends its sessions. A role that owns buckets is deleted only when a user
 * takes them, and by whoever may do no less than the role: what is owned comes with all rights.
 */
export async function deleteRole(context: RequestContext, input: DeleteRoleInput): Promise<void> {
  const { name, transferTo } = input;
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:DeleteRole', { tenant, kind: 'role', name });
  const { granary } = context;
  const heir =
    transferTo === undefined
      ? undefined
      : (await findUserByName(granary, { tenant: tenant.name, username: transferTo })).userId;
  const { accountId, buckets } = await granary.database.transaction(async (tx) => {
    const { id } = await lockRole(tx, tenant, { name, field: 'name' });
    if (heir !== undefined) {
      await refuseStronger(context, id, tx);
    }
    const moved = await handOverBuckets(tx, context, { accountId: id, heir });
    await announceUserChange(tx, id);
    await tx.query(deleteRow, [id]);
    const details = { role: name, transferTo };
    await recordEvent(tx, context, { action: 'granary:DeleteRole', tenantId: tenant.id, details });
    return { accountId: id, buckets: moved };
  });
  granary.credentials.invalidate(accountId);
  for (const id of buckets) {
    granary.buckets.forget(id);
  }
}
