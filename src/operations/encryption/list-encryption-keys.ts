import { EncryptionKey } from '../../entities/index.js';
import { authorizeAction, mayAct } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { beyond, nearestFirst, type PageRequest, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { keyIdPattern } from './encryption-keys.js';

export interface EncryptionKeysOf {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
}

/** The named keys of a tenant, by name; for administrators. */
export async function listEncryptionKeys(
  context: RequestContext,
  input: EncryptionKeysOf & PageRequest,
): Promise<{ encryptionKeys: EncryptionKey[]; truncated: boolean }> {
  const tenant = await tenantOf(context, input);
  const found = await context.granary.database.orm.em
    .fork()
    .find(
      EncryptionKey,
      { tenant: tenant.id, ...beyond('name', input) },
      { orderBy: { name: nearestFirst(input) }, limit: input.limit + 1 },
    );
  const { items, truncated } = toPage(found, input);
  return { encryptionKeys: items, truncated };
}

/** How many keys {@link listEncryptionKeys} has in all. */
export async function countEncryptionKeys(context: RequestContext, input: EncryptionKeysOf): Promise<number> {
  const tenant = await tenantOf(context, input);
  return context.granary.database.orm.em.fork().count(EncryptionKey, { tenant: tenant.id });
}

/** Keys in the order of the ids; null for those of tenants that the caller does not manage. */
export async function loadEncryptionKeysById(
  context: RequestContext,
  ids: readonly string[],
): Promise<(EncryptionKey | null)[]> {
  const { caller } = context;
  const tenant = { id: caller.tenantId, name: caller.tenantName };
  const reads = mayAct(context, 'granary:ListEncryptionKeys', { tenant, kind: 'tenant', name: tenant.name });
  const own = caller.kind === 'user' && caller.role === 'ADMINISTRATOR' ? {} : { tenant: caller.tenantId };
  const possible = reads ? ids.filter((id) => keyIdPattern.test(id)) : [];
  const found = await context.granary.database.orm.em.fork().find(EncryptionKey, { id: { $in: possible }, ...own });
  const byId = new Map(found.map((key) => [key.id, key]));
  return ids.map((id) => byId.get(id) ?? null);
}

async function tenantOf(context: RequestContext, input: EncryptionKeysOf): Promise<{ id: number }> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:ListEncryptionKeys', { tenant, kind: 'tenant', name: tenant.name });
  return tenant;
}
