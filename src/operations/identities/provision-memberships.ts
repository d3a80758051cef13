import { type Queryable, statement } from '../../database/database.js';
import type { UserOrigin } from '../../entities/enums.js';

/** What a source gives a user beside its role, by names in its tenant. */
export interface GivenMemberships {
  userId: number;
  tenantId: number;
  source: UserOrigin;
  groups: readonly string[];
  policies: readonly string[];
}

/** What was not so before. */
export interface MembershipChange {
  joined: string[];
  left: string[];
  attached: string[];
  detached: string[];
}

const leaveGroups = statement(
  'leave_provisioned_groups',
  `DELETE FROM user_group_member m USING user_group g
   WHERE g.id = m.group_id AND m.user_id = $1 AND m.source = $2 AND NOT g.name = ANY ($3) RETURNING g.name`,
);
const joinGroups = statement(
  'join_provisioned_groups',
  `WITH joined AS (
     INSERT INTO user_group_member (group_id, user_id, source)
     SELECT id, $1, $2 FROM user_group WHERE tenant_id = $4 AND name = ANY ($3)
     ON CONFLICT DO NOTHING RETURNING group_id)
   SELECT g.name FROM joined JOIN user_group g ON g.id = joined.group_id ORDER BY g.name`,
);
const detachPolicies = statement(
  'detach_provisioned_policies',
  `DELETE FROM policy_attachment a USING policy p
   WHERE p.id = a.policy_id AND a.user_id = $1 AND a.source = $2 AND NOT p.name = ANY ($3) RETURNING p.name`,
);
const attachPolicies = statement(
  'attach_provisioned_policies',
  `WITH attached AS (
     INSERT INTO policy_attachment (policy_id, user_id, source)
     SELECT id, $1, $2 FROM policy WHERE tenant_id = $4 AND name = ANY ($3)
     ON CONFLICT DO NOTHING RETURNING policy_id)
   SELECT p.name FROM attached JOIN policy p ON p.id = attached.policy_id ORDER BY p.name`,
);

/**
 * Puts a user into the groups and attaches the policies that its source gives it, and takes back what the source gave
 * before. What people gave here stays; names that the tenant does not have give nothing.
 */
export async function provisionMemberships(tx: Queryable, given: GivenMemberships): Promise<MembershipChange> {
  const { userId, source, tenantId, groups, policies } = given;
  const names = async (query: ReturnType<typeof statement>, values: unknown[]): Promise<string[]> =>
    (await tx.query<{ name: string }>(query, values)).map(({ name }) => name);
  return {
    left: await names(leaveGroups, [userId, source, groups]),
    joined: await names(joinGroups, [userId, source, groups, tenantId]),
    detached: await names(detachPolicies, [userId, source, policies]),
    attached: await names(attachPolicies, [userId, source, policies, tenantId]),
  };
}
