import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Role } from '../../entities/enums.js';
import { GranaryError } from '../../errors.js';
import { accessDenied } from '../access/authorize.js';
import { authorizeAction, type TenantRef } from '../access/authorize-action.js';
import { announceTenantChange, announceUserChange, mayManage, noSuchUser } from '../access/identity-access.js';
import type { RequestContext } from '../context.js';
import { lockAccessKey, noSuchAccessKey } from '../credentials/find-access-key.js';
import { lockGroup } from '../identities/find-group.js';
import { lockRole } from '../identities/find-role.js';
import { isUsername } from '../identities/identity-input.js';
import { spareAdministrators } from '../identities/spare-administrators.js';

/** Who gets a policy: exactly one of them is named. */
export interface PolicyTargetInput {
  username?: string | undefined;
  group?: string | undefined;
  role?: string | undefined;
  accessKeyId?: string | undefined;
}

/** Who gets a policy, as rows refer to it: one of the three is not null. */
export interface PolicyTarget {
  /** Of a user, or of the account of a role. */
  readonly userId: number | null;
  readonly groupId: number | null;
  readonly accessKeyId: string | null;
  /** Whose remembered rights change; null for all of the tenant. */
  readonly affectedUserId: number | null;
}

const findUser = statement(
  'find_policy_user',
  'SELECT id, role FROM user_account WHERE tenant_id = $1 AND username = $2 FOR UPDATE',
);
/**
 * Whoever is named, and whether the caller may do this to it. A user's access keys are the user's: what is asked for is
 * the right to do it to the user.
 */
export async function resolvePolicyTarget(
  tx: Queryable,
  context: RequestContext,
  { action, tenant, target }: { action: GranaryAction; tenant: TenantRef; target: PolicyTargetInput },
): Promise<PolicyTarget> {
  const { username, group, role, accessKeyId } = target;
  if ([username, group, role, accessKeyId].filter((name) => name !== undefined).length !== 1) {
    throw new GranaryError('InvalidInput', 'Name one user, group, role or access key.', {
      field: ['input', username === undefined ? 'username' : group === undefined ? 'accessKeyId' : 'group'],
    });
  }
  if (role !== undefined) {
    authorizeAction(context, action, { tenant, kind: 'role', name: role });
    const { id } = await lockRole(tx, tenant, { name: role, field: 'role' });
    return { userId: id, groupId: null, accessKeyId: null, affectedUserId: id };
  }
  if (group !== undefined) {
    const caller = authorizeAction(context, action, { tenant, kind: 'group', name: group });
    const { id } = await lockGroup(tx, tenant, { name: group, field: 'group' });
    await spareAdministrators(tx, caller, { groupId: id });
    return { userId: null, groupId: id, accessKeyId: null, affectedUserId: null };
  }
  return username === undefined
    ? resolveKey(tx, context, { action, tenant, accessKeyId: accessKeyId ?? '' })
    : resolveUser(tx, context, { action, tenant, username });
}

async function resolveUser(
  tx: Queryable,
  context: RequestContext,
  { action, tenant, username }: { action: GranaryAction; tenant: TenantRef; username: string },
): Promise<PolicyTarget> {
  const caller = authorizeAction(context, action, { tenant, kind: 'user', name: username });
  const [user] = isUsername(username)
    ? await tx.query<{ id: number; role: Role }>(findUser, [tenant.id, username])
    : [];
  if (user === undefined) {
    throw noSuchUser();
  }
  if (!mayManage(caller, user.role)) {
    throw accessDenied();
  }
  return { userId: user.id, groupId: null, accessKeyId: null, affectedUserId: user.id };
}

async function resolveKey(
  tx: Queryable,
  context: RequestContext,
  { action, tenant, accessKeyId }: { action: GranaryAction; tenant: TenantRef; accessKeyId: string },
): Promise<PolicyTarget> {
  const owner = await lockAccessKey(tx, context, { action, accessKeyId });
  if (owner.tenantId !== tenant.id) {
    throw noSuchAccessKey();
  }
  return { userId: null, groupId: null, accessKeyId, affectedUserId: owner.userId };
}

/** Tells every process, when the transaction commits, whose rights have changed. */
export async function announceTargetChange(tx: Queryable, tenant: TenantRef, target: PolicyTarget): Promise<void> {
  const { affectedUserId } = target;
  return affectedUserId === null ? announceTenantChange(tx, tenant.id) : announceUserChange(tx, affectedUserId);
}

/** The same in this process, at once. */
export function forgetTarget({ granary }: RequestContext, tenant: TenantRef, target: PolicyTarget): void {
  const { affectedUserId } = target;
  if (affectedUserId === null) {
    granary.credentials.invalidateTenant(tenant.id);
  } else {
    granary.credentials.invalidate(affectedUserId);
  }
}
