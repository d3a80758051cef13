import type { UserCaller } from '../auth/caller.js';
import { IDENTITY_CHANNEL } from '../auth/credential-cache.js';
import { type Queryable, statement } from '../database/database.js';
import type { Role } from '../entities/enums.js';
import { GranaryError } from '../errors.js';
import { accessDenied, requireUser } from './authorize.js';
import type { RequestContext } from './context.js';
import { isUsername } from './identity-input.js';

export interface TenantRef {
  readonly id: number;
  readonly name: string;
}

/** A user as far as deciding who may manage it needs. */
export interface UserRef {
  readonly id: number;
  readonly username: string;
  readonly role: Role;
}

const findUserInTenant = statement(
  'find_user_in_tenant',
  'SELECT id, username, role FROM user_account WHERE tenant_id = $1 AND username = $2',
);
const notify = statement('notify_identity', 'SELECT pg_notify($1, $2)');

/** Whether the caller manages a user with this role in its own tenant; nobody but administrators touches one of them. */
export function mayManage(caller: UserCaller, role: Role): boolean {
  return caller.role === 'ADMINISTRATOR' || (caller.role === 'TENANT_ADMINISTRATOR' && role !== 'ADMINISTRATOR');
}

/**
 * The user of a tenant that the caller may act for: itself, or one that it manages. Without a name it is the caller.
 */
export async function resolveActedFor(
  context: RequestContext,
  tenant: TenantRef,
  username: string | undefined,
): Promise<UserRef> {
  const caller = requireUser(context);
  const self = { id: caller.userId, username: caller.username, role: caller.role };
  if (tenant.id === caller.tenantId && (username === undefined || username === caller.username)) {
    return self;
  }
  if (caller.role !== 'ADMINISTRATOR' && caller.role !== 'TENANT_ADMINISTRATOR') {
    throw accessDenied();
  }
  if (username === undefined) {
    throw new GranaryError('InvalidInput', 'Name the user of the other tenant.', { field: ['input', 'username'] });
  }
  const user = await findUser(context, tenant, username);
  if (user === undefined) {
    throw new GranaryError('NotFound', 'There is no such user.', {
      reason: 'NoSuchUser',
      field: ['input', 'username'],
    });
  }
  if (!mayManage(caller, user.role)) {
    throw accessDenied();
  }
  return user;
}

/** Tells every process, when the transaction commits, that what it remembers of a user is old. */
export async function announceUserChange(tx: Queryable, userId: number): Promise<void> {
  await tx.query(notify, [IDENTITY_CHANNEL, String(userId)]);
}

async function findUser(context: RequestContext, tenant: TenantRef, username: string): Promise<UserRef | undefined> {
  if (!isUsername(username)) {
    return undefined;
  }
  const [user] = await context.granary.database.query<UserRef>(findUserInTenant, [tenant.id, username]);
  return user;
}
