import { policyOfRole } from '../../auth/policy/builtin-policies.js';
import { statement } from '../../database/database.js';
import type { Role } from '../../entities/enums.js';
import { requireUser } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import { type GroupInfo, groupColumns } from '../identities/find-group.js';
import { maySeeUsers } from '../identities/load-identities-by-id.js';
import { builtinInfo, type PolicyInfo, policyColumns, unmanaged } from './find-policy.js';
import type { InlinePolicyInfo } from './inline-policies.js';

/** Who has policies. */
export type PolicyHolder = 'user' | 'group' | 'accessKey';

/** A policy that a user has, and how it came by it. */
export interface EffectivePolicy {
  name: string;
  document: object;
  source: 'ROLE' | 'USER' | 'USER_INLINE' | 'GROUP' | 'GROUP_INLINE';
  /** The group that has it; null when the user has it itself. */
  group: string | null;
}

/** A caller reaches its own tenant; a null stands for all of them. */
const reachable = '($2::bigint IS NULL OR x.tenant_id = $2)';

const attachedTo = {
  user: statement('load_user_policies', attachedQuery('user_id', 'user_account x ON x.id = a.user_id')),
  group: statement('load_group_policies', attachedQuery('group_id', 'user_group x ON x.id = a.group_id')),
  accessKey: statement(
    'load_key_policies',
    attachedQuery('access_key_id', 'access_key k ON k.id = a.access_key_id JOIN user_account x ON x.id = k.user_id'),
  ),
} as const;

const inlineOf = {
  user: statement('load_user_inline_policies', inlineQuery('user_id', 'user_account')),
  group: statement('load_group_inline_policies', inlineQuery('group_id', 'user_group')),
} as const;

const findGroups = statement(
  'load_user_groups',
  `SELECT m.user_id AS holder, ${groupColumns} FROM user_group_member m JOIN user_group g ON g.id = m.group_id
   JOIN user_account x ON x.id = m.user_id WHERE m.user_id = ANY ($1) AND ${reachable} ORDER BY g.name`,
);

const findEffective = statement(
  'load_effective_policies',
  `SELECT x.id AS holder, e.* FROM user_account x CROSS JOIN LATERAL (
     SELECT x.role, NULL AS name, NULL AS builtin, NULL::json AS document, NULL AS "group", false AS inline
     UNION ALL
     SELECT NULL, p.name, a.builtin, p.document, g.name, false FROM policy_attachment a
       LEFT JOIN policy p ON p.id = a.policy_id LEFT JOIN user_group g ON g.id = a.group_id
     WHERE a.user_id = x.id OR a.group_id IN (SELECT m.group_id FROM user_group_member m WHERE m.user_id = x.id)
     UNION ALL
     SELECT NULL, i.name, NULL, i.document, g.name, true FROM inline_policy i LEFT JOIN user_group g ON g.id = i.group_id
     WHERE i.user_id = x.id OR i.group_id IN (SELECT m.group_id FROM user_group_member m WHERE m.user_id = x.id)
   ) e WHERE x.id = ANY ($1) AND ${reachable} ORDER BY e.role NULLS LAST, e.name, e.builtin`,
);

function attachedQuery(column: string, holders: string): string {
  return `SELECT a.${column} AS holder, a.builtin, ${policyColumns} FROM policy_attachment a JOIN ${holders}
    LEFT JOIN policy p ON p.id = a.policy_id WHERE a.${column} = ANY ($1) AND ${reachable}
    ORDER BY COALESCE(p.name, a.builtin)`;
}

function inlineQuery(column: string, table: string): string {
  return `SELECT i.${column} AS holder, i.name, i.document FROM inline_policy i JOIN ${table} x ON x.id = i.${column}
    WHERE i.${column} = ANY ($1) AND ${reachable} ORDER BY i.name`;
}

type Id = number | string;

/** Policies that are attached to each holder, in the order of the ids. Whoever asks has the holders already. */
export async function loadAttachedPolicies(
  context: RequestContext,
  holder: PolicyHolder,
  ids: readonly Id[],
): Promise<PolicyInfo[][]> {
  type Row = { holder: Id; builtin: string | null } & PolicyInfo;
  const rows = await context.granary.database.query<Row>(attachedTo[holder], [ids, reach(context)]);
  return grouped(ids, rows, ({ builtin, holder: _, ...row }) => (builtin === null ? row : builtinNamed(builtin)));
}

/** Policies of each user's or group's own, in the order of the ids. */
export async function loadInlinePolicies(
  context: RequestContext,
  holder: 'user' | 'group',
  ids: readonly number[],
): Promise<InlinePolicyInfo[][]> {
  type Row = { holder: Id } & InlinePolicyInfo;
  const rows = await context.granary.database.query<Row>(inlineOf[holder], [ids, reach(context)]);
  return grouped(ids, rows, ({ name, document }) => ({ name, document }));
}

/** The groups of each user, in the order of the ids. */
export async function loadGroupsOfUsers(context: RequestContext, ids: readonly number[]): Promise<GroupInfo[][]> {
  type Row = { holder: Id } & GroupInfo;
  const rows = await context.granary.database.query<Row>(findGroups, [ids, reach(context)]);
  return grouped(ids, rows, ({ holder: _, ...group }) => group);
}

/** All that each user has, by its role, itself and its groups, in the order of the ids. */
export async function loadEffectivePolicies(
  context: RequestContext,
  ids: readonly number[],
): Promise<EffectivePolicy[][]> {
  const rows = await context.granary.database.query<EffectiveRow>(findEffective, [ids, reach(context)]);
  return grouped(ids, rows, toEffective);
}

/** Whether the caller may see what a user has: its own, or that of all users. */
export function maySeePoliciesOf(context: RequestContext, userId: number): boolean {
  const { caller } = context;
  return caller.kind === 'user' && (caller.userId === userId || maySeeUsers(context));
}

interface EffectiveRow {
  holder: Id;
  role: Role | null;
  name: string | null;
  builtin: string | null;
  document: object | null;
  group: string | null;
  inline: boolean;
}

function toEffective({ role, name, builtin, document, group, inline }: EffectiveRow): EffectivePolicy {
  const builtinName = role === null ? builtin : policyOfRole[role];
  if (builtinName !== null) {
    const { document: text } = builtinNamed(builtinName);
    const source = role === null ? (group === null ? 'USER' : 'GROUP') : 'ROLE';
    return { name: builtinName, document: text, source, group };
  }
  const source = group === null ? 'USER' : 'GROUP';
  return { name: name ?? '', document: document ?? {}, source: inline ? `${source}_INLINE` : source, group };
}

/** A name that this version does not know shows as an empty policy. */
function builtinNamed(name: string): PolicyInfo {
  return builtinInfo(name) ?? { ...unmanaged, name, description: '', document: {} };
}

function grouped<Row extends { holder: Id }, Item>(
  ids: readonly Id[],
  rows: Row[],
  convert: (row: Row) => Item,
): Item[][] {
  const byHolder = Map.groupBy(rows, ({ holder }) => holder);
  return ids.map((id) => (byHolder.get(id) ?? []).map(convert));
}

function reach(context: RequestContext): number | null {
  const caller = requireUser(context);
  return caller.role === 'ADMINISTRATOR' ? null : caller.tenantId;
}
