import { statement } from '../../database/database.js';
import type { RequestContext } from '../context.js';

export type EntityKind = 'user' | 'group' | 'role';

const statements = {
  user: statement('find_path_of_user', 'SELECT path FROM user_account WHERE tenant_id = $1 AND username = $2'),
  group: statement('find_path_of_group', 'SELECT path FROM user_group WHERE tenant_id = $1 AND name = $2'),
  role: statement(
    'find_path_of_role',
    `SELECT u.path FROM assumable_role r JOIN user_account u ON u.id = r.user_id
     WHERE r.tenant_id = $1 AND r.name = $2`,
  ),
} as const;

/**
 * Where a user, a group or a role of the caller's tenant is, which its ARN says: `/` when there is none. For deciding who
 * may ask about it, and not for who asks.
 */
export async function findEntityPath(
  { granary, caller }: RequestContext,
  { kind, name }: { kind: EntityKind; name: string },
): Promise<string> {
  const [found] = await granary.database.query<{ path: string }>(statements[kind], [caller.tenantId, name]);
  return found?.path ?? '/';
}
