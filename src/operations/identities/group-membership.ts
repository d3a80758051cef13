import { type AttachedPolicy, toPolicy } from '../../auth/caller-row.js';
import type { Policy } from '../../auth/policy/policy.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Role } from '../../entities/enums.js';
import { GranaryError } from '../../errors.js';
import { accessDenied } from '../access/authorize.js';
import { authorizeAction, type TenantRef } from '../access/authorize-action.js';
import { requireGrantable } from '../access/grant-limits.js';
import { announceUserChange, mayManage, noSuchUser } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { type GroupInfo, lockGroup } from './find-group.js';
import { isUsername } from './identity-input.js';

export interface GroupMembershipInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  group: string;
  username: string;
}

/** As many as a user is in, so that what it may stays quick to find out. */
const mostGroups = 50;

const findMember = statement(
  'find_group_member',
  `SELECT u.id, u.role, (SELECT count(*) FROM user_group_member m WHERE m.user_id = u.id)::int AS groups
   FROM user_account u WHERE u.tenant_id = $1 AND u.username = $2 FOR UPDATE`,
);
const insertMember = statement(
  'insert_group_member',
  'INSERT INTO user_group_member (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING user_id',
);
const deleteMember = statement(
  'delete_group_member',
  'DELETE FROM user_group_member WHERE group_id = $1 AND user_id = $2 RETURNING user_id',
);
const findPolicies = statement(
  'find_policies_of_group',
  `SELECT p.name, a.builtin, p.document FROM policy_attachment a
     LEFT JOIN policy p ON p.id = a.policy_id WHERE a.group_id = $1
   UNION ALL
   SELECT i.name, NULL, i.document FROM inline_policy i WHERE i.group_id = $1`,
);

interface Member {
  id: number;
  role: Role;
  groups: number;
}

/** Puts a user into a group: from now on it may what the group may. It may be in it already. */
export function addUserToGroup(context: RequestContext, input: GroupMembershipInput): Promise<GroupInfo> {
  return changeMembership(context, input, 'granary:AddUserToGroup', async (tx, { group, member, caller }) => {
    requireGrantable(caller, await policiesOfGroup(tx, group.id));
    if (member.groups >= mostGroups) {
      throw new GranaryError('QuotaExceeded', `A user can be in ${mostGroups} groups.`, {
        reason: 'LimitExceeded',
        field: ['input', 'group'],
      });
    }
    await tx.query(insertMember, [group.id, member.id]);
  });
}

/** Takes a user out of a group, whoever put it there. A directory that is followed may put it back. */
export function removeUserFromGroup(context: RequestContext, input: GroupMembershipInput): Promise<GroupInfo> {
  return changeMembership(context, input, 'granary:RemoveUserFromGroup', async (tx, { group, member }) => {
    const [gone] = await tx.query(deleteMember, [group.id, member.id]);
    if (gone === undefined) {
      throw new GranaryError('NotFound', `${input.username} is not in the group.`, {
        reason: 'NoSuchEntity',
        field: ['input', 'username'],
      });
    }
  });
}

interface Change {
  group: GroupInfo;
  member: Member;
  caller: ReturnType<typeof authorizeAction>;
}

async function changeMembership(
  context: RequestContext,
  input: GroupMembershipInput,
  action: 'granary:AddUserToGroup' | 'granary:RemoveUserFromGroup',
  change: (tx: Queryable, parts: Change) => Promise<void>,
): Promise<GroupInfo> {
  const tenant = await resolveTenant(context, input.tenant);
  const caller = authorizeAction(context, action, { tenant, kind: 'group', name: input.group });
  const { database, credentials } = context.granary;
  const { group, member } = await database.transaction(async (tx) => {
    const parts = {
      group: await lockGroup(tx, tenant, { name: input.group, field: 'group' }),
      member: await findUserForGroup(tx, tenant, input.username),
      caller,
    };
    if (!mayManage(caller, parts.member.role)) {
      throw accessDenied();
    }
    await change(tx, parts);
    await announceUserChange(tx, parts.member.id);
    const details = { group: input.group, username: input.username };
    await recordEvent(tx, context, { action, tenantId: tenant.id, details });
    return parts;
  });
  credentials.invalidate(member.id);
  return group;
}

async function findUserForGroup(tx: Queryable, tenant: TenantRef, username: string): Promise<Member> {
  const [member] = isUsername(username) ? await tx.query<Member>(findMember, [tenant.id, username]) : [];
  if (member === undefined) {
    throw noSuchUser();
  }
  return member;
}

async function policiesOfGroup(tx: Queryable, groupId: number): Promise<Policy[]> {
  return (await tx.query<AttachedPolicy>(findPolicies, [groupId])).map(toPolicy);
}
