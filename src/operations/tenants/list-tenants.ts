import { Tenant } from '../../entities/index.js';
import { requireUser } from '../access/authorize.js';
import { mayAct, theServer } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { isTenantName } from '../identities/identity-input.js';
import { beyond, nearestFirst, type PageRequest, toPage } from '../page.js';

/** Tenants by name: all of them for an administrator, for anybody else the own one. `after` is a name. */
export async function listTenants(
  context: RequestContext,
  page: PageRequest,
): Promise<{ tenants: Tenant[]; truncated: boolean }> {
  const found = await context.granary.database.orm.em
    .fork()
    .find(
      Tenant,
      { $and: [visibleTenants(context), beyond('name', page)] },
      { orderBy: { name: nearestFirst(page) }, limit: page.limit + 1 },
    );
  const { items, truncated } = toPage(found, page);
  return { tenants: items, truncated };
}

/** How many tenants {@link listTenants} has in all. */
export async function countTenants(context: RequestContext): Promise<number> {
  return context.granary.database.orm.em.fork().count(Tenant, visibleTenants(context));
}

/** The tenant of this name; null when there is none that {@link listTenants} would show. */
export async function getTenant(context: RequestContext, name: string): Promise<Tenant | null> {
  const visible = visibleTenants(context);
  return isTenantName(name) ? context.granary.database.orm.em.fork().findOne(Tenant, { ...visible, name }) : null;
}

function visibleTenants(context: RequestContext): { id?: number; deletedAt: null } {
  const { tenantId } = requireUser(context);
  return { ...(mayAct(context, 'granary:ListTenants', theServer) ? {} : { id: tenantId }), deletedAt: null };
}
