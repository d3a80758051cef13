import { User } from '../../entities/index.js';
import { requireUser } from '../access/authorize.js';
import { authorizeAction } from '../access/authorize-action.js';
import { noSuchUser } from '../access/identity-access.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { isUsername } from './identity-input.js';

/** The caller itself, or a user of the tenant for who may list them. */
export async function getUser(
  context: RequestContext,
  input: {
    /** The caller's own when absent; only administrators may name another. */
    tenant?: string | undefined;
    /** The caller when absent. */
    username?: string | undefined;
  },
): Promise<User> {
  const caller = requireUser(context);
  const tenant = await resolveTenant(context, input.tenant);
  const username = input.username ?? caller.username;
  if (tenant.id !== caller.tenantId || username !== caller.username) {
    authorizeAction(context, 'granary:ListUsers', { tenant, kind: 'tenant', name: tenant.name });
  }
  const em = context.granary.database.orm.em.fork();
  const user = isUsername(username) ? await em.findOne(User, { tenant: tenant.id, username }) : null;
  if (user === null) {
    throw noSuchUser();
  }
  return user;
}
