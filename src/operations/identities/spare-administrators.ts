import type { UserCaller } from '../../auth/caller.js';
import { type Queryable, statement } from '../../database/database.js';
import { accessDenied } from '../access/authorize.js';
import { mayManage } from '../access/identity-access.js';

const findAdministrator = statement(
  'find_administrator_of_group_or_policy',
  `SELECT 1 AS found FROM user_account u WHERE u.role = 'ADMINISTRATOR' AND (
     EXISTS (SELECT FROM user_group_member m WHERE m.user_id = u.id AND m.group_id = $1)
     OR u.boundary_policy_id = $2
     OR EXISTS (
       SELECT FROM policy_attachment a WHERE a.policy_id = $2 AND (a.user_id = u.id
         OR a.group_id IN (SELECT m.group_id FROM user_group_member m WHERE m.user_id = u.id)
         OR a.access_key_id IN (SELECT k.id FROM access_key k WHERE k.user_id = u.id))))
   LIMIT 1`,
);

/**
 * Throws `Denied` when a global administrator is in the group, or has the policy, and the caller is none: a policy that
 * denies everything would lock it out.
 */
export async function spareAdministrators(
  tx: Queryable,
  caller: UserCaller,
  { groupId, policyId }: { groupId?: number; policyId?: number },
): Promise<void> {
  if (!mayManage(caller, 'ADMINISTRATOR')) {
    const found = await tx.query(findAdministrator, [groupId ?? null, policyId ?? null]);
    if (found.length > 0) {
      throw accessDenied();
    }
  }
}
