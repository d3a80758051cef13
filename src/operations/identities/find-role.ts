import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { TenantRef } from '../access/authorize-action.js';

/** A role: an account that nobody signs in as, and that is assumed for a while. */
export interface RoleInfo {
  /** Of its account. */
  readonly id: number;
  readonly tenantId: number;
  readonly tenantName: string;
  readonly name: string;
  readonly path: string;
  readonly description: string;
  /** Who may assume it. */
  readonly trustPolicy: object;
  readonly maxSessionSeconds: number;
  readonly canonicalId: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The name of the policy that is its permissions boundary. */
  readonly boundary: string | null;
  readonly boundaryPath: string | null;
  readonly createdAt: Date;
  /** When it was assumed last. */
  readonly lastUsedAt: Date | null;
}

/** Of {@link roleTables}. */
export const roleColumns = `
  r.user_id AS id, r.tenant_id AS "tenantId", t.name AS "tenantName", r.name, u.path, r.description,
  r.trust_policy AS "trustPolicy", r.max_session_seconds AS "maxSessionSeconds", u.canonical_id AS "canonicalId", u.tags,
  COALESCE((SELECT p.name FROM policy p WHERE p.id = u.boundary_policy_id), u.boundary_builtin) AS boundary,
  (SELECT p.path FROM policy p WHERE p.id = u.boundary_policy_id) AS "boundaryPath",
  u.created_at AS "createdAt", r.last_used_at AS "lastUsedAt"`;

export const roleTables = `
  assumable_role r JOIN user_account u ON u.id = r.user_id JOIN tenant t ON t.id = r.tenant_id`;

const namePattern = /^[\w+=,.@-]{1,64}$/;

const findByName = statement(
  'find_role',
  `SELECT ${roleColumns} FROM ${roleTables} WHERE r.tenant_id = $1 AND r.name = $2`,
);
const lockByName = statement(
  'lock_role',
  `SELECT ${roleColumns} FROM ${roleTables} WHERE r.tenant_id = $1 AND r.name = $2 FOR UPDATE OF r, u`,
);

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
export function isRoleName(name: string): boolean {
  return namePattern.test(name);
}

/** The role that a tenant knows by this name; undefined when there is none. */
export async function findRole(tx: Queryable, tenant: TenantRef, name: string): Promise<RoleInfo | undefined> {
  const [role] = isRoleName(name) ? await tx.query<RoleInfo>(findByName, [tenant.id, name]) : [];
  return role;
}

/** The same, which nobody else changes until the transaction ends; throws `NoSuchRole`. */
export async function lockRole(
  tx: Queryable,
  tenant: TenantRef,
  { name, field }: { name: string; field: string },
): Promise<RoleInfo> {
  const [role] = isRoleName(name) ? await tx.query<RoleInfo>(lockByName, [tenant.id, name]) : [];
  if (role === undefined) {
    throw noSuchRole(field);
  }
  return role;
}

export function noSuchRole(field: string): GranaryError {
  return new GranaryError('NotFound', 'There is no such role.', { reason: 'NoSuchRole', field: ['input', field] });
}
