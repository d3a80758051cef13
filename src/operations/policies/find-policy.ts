import { builtinPolicies, builtinPolicy, isBuiltinPolicy } from '../../auth/policy/builtin-policies.js';
import { type Policy, parsePolicy } from '../../auth/policy/parse-policy.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { TenantRef } from '../access/authorize-action.js';
import { isEntityName } from './policy-input.js';

/** A policy of a tenant, or one that is built in. */
export interface PolicyInfo {
  /** Null for a built-in one. */
  readonly id: number | null;
  readonly tenantId: number | null;
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The number of the version that counts. */
  readonly defaultVersion: number;
  readonly document: object;
  /** Null for a built-in one. */
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
}

/** A policy by its name; with a path it is only that one if it is there, as ARNs name it. */
export type PolicyReference = string | { readonly name: string; readonly path: string };

export function nameOfPolicy(reference: PolicyReference): string {
  return typeof reference === 'string' ? reference : reference.name;
}

/** Of `policy p`. */
export const policyColumns = `
  p.id, p.tenant_id AS "tenantId", p.name, p.path, p.description, p.tags, p.document,
  p.default_version AS "defaultVersion", p.created_at AS "createdAt",
  p.updated_at AS "updatedAt"`;

const findByName = statement(
  'find_policy',
  `SELECT ${policyColumns} FROM policy p WHERE p.tenant_id = $1 AND p.name = $2`,
);
const lockByName = statement(
  'lock_policy',
  `SELECT ${policyColumns} FROM policy p WHERE p.tenant_id = $1 AND p.name = $2 FOR UPDATE`,
);

/** The policy that a tenant knows by this name; undefined when there is none. */
export async function findPolicy(
  tx: Queryable,
  tenant: TenantRef,
  reference: PolicyReference,
): Promise<PolicyInfo | undefined> {
  const name = nameOfPolicy(reference);
  const builtin = builtinInfo(name);
  if (builtin !== undefined) {
    return atPath(builtin, reference);
  }
  const [row] = isEntityName(name) ? await tx.query<PolicyInfo>(findByName, [tenant.id, name]) : [];
  return atPath(row, reference);
}

function atPath<Found extends PolicyInfo>(policy: Found | undefined, reference: PolicyReference): Found | undefined {
  return typeof reference === 'string' || policy?.path === reference.path ? policy : undefined;
}

/** The tenant's own policy, which nobody else changes until the transaction ends; throws `NoSuchPolicy`. */
export async function lockPolicy(
  tx: Queryable,
  tenant: TenantRef,
  reference: PolicyReference,
): Promise<PolicyInfo & { id: number }> {
  const name = nameOfPolicy(reference);
  if (isBuiltinPolicy(name)) {
    throw new GranaryError('Conflict', `The policy ${name} is built in and cannot be changed.`, {
      reason: 'UnmodifiableEntity',
      field: ['input', 'name'],
    });
  }
  const [row] = isEntityName(name) ? await tx.query<PolicyInfo & { id: number }>(lockByName, [tenant.id, name]) : [];
  const policy = atPath(row, reference);
  if (policy === undefined) {
    throw noSuchPolicy('name');
  }
  return policy;
}

/** What is known of a built-in policy; undefined when none has the name. */
export function builtinInfo(name: string): PolicyInfo | undefined {
  if (!isBuiltinPolicy(name)) {
    return undefined;
  }
  const { description, document } = builtinPolicies[name];
  return { ...unmanaged, name, description, document };
}

/** What is the same of all built-in policies. */
export const unmanaged = {
  ...{ id: null, tenantId: null, path: '/', tags: {}, defaultVersion: 1, createdAt: null, updatedAt: null },
};

/** A policy as the evaluator takes it; of the name of a built-in one none else is there. */
export function parsedPolicy({ name, document }: PolicyInfo): Policy {
  return isBuiltinPolicy(name) ? builtinPolicy(name) : parsePolicy(document, { kind: 'identity', name });
}

export function noSuchPolicy(field: string): GranaryError {
  return new GranaryError('NotFound', 'There is no such policy.', { reason: 'NoSuchPolicy', field: ['input', field] });
}
