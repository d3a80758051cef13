import { statement } from '../../database/database.js';
import { authorizeAction, theServer } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { withdrawUser } from '../identities/withdraw-user.js';
import { announceDirectoryChange, findLdapDirectory } from './ldap-directory-rows.js';

const findUsers = statement(
  'find_users_of_directory',
  `SELECT id AS "userId", tenant_id AS "tenantId", username FROM user_account WHERE provider_id = $1 ORDER BY id`,
);
const deleteDirectory = statement('delete_ldap_directory', 'DELETE FROM ldap_directory WHERE id = $1');

/**
 * Removes a directory; for global administrators. Nobody vouches for its users any more: they are disabled, and so are
 * their keys. What they own stays.
 * @returns how many users it had.
 */
export async function deleteLdapDirectory(context: RequestContext, input: { name: string }): Promise<number> {
  authorizeAction(context, 'granary:DeleteLdapDirectory', theServer);
  const users = await context.granary.database.transaction(async (tx) => {
    const directory = await findLdapDirectory(tx, input.name, 'CHANGE');
    const users = await tx.query<{ userId: number; tenantId: number; username: string }>(findUsers, [directory.id]);
    for (const user of users) {
      await withdrawUser(tx, context, { ...user, reason: 'the directory was removed' });
    }
    await tx.query(deleteDirectory, [directory.id]);
    await announceDirectoryChange(tx, directory.id);
    const details = { directory: input.name, users: users.length };
    const { tenantId } = context.caller;
    await recordEvent(tx, context, { action: 'granary:DeleteLdapDirectory', tenantId, details });
    return users;
  });
  for (const { userId } of users) {
    context.granary.credentials.invalidate(userId);
  }
  return users.length;
}
