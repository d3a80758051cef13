import { statement } from '../../database/database.js';
import { requireUser } from '../access/authorize.js';
import { authorizeAction, mayAct, type TenantRef } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { type PageRequest, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { findRole, type RoleInfo, roleColumns, roleTables } from './find-role.js';

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
const count = statement('count_roles', `SELECT count(*)::int AS count FROM ${roleTables} WHERE ${isListed}`);
const findById = statement(
  'load_roles',
  `SELECT ${roleColumns} FROM ${roleTables} WHERE r.user_id = ANY ($1) AND ($2::bigint IS NULL OR r.tenant_id = $2)`,
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

/** How many roles {@link listRoles} has in all. */
export async function countRoles(context: RequestContext, input: RolesOf): Promise<number> {
  const tenant = await tenantOf(context, input);
  const values = [tenant.id, input.pathPrefix ?? '/'];
  const [row] = await context.granary.database.query<{ count: number }>(count, values);
  return row?.count ?? 0;
}

/** The role of this name; null when there is none. */
export async function getRole(context: RequestContext, input: RolesOf & { name: string }): Promise<RoleInfo | null> {
  const tenant = await tenantOf(context, input);
  return (await findRole(context.granary.database, tenant, input.name)) ?? null;
}

/** Roles in the order of the ids; null for those of tenants whose roles the caller may not list. One query. */
export async function loadRolesById(context: RequestContext, ids: readonly number[]): Promise<(RoleInfo | null)[]> {
  const { tenantId, tenantName, role } = requireUser(context);
  const tenant = { id: tenantId, name: tenantName };
  if (!mayAct(context, 'granary:ListRoles', { tenant, kind: 'tenant', name: tenantName })) {
    return ids.map(() => null);
  }
  const values = [ids, role === 'ADMINISTRATOR' ? null : tenantId];
  const found = await context.granary.database.query<RoleInfo>(findById, values);
  const byId = new Map(found.map((each) => [each.id, each]));
  return ids.map((id) => byId.get(id) ?? null);
}

async function tenantOf(context: RequestContext, input: RolesOf): Promise<TenantRef> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:ListRoles', { tenant, kind: 'tenant', name: tenant.name });
  return tenant;
}
