import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { validateEntityName } from '../policies/policy-input.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { validatePath } from './entity-path.js';
import { type GroupInfo, groupColumns } from './find-group.js';
import { validateText } from './identity-input.js';

export interface CreateGroupInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: string;
  description?: string | undefined;
  /** Where in the tenant it belongs; `/` when absent. */
  path?: string | undefined;
}

const insertGroup = statement(
  'insert_group',
  `INSERT INTO user_group AS g (tenant_id, name, description, path) VALUES ($1, $2, $3, $4)
   ON CONFLICT (tenant_id, name) DO NOTHING RETURNING ${groupColumns}`,
);

/** Makes a group without users and policies. */
export async function createGroup(context: RequestContext, input: CreateGroupInput): Promise<GroupInfo> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:CreateGroup', { tenant, kind: 'group', name: input.name });
  const description = input.description ?? '';
  validateEntityName(input.name, 'group');
  validateText(description, 'description');
  validatePath(input.path ?? '/');
  return context.granary.database.transaction(async (tx) => {
    const [created] = await tx.query<GroupInfo>(insertGroup, [tenant.id, input.name, description, input.path ?? '/']);
    if (created === undefined) {
      throw new GranaryError('Conflict', `The group ${input.name} exists already.`, {
        reason: 'EntityAlreadyExists',
        field: ['input', 'name'],
      });
    }
    const details = { group: input.name };
    await recordEvent(tx, context, { action: 'granary:CreateGroup', tenantId: tenant.id, details });
    return created;
  });
}
