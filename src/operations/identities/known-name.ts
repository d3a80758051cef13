import { statement } from '../../database/database.js';
import type { RequestContext } from '../context.js';

const statements = {
  user: statement(
    'find_known_username',
    `SELECT username AS name FROM user_account
     WHERE tenant_id = $1 AND (lower(username) = lower($2) OR canonical_id = $2) AND kind = 'USER'
     ORDER BY username = $2 DESC, canonical_id = $2 DESC, username LIMIT 1`,
  ),
  group: statement(
    'find_known_group_name',
    `SELECT name FROM user_group WHERE tenant_id = $1 AND lower(name) = lower($2) ORDER BY name = $2 DESC, name LIMIT 1`,
  ),
  role: statement(
    'find_known_role_name',
    `SELECT name FROM assumable_role WHERE tenant_id = $1 AND lower(name) = lower($2)
     ORDER BY name = $2 DESC, name LIMIT 1`,
  ),
  policy: statement(
    'find_known_policy_name',
    `SELECT name FROM policy WHERE tenant_id = $1 AND lower(name) = lower($2) ORDER BY name = $2 DESC, name LIMIT 1`,
  ),
} as const;

/**
 * The name as it is written in the caller's tenant by who has it, when it differs only in case; itself when nobody has it. A
 * user is named by its canonical id as well, which lists and answers of S3 show.
 * To be asked before anything is authorized, so that policies judge everything by its one name.
 */
export async function knownName(
  { granary, caller }: RequestContext,
  { kind, name }: { kind: keyof typeof statements; name: string },
): Promise<string> {
  const [found] = await granary.database.query<{ name: string }>(statements[kind], [caller.tenantId, name]);
  return found?.name ?? name;
}
