import { NotificationTarget } from '../../entities/index.js';
import { authorizeAction } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { beyond, nearestFirst, type PageRequest, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';

export interface NotificationTargetsOf {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
}

/** The notification targets of a tenant, by name; for administrators. */
export async function listNotificationTargets(
  context: RequestContext,
  input: NotificationTargetsOf & PageRequest,
): Promise<{ targets: NotificationTarget[]; truncated: boolean; tenant: string }> {
  const tenant = await tenantOf(context, input);
  const found = await context.granary.database.orm.em
    .fork()
    .find(
      NotificationTarget,
      { tenant: tenant.id, ...beyond('name', input) },
      { orderBy: { name: nearestFirst(input) }, limit: input.limit + 1 },
    );
  const { items, truncated } = toPage(found, input);
  return { targets: items, truncated, tenant: tenant.name };
}

/** How many targets {@link listNotificationTargets} has in all. */
export async function countNotificationTargets(context: RequestContext, input: NotificationTargetsOf): Promise<number> {
  const tenant = await tenantOf(context, input);
  return context.granary.database.orm.em.fork().count(NotificationTarget, { tenant: tenant.id });
}

async function tenantOf(context: RequestContext, input: NotificationTargetsOf): Promise<{ id: number; name: string }> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:ListNotificationTargets', { tenant, kind: 'tenant', name: tenant.name });
  return tenant;
}
