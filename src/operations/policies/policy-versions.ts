import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { authorizeAction } from '../access/authorize-action.js';
import { announceTenantChange } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import {
  findPolicy,
  lockPolicy,
  nameOfPolicy,
  noSuchPolicy,
  type PolicyInfo,
  type PolicyReference,
} from './find-policy.js';
import { readDocument } from './policy-input.js';
import { addVersion, applyVersion, type PolicyVersionInfo } from './policy-version-rows.js';

export interface PolicyAddress {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: PolicyReference;
}

export type PolicyVersionAddress = PolicyAddress & { number: number };

const listRows = statement(
  'list_policy_versions',
  `SELECT v.number, v.document, v.number = p.default_version AS "isDefault", v.created_at AS "createdAt"
   FROM policy_version v JOIN policy p ON p.id = v.policy_id WHERE v.policy_id = $1 ORDER BY v.number DESC`,
);
const loadRows = statement(
  'load_policy_versions',
  `SELECT v.policy_id AS "policyId", v.number, v.document, v.number = p.default_version AS "isDefault",
     v.created_at AS "createdAt"
   FROM policy_version v JOIN policy p ON p.id = v.policy_id
   WHERE v.policy_id = ANY ($1) AND ($2::bigint IS NULL OR p.tenant_id = $2) ORDER BY v.number DESC`,
);
const findRow = statement(
  'find_policy_version',
  'SELECT document FROM policy_version WHERE policy_id = $1 AND number = $2',
);
const deleteRow = statement(
  'delete_policy_version',
  'DELETE FROM policy_version WHERE policy_id = $1 AND number = $2 RETURNING number',
);

/** The versions of a policy, the latest first. A built-in policy has one. */
export async function listPolicyVersions(
  context: RequestContext,
  { tenant: tenantName, name }: PolicyAddress,
): Promise<PolicyVersionInfo[]> {
  const tenant = await resolveTenant(context, tenantName);
  authorizeAction(context, 'granary:ListPolicies', { tenant, kind: 'tenant', name: tenant.name });
  const policy = await findPolicy(context.granary.database, tenant, name);
  if (policy === undefined) {
    throw noSuchPolicy('name');
  }
  return policy.id === null
    ? [onlyVersion(policy.document)]
    : context.granary.database.query<PolicyVersionInfo>(listRows, [policy.id]);
}

/** A policy that somebody has been shown. */
export type VersionedPolicy = Pick<PolicyInfo, 'id' | 'name' | 'document'>;

/** The versions of each policy, the latest first, in the order of the policies. Whoever asks has them already. */
export async function loadPolicyVersions(
  context: RequestContext,
  policies: readonly VersionedPolicy[],
): Promise<PolicyVersionInfo[][]> {
  const { role, tenantId } = requireUser(context);
  const values = [policies.map(({ id }) => id).filter((id) => id !== null), role === 'ADMINISTRATOR' ? null : tenantId];
  const rows = await context.granary.database.query<PolicyVersionInfo & { policyId: number }>(loadRows, values);
  const byPolicy = Map.groupBy(rows, ({ policyId }) => policyId);
  return policies.map(({ id, document }) => (id === null ? [onlyVersion(document)] : (byPolicy.get(id) ?? [])));
}

/** Of a built-in policy. */
function onlyVersion(document: object): PolicyVersionInfo {
  return { number: 1, document, isDefault: true, createdAt: null };
}

/** Adds a version to a policy. It counts at once when that is asked for, and otherwise for nobody yet. */
export async function createPolicyVersion(
  context: RequestContext,
  input: PolicyAddress & { document: string | object; asDefault: 'as default' | 'aside' },
): Promise<PolicyVersionInfo> {
  const name = nameOfPolicy(input.name);
  const read = readDocument(input.document, { kind: 'identity', name, field: 'document' });
  const isDefault = input.asDefault === 'as default';
  return changeVersions(context, input, async (tx, { id }) => {
    const number = await addVersion(tx, id, read.document);
    if (isDefault) {
      await applyVersion(tx, context, { policyId: id, number, read });
    }
    const details = { added: number, isDefault, document: read.document };
    return { details, result: { number, document: read.document, isDefault, createdAt: new Date() } };
  });
}

/** Makes an earlier or a later version the one that counts. */
export async function setDefaultPolicyVersion(context: RequestContext, input: PolicyVersionAddress): Promise<void> {
  const { number } = input;
  const name = nameOfPolicy(input.name);
  await changeVersions(context, input, async (tx, { id }) => {
    const [row] = await tx.query<{ document: object }>(findRow, [id, number]);
    if (row === undefined) {
      throw noSuchVersion();
    }
    const read = readDocument(row.document, { kind: 'identity', name, field: 'document' });
    await applyVersion(tx, context, { policyId: id, number, read });
    return { details: { defaultVersion: number, document: row.document }, result: undefined };
  });
}

/** Forgets a version that does not count. */
export async function deletePolicyVersion(context: RequestContext, input: PolicyVersionAddress): Promise<void> {
  const { number } = input;
  await changeVersions(context, input, async (tx, { id, defaultVersion }) => {
    if (number === defaultVersion) {
      throw new GranaryError('Conflict', 'This version counts. Set another as the default first.', {
        reason: 'DeleteConflict',
        field: ['input', 'number'],
      });
    }
    if ((await tx.query(deleteRow, [id, number])).length === 0) {
      throw noSuchVersion();
    }
    return { details: { deleted: number }, result: undefined };
  });
}

async function changeVersions<Result>(
  context: RequestContext,
  input: PolicyAddress,
  change: (
    tx: Queryable,
    policy: PolicyInfo & { id: number },
  ) => Promise<{ details: Record<string, unknown>; result: Result }>,
): Promise<Result> {
  const name = nameOfPolicy(input.name);
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:UpdatePolicy', { tenant, kind: 'policy', name });
  const { database, credentials } = context.granary;
  const result = await database.transaction(async (tx) => {
    const changed = await change(tx, await lockPolicy(tx, tenant, input.name));
    await announceTenantChange(tx, tenant.id);
    const details = { policy: name, ...changed.details };
    await recordEvent(tx, context, { action: 'granary:UpdatePolicy', tenantId: tenant.id, details });
    return changed.result;
  });
  credentials.invalidateTenant(tenant.id);
  return result;
}

function noSuchVersion(): GranaryError {
  return new GranaryError('NotFound', 'The policy has no such version.', {
    reason: 'NoSuchPolicyVersion',
    field: ['input', 'number'],
  });
}
