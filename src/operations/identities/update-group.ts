import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import { announceTenantChange } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { validateEntityName } from '../policies/policy-input.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { validatePath } from './entity-path.js';
import { type GroupInfo, groupColumns, lockGroup } from './find-group.js';
import { validateText } from './identity-input.js';

/** What is absent stays. */
export interface UpdateGroupInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: string;
  description?: string | undefined;
  path?: string | undefined;
  /** Another name, for who may change the groups of both names: policies may speak of it. */
  newName?: string | undefined;
}

const updateRow = statement(
  'update_group',
  `UPDATE user_group g SET description = COALESCE($2, description), path = COALESCE($3, path), name = COALESCE($4, name)
   WHERE g.id = $1 AND NOT EXISTS (
     SELECT FROM user_group o WHERE o.tenant_id = g.tenant_id AND o.name = $4 AND o.id <> g.id)
   RETURNING ${groupColumns}`,
);

/** Changes what a group says that it is for, where it belongs, or its name. */
export async function updateGroup(context: RequestContext, input: UpdateGroupInput): Promise<GroupInfo> {
  const { name, description, path, newName } = input;
  const tenant = await resolveTenant(context, input.tenant);
  for (const each of new Set([name, newName ?? name])) {
    authorizeAction(context, 'granary:UpdateGroup', { tenant, kind: 'group', name: each });
    validateEntityName(each, 'group');
  }
  validateText(description ?? '', 'description');
  validatePath(path ?? '/');
  const { database, credentials } = context.granary;
  const changed = await database.transaction(async (tx) => {
    const group = await lockGroup(tx, tenant, { name, field: 'name' });
    const values = [group.id, description ?? null, path ?? null, newName ?? null];
    const [row] = await tx.query<GroupInfo>(updateRow, values);
    if (row === undefined) {
      throw new GranaryError('Conflict', `The group ${newName} exists already.`, {
        reason: 'EntityAlreadyExists',
        field: ['input', 'newName'],
      });
    }
    await announceTenantChange(tx, tenant.id);
    const details = { group: name, description, path, newName };
    await recordEvent(tx, context, { action: 'granary:UpdateGroup', tenantId: tenant.id, details });
    return row;
  });
  credentials.invalidateTenant(tenant.id);
  return changed;
}
