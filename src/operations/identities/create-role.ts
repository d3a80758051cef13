import { ROLE_ACCOUNT_PREFIX } from '../../auth/role-session.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction, type TenantRef } from '../access/authorize-action.js';
import { type BoundaryReference, boundaryColumns, boundaryNamed } from '../access/permissions-boundary.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import type { PolicyReference } from '../policies/find-policy.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { validatePath } from './entity-path.js';
import { lockRole, type RoleInfo } from './find-role.js';
import { newCanonicalId, validateText } from './identity-input.js';
import { readTrustPolicy, validateRoleName, validateSessionLength } from './role-input.js';
import { validateUserTags } from './user-tags.js';

export interface CreateRoleInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: string;
  /** `/` when absent. */
  path?: string | undefined;
  description?: string | undefined;
  /** Who may assume it, as text or as what JSON makes of it. */
  trustPolicy: string | object;
  /** One hour when absent. */
  maxSessionSeconds?: number | undefined;
  tags?: Record<string, string> | undefined;
  /** The name of the policy that limits whatever is attached to it; none when absent. */
  boundary?: PolicyReference | undefined;
}

/** As many as one tenant has. */
const mostRoles = 1000;

const lockTenant = statement('lock_tenant_of_roles', 'SELECT 1 FROM tenant WHERE id = $1 FOR NO KEY UPDATE');
const countRoles = statement(
  'count_roles_of_tenant',
  'SELECT count(*)::int AS count FROM assumable_role WHERE tenant_id = $1',
);
const insertAccount = statement(
  'insert_role_account',
  `INSERT INTO user_account (tenant_id, kind, username, role, display_name, canonical_id, path, tags,
     boundary_policy_id, boundary_builtin)
   VALUES ($1, 'ROLE', $2, 'MEMBER', $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id`,
);
const insertRole = statement(
  'insert_role',
  `INSERT INTO assumable_role (user_id, tenant_id, name, description, trust_policy, max_session_seconds)
   VALUES ($1, $2, $3, $4, $5, $6)`,
);

/** Makes a role. It may do nothing until it has policies, and nobody assumes it but whom its trust policy names. */
export async function createRole(context: RequestContext, input: CreateRoleInput): Promise<RoleInfo> {
  const tenant = await resolveTenant(context, input.tenant);
  const { name, maxSessionSeconds = 3600, description = '' } = input;
  authorizeAction(context, 'granary:CreateRole', { tenant, kind: 'role', name });
  if (input.boundary !== undefined) {
    authorizeAction(context, 'granary:PutPermissionsBoundary', { tenant, kind: 'role', name });
  }
  validate(input);
  const { document } = readTrustPolicy(input.trustPolicy);
  return context.granary.database.transaction(async (tx) => {
    await requireFewer(tx, tenant);
    const boundary = await boundaryNamed(tx, tenant, input.boundary);
    const id = await insertAccountOf(tx, tenant, { input, boundary });
    await tx.query(insertRole, [id, tenant.id, name, description, JSON.stringify(document), maxSessionSeconds]);
    const details = { role: name, trustPolicy: document, maxSessionSeconds, boundary: boundary?.name };
    await recordEvent(tx, context, { action: 'granary:CreateRole', tenantId: tenant.id, details });
    return lockRole(tx, tenant, { name, field: 'name' });
  });
}

function validate({ name, path, description, maxSessionSeconds, tags }: CreateRoleInput): void {
  validateRoleName(name);
  validatePath(path ?? '/');
  validateText(description ?? '', 'description');
  validateUserTags(tags ?? {});
  if (maxSessionSeconds !== undefined) {
    validateSessionLength(maxSessionSeconds);
  }
}

async function requireFewer(tx: Queryable, tenant: TenantRef): Promise<void> {
  // Whoever counts at the same time waits, and counts what this one makes.
  await tx.query(lockTenant, [tenant.id]);
  const [roles] = await tx.query<{ count: number }>(countRoles, [tenant.id]);
  if ((roles?.count ?? 0) >= mostRoles) {
    throw new GranaryError('QuotaExceeded', `A tenant has at most ${mostRoles} roles.`, {
      reason: 'LimitExceeded',
      field: ['input', 'name'],
    });
  }
}

async function insertAccountOf(
  tx: Queryable,
  tenant: TenantRef,
  { input, boundary }: { input: CreateRoleInput; boundary: BoundaryReference },
): Promise<number> {
  const { name, path = '/', tags = {} } = input;
  const names = [`${ROLE_ACCOUNT_PREFIX}${name}`, name, newCanonicalId(), path, JSON.stringify(tags)];
  const [account] = await tx.query<{ id: number }>(insertAccount, [tenant.id, ...names, ...boundaryColumns(boundary)]);
  if (account === undefined) {
    throw new GranaryError('Conflict', `The role ${name} exists already.`, {
      reason: 'EntityAlreadyExists',
      field: ['input', 'name'],
    });
  }
  return account.id;
}
