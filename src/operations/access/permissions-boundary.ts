import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import {
  findPolicy,
  lockPolicy,
  noSuchPolicy,
  type PolicyInfo,
  type PolicyReference,
  parsedPolicy,
} from '../policies/find-policy.js';
import { resolvePolicyTarget } from '../policies/policy-target.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { requireUser } from './authorize.js';
import type { TenantRef } from './authorize-action.js';
import { requireGrantable } from './grant-limits.js';
import { announceUserChange, refuseStronger } from './identity-access.js';

/** The policy that is a boundary; undefined for none. */
export type BoundaryReference = Pick<PolicyInfo, 'id' | 'name'> | undefined;

export interface PermissionsBoundaryInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  /** Either this or `role`. */
  username?: string | undefined;
  role?: string | undefined;
  /** The name of a policy of the tenant, or of a built-in one; null removes the boundary. */
  policy: PolicyReference | null;
}

const update = statement(
  'set_permissions_boundary',
  'UPDATE user_account SET boundary_policy_id = $2, boundary_builtin = $3 WHERE id = $1',
);
const hasBoundary = statement(
  'has_permissions_boundary',
  `SELECT 1 AS found FROM user_account WHERE id = $1 AND num_nonnulls(boundary_policy_id, boundary_builtin) = 1`,
);

/**
 * Sets what limits a user or a role: it may do only what this policy allows too, whatever else allows it. Removing a
 * boundary, or putting another in its place, can let somebody do more: whoever does that may do no less itself.
 */
export async function setPermissionsBoundary(context: RequestContext, input: PermissionsBoundaryInput): Promise<void> {
  const tenant = await resolveTenant(context, input.tenant);
  const { username, role, policy } = input;
  const { database, credentials } = context.granary;
  const id = await database.transaction(async (tx) => {
    const target = { username, role };
    const asked = { action: 'granary:PutPermissionsBoundary', tenant, target } as const;
    const { affectedUserId: accountId } = await resolvePolicyTarget(tx, context, asked);
    if (accountId === null) {
      throw new GranaryError('Internal', 'A boundary belongs to one account.');
    }
    refuseSelf(context, accountId);
    const boundary = await boundaryNamed(tx, tenant, policy ?? undefined);
    await refuseWidening(tx, context, { accountId, boundary });
    await tx.query(update, [accountId, ...boundaryColumns(boundary)]);
    await announceUserChange(tx, accountId);
    const details = { username, role, policy: boundary?.name ?? null };
    await recordEvent(tx, context, { action: asked.action, tenantId: tenant.id, details });
    return accountId;
  });
  credentials.invalidate(id);
}

/** Locked, so that its document stays until the transaction ends; throws `NoSuchPolicy`. */
export async function boundaryNamed(
  tx: Queryable,
  tenant: TenantRef,
  reference: PolicyReference | undefined,
): Promise<PolicyInfo | undefined> {
  if (reference === undefined) {
    return undefined;
  }
  const policy = await findPolicy(tx, tenant, reference);
  if (policy === undefined) {
    throw noSuchPolicy('boundary');
  }
  return policy.id === null ? policy : lockPolicy(tx, tenant, reference);
}

/** The values of `boundary_policy_id` and `boundary_builtin`. */
export function boundaryColumns(boundary: BoundaryReference): [number | null, string | null] {
  return boundary === undefined ? [null, null] : [boundary.id, boundary.id === null ? boundary.name : null];
}

async function refuseWidening(
  tx: Queryable,
  context: RequestContext,
  { accountId, boundary }: { accountId: number; boundary: PolicyInfo | undefined },
): Promise<void> {
  if ((await tx.query(hasBoundary, [accountId])).length === 0) {
    return;
  }
  if (boundary === undefined) {
    await refuseStronger(context, accountId, tx);
  } else {
    requireGrantable(requireUser(context), [parsedPolicy(boundary)]);
  }
}

/** Nobody takes its own limits off. */
function refuseSelf(context: RequestContext, accountId: number): void {
  if (requireUser(context).userId === accountId) {
    throw new GranaryError('Denied', 'Nobody does this to itself.', { reason: 'AccessDenied' });
  }
}
