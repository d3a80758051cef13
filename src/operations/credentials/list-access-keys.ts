import { AccessKey } from '../../entities/index.js';
import { resolveActedFor, type UserRef } from '../access/identity-access.js';
import type { RequestContext } from '../context.js';
import { beyond, nearestFirst, type PageRequest, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';

export interface AccessKeysOf {
  /** The caller's own when absent; only administrators may name another. */
  tenant?: string | undefined;
  /** The caller when absent. */
  username?: string | undefined;
}

/** The access keys of the caller or of a user that it manages, by id. Secrets are not among what is read. */
export async function listAccessKeys(
  context: RequestContext,
  input: AccessKeysOf & PageRequest,
): Promise<{ accessKeys: AccessKey[]; truncated: boolean }> {
  const user = await ownerOf(context, input);
  const found = await context.granary.database.orm.em
    .fork()
    .find(
      AccessKey,
      { user: user.id, ...beyond('accessKeyId', input) },
      { orderBy: { accessKeyId: nearestFirst(input) }, limit: input.limit + 1 },
    );
  const { items, truncated } = toPage(found, input);
  return { accessKeys: items, truncated };
}

/** How many access keys {@link listAccessKeys} has in all. */
export async function countAccessKeys(context: RequestContext, input: AccessKeysOf): Promise<number> {
  const user = await ownerOf(context, input);
  return context.granary.database.orm.em.fork().count(AccessKey, { user: user.id });
}

async function ownerOf(context: RequestContext, { tenant, username }: AccessKeysOf): Promise<UserRef> {
  const named = { tenant: await resolveTenant(context, tenant), username };
  return resolveActedFor(context, 'granary:ListAccessKeys', named);
}
