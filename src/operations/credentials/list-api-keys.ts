import { ApiKey } from '../../entities/index.js';
import { resolveActedFor, type UserRef } from '../access/identity-access.js';
import type { RequestContext } from '../context.js';
import { beyond, nearestFirst, type PageRequest, requireUuidCursor, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';

export interface ApiKeysOf {
  /** The caller's own when absent; only administrators may name another. */
  tenant?: string | undefined;
  /** The caller when absent. */
  username?: string | undefined;
}

/** The API keys of the caller or of a user that it manages. Their secrets are kept nowhere. */
export async function listApiKeys(
  context: RequestContext,
  input: ApiKeysOf & PageRequest,
): Promise<{ apiKeys: ApiKey[]; truncated: boolean }> {
  requireUuidCursor(input);
  const user = await ownerOf(context, input);
  const found = await context.granary.database.orm.em
    .fork()
    .find(
      ApiKey,
      { user: user.id, ...beyond('keyId', input) },
      { orderBy: { keyId: nearestFirst(input) }, limit: input.limit + 1 },
    );
  const { items, truncated } = toPage(found, input);
  return { apiKeys: items, truncated };
}

/** How many API keys {@link listApiKeys} has in all. */
export async function countApiKeys(context: RequestContext, input: ApiKeysOf): Promise<number> {
  const user = await ownerOf(context, input);
  return context.granary.database.orm.em.fork().count(ApiKey, { user: user.id });
}

async function ownerOf(context: RequestContext, { tenant, username }: ApiKeysOf): Promise<UserRef> {
  const named = { tenant: await resolveTenant(context, tenant), username };
  return resolveActedFor(context, 'granary:ListApiKeys', named);
}
