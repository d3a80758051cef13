import { statement } from '../../database/database.js';
import { requireUser } from '../access/authorize.js';
import { authorizeAction } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { findPolicy, noSuchPolicy, type PolicyReference } from './find-policy.js';

/** Who has a policy, or is limited by it. */
export interface PolicyEntity {
  readonly kind: 'group' | 'role' | 'user';
  readonly name: string;
  readonly id: string;
}

export interface PolicyEntitiesInput {
  policy: PolicyReference;
  kinds: readonly PolicyEntity['kind'][];
  usage: 'permissions' | 'boundary' | 'any';
  pathPrefix: string;
  /** `kind/name` of the last that the client has. */
  after: string;
  limit: number;
}

const listEntities = statement(
  'list_policy_entities',
  `SELECT e.kind, e.name, e.id FROM (
     SELECT 'group' AS kind, g.name, g.id::text AS id, g.path FROM policy_attachment a JOIN user_group g ON g.id = a.group_id
     WHERE g.tenant_id = $1 AND (a.policy_id = $2 OR a.builtin = $3) AND $4 <> 'boundary'
     UNION
     SELECT lower(u.kind), CASE u.kind WHEN 'ROLE' THEN substr(u.username, 6) ELSE u.username END, u.canonical_id, u.path
     FROM user_account u WHERE u.tenant_id = $1 AND (
       ($4 <> 'boundary' AND EXISTS (
         SELECT FROM policy_attachment a WHERE a.user_id = u.id AND (a.policy_id = $2 OR a.builtin = $3)))
       OR ($4 <> 'permissions' AND (u.boundary_policy_id = $2 OR u.boundary_builtin = $3)))
   ) e WHERE e.kind = ANY ($5) AND starts_with(e.path, $6) AND (e.kind || '/' || e.name) COLLATE "C" > $7
   ORDER BY (e.kind || '/' || e.name) COLLATE "C" LIMIT $8`,
);
const countBoundariesByName = statement(
  'count_boundaries_by_name',
  `SELECT COALESCE(p.name, u.boundary_builtin) AS name, count(*)::int AS count FROM user_account u
   LEFT JOIN policy p ON p.id = u.boundary_policy_id
   WHERE u.tenant_id = $1 AND COALESCE(p.name, u.boundary_builtin) = ANY ($2) GROUP BY 1`,
);

/** The users, groups and roles of the caller's tenant that have a policy, by kind and name. */
export async function listPolicyEntities(
  context: RequestContext,
  input: PolicyEntitiesInput,
): Promise<{ entities: PolicyEntity[]; truncated: boolean }> {
  const tenant = listing(context);
  const { database } = context.granary;
  const policy = await findPolicy(database, tenant, input.policy);
  if (policy === undefined) {
    throw noSuchPolicy('policy');
  }
  const named = policy.id === null ? [null, policy.name] : [policy.id, null];
  const { usage, kinds, pathPrefix, after, limit } = input;
  const values = [tenant.id, ...named, usage, kinds, pathPrefix, after, limit + 1];
  const found = await database.query<PolicyEntity>(listEntities, values);
  return { entities: found.slice(0, limit), truncated: found.length > limit };
}

/** Of how many users and roles of the caller's tenant each policy is the boundary, in the order of the names. */
export async function countBoundaries(context: RequestContext, names: readonly string[]): Promise<number[]> {
  const { id } = listing(context);
  const rows = await context.granary.database.query<{ name: string; count: number }>(countBoundariesByName, [
    id,
    names,
  ]);
  const counts = new Map(rows.map((row) => [row.name, row.count]));
  return names.map((each) => counts.get(each) ?? 0);
}

function listing(context: RequestContext): { id: number; name: string } {
  const { tenantId: id, tenantName: name } = requireUser(context);
  authorizeAction(context, 'granary:ListPolicies', { tenant: { id, name }, kind: 'tenant', name });
  return { id, name };
}
