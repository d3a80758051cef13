import type { UserCaller } from '../../auth/caller.js';
import { type CallerRow, callerColumns, toUserCaller } from '../../auth/caller-row.js';
import { IDENTITY_CHANNEL } from '../../auth/credential-cache.js';
import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Role } from '../../entities/enums.js';
import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { isUsername } from '../identities/identity-input.js';
import { accessDenied, requireUser } from './authorize.js';
import { authorizeAction, type TenantRef } from './authorize-action.js';
import { requireNoLess } from './grant-limits.js';

export type { TenantRef } from './authorize-action.js';

/** A user as far as deciding who may manage it needs. */
export interface UserRef {
  readonly id: number;
  readonly username: string;
  readonly role: Role;
}

/** A user, named by whoever wants to do something to it. */
export interface NamedUser {
  readonly tenant: TenantRef;
  /** The caller itself when absent. */
  readonly username: string | undefined;
}

const findUserInTenant = statement(
  'find_user_in_tenant',
  'SELECT id, username, role FROM user_account WHERE tenant_id = $1 AND username = $2',
);
const findCaller = statement(
  'find_any_user_caller',
  `SELECT ${callerColumns} FROM user_account u JOIN tenant t ON t.id = u.tenant_id WHERE u.id = $1`,
);
const notify = statement('notify_identity', 'SELECT pg_notify($1, $2)');

/** Nobody but a global administrator touches one, whatever policies say. */
export function mayManage(caller: UserCaller, role: Role): boolean {
  return role !== 'ADMINISTRATOR' || caller.role === 'ADMINISTRATOR';
}

/** The user of a tenant to whom the caller may do this: itself, or another one. */
export async function resolveActedFor(
  context: RequestContext,
  action: GranaryAction,
  { tenant, username }: NamedUser,
): Promise<UserRef> {
  const caller = requireUser(context);
  const isSelf = tenant.id === caller.tenantId && (username === undefined || username === caller.username);
  if (username === undefined && !isSelf) {
    throw new GranaryError('InvalidInput', 'Name the user of the other tenant.', { field: ['input', 'username'] });
  }
  if (isSelf && caller.assumed !== undefined) {
    throw new GranaryError('InvalidInput', 'Name the user: a role has no keys and no sessions of its own.', {
      field: ['input', 'username'],
    });
  }
  const name = username ?? caller.username;
  authorizeAction(context, action, { tenant, kind: 'user', name });
  if (isSelf) {
    return { id: caller.userId, username: caller.username, role: caller.role };
  }
  const user = await findUser(context, tenant, name);
  if (user === undefined) {
    throw noSuchUser();
  }
  if (!mayManage(caller, user.role)) {
    throw accessDenied();
  }
  return user;
}

/**
 * As {@link resolveActedFor}, for what gives whoever does it the user's rights without limits, as a new password does.
 * Whoever may do less than the user is refused, and so is the user itself in a narrowed session.
 */
export async function resolveTakenOver(
  context: RequestContext,
  action: GranaryAction,
  named: NamedUser,
): Promise<UserRef> {
  const user = await resolveActedFor(context, action, named);
  const caller = requireUser(context);
  if (user.id !== caller.userId || caller.sessionPolicies.length > 0) {
    await refuseStronger(context, user.id, context.granary.database);
  }
  return user;
}

/** As {@link resolveTakenOver}, for keys: what the caller makes for itself has its own limits. */
export async function resolveImpersonated(
  context: RequestContext,
  action: GranaryAction,
  named: NamedUser,
): Promise<UserRef> {
  const user = await resolveActedFor(context, action, named);
  if (user.id !== requireUser(context).userId) {
    await refuseStronger(context, user.id, context.granary.database);
  }
  return user;
}

/**
 * Throws `Denied` when a user or a role may do what the caller may not. Within a transaction it is asked there: many that
 * each waited for a second connection would wait for each other.
 */
export async function refuseStronger(context: RequestContext, accountId: number, tx: Queryable): Promise<void> {
  const [row] = await tx.query<CallerRow>(findCaller, [accountId]);
  requireNoLess(requireUser(context), row === undefined ? [] : toUserCaller(row).policies);
}

/** Tells every process, when the transaction commits, that what it remembers of a user is old. */
export async function announceUserChange(tx: Queryable, userId: number): Promise<void> {
  await tx.query(notify, [IDENTITY_CHANNEL, String(userId)]);
}

/** The same of all users of a tenant: a group or a policy has changed. */
export async function announceTenantChange(tx: Queryable, tenantId: number): Promise<void> {
  await tx.query(notify, [IDENTITY_CHANNEL, `tenant${tenantId}`]);
}

export function noSuchUser(): GranaryError {
  return new GranaryError('NotFound', 'There is no such user.', {
    reason: 'NoSuchUser',
    field: ['input', 'username'],
  });
}

async function findUser(context: RequestContext, tenant: TenantRef, username: string): Promise<UserRef | undefined> {
  if (!isUsername(username)) {
    return undefined;
  }
  const [user] = await context.granary.database.query<UserRef>(findUserInTenant, [tenant.id, username]);
  return user;
}
