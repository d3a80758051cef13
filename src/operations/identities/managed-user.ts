import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import { statement } from '../../database/database.js';
import type { Role, UserOrigin } from '../../entities/enums.js';
import { GranaryError } from '../../errors.js';
import { noSuchUser, resolveActedFor, resolveTakenOver } from '../access/identity-access.js';
import type { Granary, RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { isTenantName, isUsername } from './identity-input.js';

/** A user by name. */
export interface UserAddress {
  /** The caller's own when absent; only administrators may name another. */
  tenant?: string | undefined;
  username: string;
}

/** A user whom somebody else manages. */
export interface ManagedUser {
  userId: number;
  username: string;
  tenantId: number;
  tenant: string;
  role: Role;
  source: UserOrigin;
}

const findUser = statement(
  'find_managed_user',
  `SELECT u.id AS "userId", u.username, t.id AS "tenantId", t.name AS tenant, u.role, u.source
   FROM user_account u JOIN tenant t ON t.id = u.tenant_id WHERE t.name = $1 AND u.username = $2`,
);

/** The user, when the caller may do this to it. */
export async function resolveManagedUser(
  context: RequestContext,
  action: GranaryAction,
  { tenant: name, username }: UserAddress,
): Promise<ManagedUser> {
  const tenant = await resolveTenant(context, name);
  await resolveActedFor(context, action, { tenant, username });
  return findUserByName(context.granary, { tenant: tenant.name, username });
}

/** As {@link resolveManagedUser}, for what gives the caller the user's rights; see {@link resolveTakenOver}. */
export async function resolveReplacedUser(
  context: RequestContext,
  action: GranaryAction,
  { tenant: name, username }: UserAddress,
): Promise<ManagedUser> {
  const tenant = await resolveTenant(context, name);
  await resolveTakenOver(context, action, { tenant, username });
  return findUserByName(context.granary, { tenant: tenant.name, username });
}

/** The user of this name, for whoever works on the server itself. Throws `NotFound`. */
export async function findUserByName(
  { database }: Granary,
  { tenant, username }: { tenant: string; username: string },
): Promise<ManagedUser> {
  const [user] =
    isTenantName(tenant) && isUsername(username) ? await database.query<ManagedUser>(findUser, [tenant, username]) : [];
  if (user === undefined) {
    throw noSuchUser();
  }
  return user;
}

/** Throws `Denied` for the caller itself: nobody locks itself out. */
export function refuseSelf(context: RequestContext, user: ManagedUser): void {
  if (context.caller.kind === 'user' && context.caller.userId === user.userId) {
    throw new GranaryError('Denied', 'Nobody does this to itself.', {
      reason: 'AccessDenied',
      field: ['input', 'username'],
    });
  }
}
