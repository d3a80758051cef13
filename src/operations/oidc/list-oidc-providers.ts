import { OidcProvider } from '../../entities/index.js';
import { requireUser } from '../access/authorize.js';
import { authorizeAction, mayAct, theServer } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { beyond, nearestFirst, type PageRequest, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { oidcProviderIdPattern } from './oidc-provider-access.js';

export interface OidcProvidersOf {
  /** Without it: all for a global administrator, else the caller's own. */
  tenant?: string | undefined;
}

/** OpenID providers by address; for administrators. */
export async function listOidcProviders(
  context: RequestContext,
  input: OidcProvidersOf & PageRequest,
): Promise<{ providers: OidcProvider[]; truncated: boolean }> {
  const found = await context.granary.database.orm.em
    .fork()
    .find(
      OidcProvider,
      { ...(await scopeOf(context, input)), ...beyond('address', input) },
      { orderBy: { address: nearestFirst(input) }, limit: input.limit + 1 },
    );
  const { items, truncated } = toPage(found, input);
  return { providers: items, truncated };
}

/** How many providers {@link listOidcProviders} has in all. */
export async function countOidcProviders(context: RequestContext, input: OidcProvidersOf): Promise<number> {
  return context.granary.database.orm.em.fork().count(OidcProvider, await scopeOf(context, input));
}

/** Providers in the order of the ids; null for those that the caller does not manage. */
export async function loadOidcProvidersById(
  context: RequestContext,
  ids: readonly string[],
): Promise<(OidcProvider | null)[]> {
  const { caller } = context;
  const tenant = { id: caller.tenantId, name: caller.tenantName };
  const reads = mayAct(context, 'granary:ListOidcProviders', { tenant, kind: 'tenant', name: tenant.name });
  const own = caller.kind === 'user' && caller.role === 'ADMINISTRATOR' ? {} : { tenant: caller.tenantId };
  const possible = reads ? ids.filter((id) => oidcProviderIdPattern.test(id)) : [];
  const found = await context.granary.database.orm.em.fork().find(OidcProvider, { id: { $in: possible }, ...own });
  const byId = new Map(found.map((provider) => [provider.id, provider]));
  return ids.map((id) => byId.get(id) ?? null);
}

async function scopeOf(context: RequestContext, input: OidcProvidersOf): Promise<{ tenant?: number }> {
  const caller = requireUser(context);
  if (input.tenant === undefined && caller.role === 'ADMINISTRATOR') {
    authorizeAction(context, 'granary:ListOidcProviders', theServer);
    return {};
  }
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:ListOidcProviders', { tenant, kind: 'tenant', name: tenant.name });
  return { tenant: tenant.id };
}
