import { statement } from '../database/database.js';
import { authorizeAction, type TenantRef } from './authorize-action.js';
import type { RequestContext } from './context.js';
import { findRole, type RoleInfo, roleColumns, roleTables } from './find-role.js';
import { type PageRequest, toPage } from './page.js';
import { resolveTenant } from './resolve-tenant.js';

export interface RolesOf {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  /** Only those whose path begins like this. */
  pathPrefix?: string | undefined;
}

const isListed = `r.tenant_id = $1 AND starts_with(u.path, $2)`;
const listForward = statement(
  'list_roles',
  `SELECT ${roleColumns} FROM ${roleTables} WHERE ${isListed} AND r.name > $3 ORDER BY r.name LIMIT $4`,
);
const listBackward = statement(
  'list_roles_backward',
  `SELECT ${roleColumns} FROM ${roleTables} WHERE ${isListed} AND ($3 = '' OR r.name < $3) ORDER BY r.name DESC LIMIT $4`,
);

/** The roles of a tenant, by name. */
export async function listRoles(
  context: RequestContext,
  input: RolesOf & PageRequest,
): Promise<{ roles: RoleInfo[]; truncated: boolean }> {
  const tenant = await tenantOf(context, input);
  const query = input.direction === 'backward' ? listBackward : listForward;
  const values = [tenant.id, input.pathPrefix ?? '/', input.after ?? '', input.limit + 1];
  const { items, truncated } = toPage(await context.granary.database.query<RoleInfo>(query, values), input);
  return { roles: items, truncated };
}

/** The role of this name; null when there is none. */
export async function getRole(context: RequestContext, input: RolesOf & { name: string }): Promise<RoleInfo | null> {
  const tenant = await tenantOf(context, input);
  return (await findRole(context.granary.database, tenant, input.name)) ?? null;
}

async function tenantOf(context: RequestContext, input: RolesOf): Promise<TenantRef> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:ListRoles', { tenant, kind: 'tenant', name: tenant.name });
  return tenant;
}
