import type { Role, UserCaller } from './caller.js';
import { type NamedDocument, type Narrowing, narrowCaller } from './narrow-caller.js';
import { builtinPolicies, builtinPolicy, isBuiltinPolicy, policyOfRole } from './policy/builtin-policies.js';
import { type Policy, parsePolicy } from './policy/parse-policy.js';

const groupsOfUser = '(SELECT m.group_id FROM user_group_member m WHERE m.user_id = u.id)';

/** Of `user_account u` joined with `tenant t`: all that {@link toUserCaller} needs. */
export const callerColumns = `
  u.id AS "userId", u.username, u.display_name AS "displayName", u.canonical_id AS "canonicalId", u.role, u.tags,
  u.kind, u.path,
  CASE WHEN num_nonnulls(u.boundary_policy_id, u.boundary_builtin) = 1 THEN jsonb_build_object(
    'builtin', u.boundary_builtin, 'name', (SELECT p.name FROM policy p WHERE p.id = u.boundary_policy_id),
    'document', (SELECT p.document FROM policy p WHERE p.id = u.boundary_policy_id)) END AS boundary,
  u.tenant_id AS "tenantId", t.name AS "tenantName",
  ARRAY(SELECT g.name FROM user_group g WHERE g.id IN ${groupsOfUser} ORDER BY g.name) AS groups,
  ARRAY(
    SELECT jsonb_build_object('name', p.name, 'builtin', a.builtin, 'document', p.document, 'group', g.name)
    FROM policy_attachment a LEFT JOIN policy p ON p.id = a.policy_id LEFT JOIN user_group g ON g.id = a.group_id
    WHERE a.user_id = u.id OR a.group_id IN ${groupsOfUser}
    UNION ALL
    SELECT jsonb_build_object('name', i.name, 'document', i.document, 'group', g.name)
    FROM inline_policy i LEFT JOIN user_group g ON g.id = i.group_id
    WHERE i.user_id = u.id OR i.group_id IN ${groupsOfUser}
  ) AS policies`;

/** Of `access_key k`: what {@link narrowToKey} needs. */
export const narrowingColumns = `
  k.session_policy AS "sessionPolicy", k.inherited_policies AS "inheritedPolicies",
  ARRAY(
    SELECT jsonb_build_object('name', p.name, 'builtin', a.builtin, 'document', p.document)
    FROM policy_attachment a LEFT JOIN policy p ON p.id = a.policy_id WHERE a.access_key_id = k.id
  ) AS "keyPolicies"`;

/** Written out, as the entities' folder is none of this one's. */
type AccountKind = 'USER' | 'ROLE';

/** A policy as it is attached: a row's document, or the name of a built-in one. */
export interface AttachedPolicy {
  name: string | null;
  builtin?: string | null;
  document: object | null;
  group?: string | null;
}

export interface CallerRow {
  userId: number;
  username: string;
  displayName: string;
  canonicalId: string;
  role: Role;
  tags: Record<string, string>;
  kind: AccountKind;
  path: string;
  boundary: AttachedPolicy | null;
  tenantId: number;
  tenantName: string;
  groups: string[];
  policies: AttachedPolicy[];
}

export interface NarrowingRow {
  sessionPolicy: object | null;
  inheritedPolicies: Narrowing[];
  keyPolicies: AttachedPolicy[];
}

/**
 * The caller that a row of {@link callerColumns} stands for, without the narrowing of a key or a session. A role has
 * what is attached to it, and nothing else.
 */
export function toUserCaller(row: CallerRow): UserCaller {
  const { userId, username, displayName, canonicalId, role, tags, path, tenantId, tenantName, groups } = row;
  const user = { userId, username, displayName, canonicalId, role, tags, path, tenantId, tenantName, groups };
  const own = row.kind === 'USER' ? [builtinPolicy(policyOfRole[role])] : [];
  const policies = [...own, ...row.policies.map(toPolicy)];
  const boundary = row.boundary === null ? {} : { boundary: toPolicy(row.boundary) };
  return { kind: 'user', ...user, policies, ...boundary, sessionPolicies: [] };
}

/** The caller with no more rights than its access key has. */
export function narrowToKey(caller: UserCaller, { sessionPolicy, inheritedPolicies, keyPolicies }: NarrowingRow) {
  return narrowCaller(caller, [
    ...inheritedPolicies,
    ...(keyPolicies.length === 0 ? [] : [keyPolicies.map(toNamedDocument)]),
    ...(sessionPolicy === null ? [] : [[{ name: 'session policy', document: sessionPolicy }]]),
  ]);
}

/** What explanations call a policy says through which group the user has it. */
export function toPolicy(attached: AttachedPolicy): Policy {
  if (attached.builtin != null && isBuiltinPolicy(attached.builtin) && attached.group == null) {
    return builtinPolicy(attached.builtin);
  }
  const { name, document } = toNamedDocument(attached);
  return parsePolicy(document, {
    kind: 'identity',
    name: attached.group == null ? name : `group/${attached.group}/${name}`,
  });
}

function toNamedDocument({ name, builtin, document }: AttachedPolicy): NamedDocument {
  if (builtin != null && isBuiltinPolicy(builtin)) {
    return { name: builtin, document: builtinPolicies[builtin].document };
  }
  if (name === null || document === null) {
    // Fails closed: what was attached may have denied something.
    throw new Error(`The built-in policy ${builtin} is not known to this version.`);
  }
  return { name, document };
}
