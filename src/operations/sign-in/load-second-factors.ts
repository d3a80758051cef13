import { statement } from '../../database/database.js';
import type { RequestContext } from '../context.js';

const findUsers = statement(
  'find_users_with_second_factor',
  `SELECT f.user_id AS "userId" FROM second_factor f JOIN user_account u ON u.id = f.user_id
   WHERE f.user_id = ANY ($1::bigint[]) AND f.confirmed_at IS NOT NULL AND ($2::bigint IS NULL OR u.tenant_id = $2)`,
);

/** Whether users have a second factor in use, in the order of the ids. */
export async function loadSecondFactors(context: RequestContext, userIds: readonly number[]): Promise<boolean[]> {
  const { caller } = context;
  const tenantId = caller.kind === 'user' && caller.role === 'ADMINISTRATOR' ? null : caller.tenantId;
  const rows = await context.granary.database.query<{ userId: number }>(findUsers, [userIds, tenantId]);
  const found = new Set(rows.map((row) => row.userId));
  return userIds.map((id) => found.has(id));
}
