import { User } from '../../entities/index.js';
import { authorizeAction } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { beyond, nearestFirst, type PageRequest, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { within } from './entity-path.js';

export interface ListUsersInput extends PageRequest {
  /** The caller's own when absent; only administrators may name another. */
  tenant?: string | undefined;
  /** Only those whose path begins like this. */
  pathPrefix?: string | undefined;
}

/** The users of a tenant by name; for administrators and, in their own tenant, for tenant administrators. */
export async function listUsers(
  context: RequestContext,
  input: ListUsersInput,
): Promise<{ users: User[]; truncated: boolean }> {
  const tenant = await tenantOf(context, input.tenant);
  const found = await context.granary.database.orm.em
    .fork()
    .find(
      User,
      { tenant: tenant.id, kind: 'USER', ...within(input.pathPrefix), ...beyond('username', input) },
      { orderBy: { username: nearestFirst(input) }, limit: input.limit + 1 },
    );
  const { items, truncated } = toPage(found, input);
  return { users: items, truncated };
}

/** How many users {@link listUsers} has in all. */
export async function countUsers(context: RequestContext, input: { tenant?: string | undefined }): Promise<number> {
  const tenant = await tenantOf(context, input.tenant);
  return context.granary.database.orm.em.fork().count(User, { tenant: tenant.id, kind: 'USER' });
}

async function tenantOf(context: RequestContext, name: string | undefined): Promise<{ id: number }> {
  const tenant = await resolveTenant(context, name);
  authorizeAction(context, 'granary:ListUsers', { tenant, kind: 'tenant', name: tenant.name });
  return tenant;
}
