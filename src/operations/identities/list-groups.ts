import { statement } from '../../database/database.js';
import { UserGroup } from '../../entities/index.js';
import { requireUser } from '../access/authorize.js';
import { authorizeAction, mayAct, type TenantRef } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { beyond, nearestFirst, type PageRequest, toPage } from '../page.js';
import { isEntityName } from '../policies/policy-input.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { within } from './entity-path.js';
import type { GroupInfo } from './find-group.js';

export interface GroupsOf {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
}

const findGroup = statement('find_group_id', 'SELECT id FROM user_group WHERE tenant_id = $1 AND name = $2');

/** The groups of a tenant, by name. */
export async function listGroups(
  context: RequestContext,
  input: GroupsOf & PageRequest & { pathPrefix?: string | undefined },
): Promise<{ groups: GroupInfo[]; truncated: boolean }> {
  const tenant = await tenantOf(context, input);
  const found = await fork(context).find(
    UserGroup,
    { tenant: tenant.id, ...within(input.pathPrefix), ...beyond('name', input) },
    { orderBy: { name: nearestFirst(input) }, limit: input.limit + 1 },
  );
  const { items, truncated } = toPage(found, input);
  return { groups: items.map(toGroupInfo), truncated };
}

/** How many groups {@link listGroups} has in all. */
export async function countGroups(context: RequestContext, input: GroupsOf): Promise<number> {
  const tenant = await tenantOf(context, input);
  return fork(context).count(UserGroup, { tenant: tenant.id });
}

/** The group of this name; null when there is none. */
export async function getGroup(context: RequestContext, input: GroupsOf & { name: string }): Promise<GroupInfo | null> {
  const tenant = await tenantOf(context, input);
  if (!isEntityName(input.name)) {
    return null;
  }
  const [row] = await context.granary.database.query<{ id: number }>(findGroup, [tenant.id, input.name]);
  const [group = null] = row === undefined ? [] : await loadGroupsById(context, [row.id]);
  return group;
}

/** Groups in the order of the ids; null for those of tenants whose groups the caller may not list. One query. */
export async function loadGroupsById(context: RequestContext, ids: readonly number[]): Promise<(GroupInfo | null)[]> {
  const { tenantId, tenantName, role } = requireUser(context);
  const tenant = { id: tenantId, name: tenantName };
  const mayList = mayAct(context, 'granary:ListGroups', { tenant, kind: 'tenant', name: tenantName });
  const own = role === 'ADMINISTRATOR' ? {} : { tenant: tenantId };
  const found = mayList ? await fork(context).find(UserGroup, { id: { $in: [...ids] }, ...own }) : [];
  const byId = new Map(found.map((group) => [group.id, toGroupInfo(group)]));
  return ids.map((id) => byId.get(id) ?? null);
}

function fork(context: RequestContext) {
  return context.granary.database.orm.em.fork();
}

async function tenantOf(context: RequestContext, input: GroupsOf): Promise<TenantRef> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:ListGroups', { tenant, kind: 'tenant', name: tenant.name });
  return tenant;
}

function toGroupInfo({ id, tenant, name, path, description, source, createdAt }: UserGroup): GroupInfo {
  return { id, tenantId: tenant.id, name, path, description, source, createdAt };
}
