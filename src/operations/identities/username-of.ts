import { statement } from '../../database/database.js';
import type { RequestContext } from '../context.js';

const findName = statement(
  'find_username',
  `SELECT username FROM user_account WHERE tenant_id = $1 AND (username = $2 OR canonical_id = $2)
   ORDER BY username = $2 DESC LIMIT 1`,
);

/**
 * The username of who is named by it or by its canonical id, in the caller's tenant; whoever has it as username comes
 * first. What names nobody stays as it is. It is to be asked before anything is authorized, so that policies judge a
 * user by its one name.
 */
export async function usernameOf({ granary, caller }: RequestContext, named: string): Promise<string> {
  const [user] = await granary.database.query<{ username: string }>(findName, [caller.tenantId, named]);
  return user?.username ?? named;
}
