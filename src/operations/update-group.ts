import { statement } from '../database/database.js';
import { authorizeAction } from './authorize-action.js';
import type { RequestContext } from './context.js';
import { type GroupInfo, lockGroup } from './find-group.js';
import { validateText } from './identity-input.js';
import { recordEvent } from './record-event.js';
import { resolveTenant } from './resolve-tenant.js';

export interface UpdateGroupInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: string;
  description: string;
}

const setDescription = statement('set_group_description', 'UPDATE user_group SET description = $2 WHERE id = $1');

/** Changes what a group says that it is for. Its name stays, for policies may speak of it. */
export async function updateGroup(context: RequestContext, input: UpdateGroupInput): Promise<GroupInfo> {
  const { name, description } = input;
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:UpdateGroup', { tenant, kind: 'group', name });
  validateText(description, 'description');
  return context.granary.database.transaction(async (tx) => {
    const group = await lockGroup(tx, tenant, { name, field: 'name' });
    await tx.query(setDescription, [group.id, description]);
    const details = { group: name, description };
    await recordEvent(tx, context, { action: 'granary:UpdateGroup', tenantId: tenant.id, details });
    return { ...group, description };
  });
}
