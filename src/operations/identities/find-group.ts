import { type Queryable, statement } from '../../database/database.js';
import type { UserOrigin } from '../../entities/enums.js';
import { GranaryError } from '../../errors.js';
import type { TenantRef } from '../access/authorize-action.js';
import { isEntityName } from '../policies/policy-input.js';

export interface GroupInfo {
  readonly id: number;
  readonly tenantId: number;
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly source: UserOrigin;
  readonly createdAt: Date;
}

/** Of `user_group g`. */
export const groupColumns = `
  g.id, g.tenant_id AS "tenantId", g.name, g.path, g.description, g.source, g.created_at AS "createdAt"`;

const findByName = statement(
  'find_group',
  `SELECT ${groupColumns} FROM user_group g WHERE g.tenant_id = $1 AND g.name = $2 FOR UPDATE`,
);

/** The group of this name, which nobody else changes until the transaction ends; throws `NoSuchGroup`. */
export async function lockGroup(
  tx: Queryable,
  tenant: TenantRef,
  { name, field }: { name: string; field: string },
): Promise<GroupInfo> {
  const [group] = isEntityName(name) ? await tx.query<GroupInfo>(findByName, [tenant.id, name]) : [];
  if (group === undefined) {
    throw new GranaryError('NotFound', 'There is no such group.', { reason: 'NoSuchGroup', field: ['input', field] });
  }
  return group;
}
