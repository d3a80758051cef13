import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { validateUsername } from './identity-input.js';
import { type ManagedUser, refuseSelf } from './managed-user.js';

const rename = statement(
  'rename_user',
  `UPDATE user_account u SET username = $2 WHERE u.id = $1 AND NOT EXISTS (
     SELECT FROM user_account o WHERE o.tenant_id = u.tenant_id AND o.id <> u.id
     AND (o.username = $2 OR o.canonical_id = $2)) RETURNING u.id`,
);

/**
 * Gives a user another name, for who may change the users of both names: policies may give rights by names. It is
 * nobody else's name or canonical id, which users are named by too.
 */
export async function renameUser(
  tx: Queryable,
  context: RequestContext,
  { user, newUsername }: { user: ManagedUser; newUsername: string },
): Promise<void> {
  refuseSelf(context, user);
  validateUsername(newUsername);
  const tenant = { id: user.tenantId, name: user.tenant };
  authorizeAction(context, 'granary:UpdateUser', { tenant, kind: 'user', name: newUsername });
  if (user.source !== 'LOCAL') {
    throw new GranaryError('NotSupported', 'The name comes from where the user comes from; change it there.', {
      field: ['input', 'newUsername'],
    });
  }
  if ((await tx.query(rename, [user.userId, newUsername])).length === 0) {
    throw new GranaryError('Conflict', 'A user with this name exists already.', {
      reason: 'UserAlreadyExists',
      field: ['input', 'newUsername'],
    });
  }
}
