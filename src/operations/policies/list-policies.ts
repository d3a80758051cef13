import { builtinPolicies } from '../../auth/policy/builtin-policies.js';
import { ManagedPolicy } from '../../entities/index.js';
import { authorizeAction, mayAct, type TenantRef } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { within } from '../identities/entity-path.js';
import { beyond, nearestFirst, type PageRequest, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { builtinInfo, findPolicy, type PolicyInfo, type PolicyReference } from './find-policy.js';

export interface PoliciesOf {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
}

/** The policies that a tenant made, by name; the built-in ones are not among them. */
export async function listPolicies(
  context: RequestContext,
  input: PoliciesOf & PageRequest & { pathPrefix?: string | undefined },
): Promise<{ policies: PolicyInfo[]; truncated: boolean }> {
  const tenant = await tenantOf(context, input);
  const found = await context.granary.database.orm.em
    .fork()
    .find(
      ManagedPolicy,
      { tenant: tenant.id, ...within(input.pathPrefix), ...beyond('name', input) },
      { orderBy: { name: nearestFirst(input) }, limit: input.limit + 1 },
    );
  const { items, truncated } = toPage(found, input);
  return { policies: items.map(toPolicyInfo), truncated };
}

/** How many policies {@link listPolicies} has in all. */
export async function countPolicies(context: RequestContext, input: PoliciesOf): Promise<number> {
  const tenant = await tenantOf(context, input);
  return context.granary.database.orm.em.fork().count(ManagedPolicy, { tenant: tenant.id });
}

/** The policy that a tenant knows by this name, built-in ones too; null when there is none. */
export async function getPolicy(
  context: RequestContext,
  input: PoliciesOf & { name: PolicyReference },
): Promise<PolicyInfo | null> {
  const tenant = await tenantOf(context, input);
  return (await findPolicy(context.granary.database, tenant, input.name)) ?? null;
}

/** The policies that are there in every tenant. */
export function listBuiltinPolicies(): PolicyInfo[] {
  return Object.keys(builtinPolicies).flatMap((name) => builtinInfo(name) ?? []);
}

/** Policies in the order of the ids; null for those of tenants whose policies the caller may not read. */
export async function loadManagedPoliciesById(
  context: RequestContext,
  ids: readonly number[],
): Promise<(PolicyInfo | null)[]> {
  const found = await context.granary.database.orm.em
    .fork()
    .find(ManagedPolicy, { id: { $in: [...ids] } }, { populate: ['tenant'] });
  const visible = found.filter(({ tenant: { id, name } }) =>
    mayAct(context, 'granary:ListPolicies', { tenant: { id, name }, kind: 'tenant', name }),
  );
  const byId = new Map(visible.map((policy) => [policy.id, toPolicyInfo(policy)]));
  return ids.map((id) => byId.get(id) ?? null);
}

export function toPolicyInfo(policy: ManagedPolicy): PolicyInfo {
  const { tenant, id, name, path, description, tags, document, defaultVersion, createdAt, updatedAt } = policy;
  return { id, tenantId: tenant.id, name, path, description, tags, document, defaultVersion, createdAt, updatedAt };
}

async function tenantOf(context: RequestContext, input: PoliciesOf): Promise<TenantRef> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:ListPolicies', { tenant, kind: 'tenant', name: tenant.name });
  return tenant;
}
