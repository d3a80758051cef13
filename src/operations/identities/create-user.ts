import { hashPassword } from '../../auth/password.js';
import { builtinPolicy, policyOfRole } from '../../auth/policy/builtin-policies.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Role } from '../../entities/enums.js';
import { User } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { accessDenied } from '../access/authorize.js';
import { authorizeAction } from '../access/authorize-action.js';
import { requireGrantable } from '../access/grant-limits.js';
import { mayManage } from '../access/identity-access.js';
import { boundaryColumns, boundaryNamed } from '../access/permissions-boundary.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary, RequestContext } from '../context.js';
import type { PolicyReference } from '../policies/find-policy.js';
import { requireGoodPassword } from '../sign-in/store-password.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { requireRoom } from '../tenants/tenant-room.js';
import { validatePath } from './entity-path.js';
import {
  newCanonicalId,
  validateCanonicalId,
  validateEmail,
  validateText,
  validateUsername,
} from './identity-input.js';
import { validateUserTags } from './user-tags.js';

export interface CreateUserInput {
  /** The caller's own when absent; only administrators may name another. */
  tenant?: string | undefined;
  username: string;
  /** Who has none cannot sign in, only use access keys. */
  password?: string | undefined;
  /** Whether the first sign-in has to choose another one; false when absent. */
  mustChangePassword?: boolean | undefined;
  /** `MEMBER` when absent. */
  role?: Role | undefined;
  /** The username when absent. */
  displayName?: string | undefined;
  email?: string | undefined;
  /** None when absent. */
  tags?: Record<string, string> | undefined;
  /** Where in the tenant it belongs; `/` when absent. */
  path?: string | undefined;
  /** The name of the policy that limits whatever it has; none when absent. */
  boundary?: PolicyReference | undefined;
  /** Random when absent; only administrators may give one. */
  canonicalId?: string | undefined;
}

const insertUser = statement(
  'insert_user',
  `INSERT INTO user_account (tenant_id, username, password_hash, role, display_name, email, canonical_id,
     must_change_password, password_changed_at, tags, path, boundary_policy_id, boundary_builtin)
   VALUES ($1, $2, $3::text, $4, $5, $6, $7, $8, CASE WHEN $3::text IS NOT NULL THEN now() END, $9, $10, $11, $12)
   ON CONFLICT DO NOTHING
   RETURNING id, tenant_id, username, role, display_name, email, canonical_id, disabled, source, kind, path, tags, created_at, last_sign_in_at,
     password_changed_at, must_change_password`,
);
const isUsernameTaken = statement(
  'is_username_taken',
  'SELECT 1 AS taken FROM user_account WHERE tenant_id = $1 AND username = $2',
);
const isCanonicalId = statement(
  'is_canonical_id_of_tenant',
  'SELECT 1 AS taken FROM user_account WHERE tenant_id = $1 AND canonical_id = $2',
);

/** Creates a user in a tenant; for administrators and, in their own tenant, for tenant administrators. */
export async function createUser(context: RequestContext, input: CreateUserInput): Promise<User> {
  const role = input.role ?? 'MEMBER';
  const tenant = await resolveTenant(context, input.tenant);
  const caller = authorizeAction(context, 'granary:CreateUser', { tenant, kind: 'user', name: input.username });
  if (!mayManage(caller, role) || (input.canonicalId !== undefined && caller.role !== 'ADMINISTRATOR')) {
    throw accessDenied();
  }
  requireGrantable(caller, [builtinPolicy(policyOfRole[role])]);
  if (input.boundary !== undefined) {
    authorizeAction(context, 'granary:PutPermissionsBoundary', { tenant, kind: 'user', name: input.username });
  }
  validate(context.granary, input);
  const passwordHash = input.password === undefined ? null : await hashPassword(input.password);
  const canonicalId = input.canonicalId ?? newCanonicalId();
  const displayName = input.displayName || input.username;
  const { database } = context.granary;
  const row = await database.transaction(async (tx) => {
    await requireRoom(tx, tenant.id, 'users');
    // Who is named by its canonical id must not turn out to be somebody else.
    if ((await tx.query(isCanonicalId, [tenant.id, input.username])).length > 0) {
      throw userExists('username');
    }
    const names = [displayName, input.email || null, canonicalId];
    const values = [tenant.id, input.username, passwordHash, role, ...names, input.mustChangePassword ?? false];
    const tags = JSON.stringify(input.tags ?? {});
    const boundary = await boundaryNamed(tx, tenant, input.boundary);
    const limits = boundaryColumns(boundary);
    const rest = [tags, input.path ?? '/', ...limits];
    const [created] = await tx.query<{ id: number }>(insertUser, [...values, ...rest]);
    if (created === undefined) {
      throw await whatExists(tx, tenant.id, input.username);
    }
    const details = { username: input.username, role, path: input.path, boundary: boundary?.name };
    await recordEvent(tx, context, { action: 'granary:CreateUser', tenantId: tenant.id, details });
    return created;
  });
  return database.orm.em.fork().map(User, row);
}

function validate(granary: Granary, input: CreateUserInput): void {
  validateUsername(input.username);
  if (input.password !== undefined) {
    requireGoodPassword(granary, { username: input.username, password: input.password, field: 'password' });
  }
  if (input.displayName) {
    validateText(input.displayName, 'displayName');
  }
  if (input.email) {
    validateEmail(input.email);
  }
  validatePath(input.path ?? '/');
  if (input.tags !== undefined) {
    validateUserTags(input.tags);
  }
  if (input.canonicalId !== undefined) {
    validateCanonicalId(input.canonicalId);
  }
}

async function whatExists(tx: Queryable, tenantId: number, username: string): Promise<GranaryError> {
  const taken = await tx.query(isUsernameTaken, [tenantId, username]);
  return userExists(taken.length > 0 ? 'username' : 'canonicalId');
}

function userExists(field: 'username' | 'canonicalId'): GranaryError {
  return new GranaryError(
    'Conflict',
    `A user with this ${field === 'username' ? 'name' : 'canonical id'} exists already.`,
    {
      reason: 'UserAlreadyExists',
      field: ['input', field],
    },
  );
}
