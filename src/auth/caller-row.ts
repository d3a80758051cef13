import type { Role, UserCaller } from './caller.js';

/** Of `user_account u` joined with `tenant t`: all that {@link toUserCaller} needs. */
export const callerColumns = `
  u.id AS "userId", u.username, u.display_name AS "displayName", u.canonical_id AS "canonicalId", u.role,
  u.tenant_id AS "tenantId", t.name AS "tenantName",
  ARRAY(SELECT g.name FROM user_group_member m JOIN user_group g ON g.id = m.group_id
    WHERE m.user_id = u.id ORDER BY g.name) AS groups`;

export interface CallerRow {
  userId: number;
  username: string;
  displayName: string;
  canonicalId: string;
  role: Role;
  tenantId: number;
  tenantName: string;
  groups: string[];
}

/** The caller that a row of {@link callerColumns} stands for, without the narrowing of a key or a session. */
export function toUserCaller(row: CallerRow): UserCaller {
  const { userId, username, displayName, canonicalId, role, tenantId, tenantName, groups } = row;
  const user = { userId, username, displayName, canonicalId, role, tenantId, tenantName, groups };
  return { kind: 'user', ...user, policies: [], sessionPolicies: [] };
}
