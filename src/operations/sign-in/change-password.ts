import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { requireSession } from './require-session.js';
import { reverifyPassword } from './reverify-password.js';
import { choosePassword } from './store-password.js';

const findSource = statement('find_user_source', 'SELECT source FROM user_account WHERE id = $1');

/** Changes the caller's own password. Its other sessions end; the one that asks goes on. */
export async function changePassword(
  context: RequestContext,
  input: { oldPassword: string; newPassword: string },
): Promise<void> {
  const caller = requireSession(context, 'granary:ChangePassword');
  const [user] = await context.granary.database.query<{ source: string }>(findSource, [caller.userId]);
  if (user?.source !== 'LOCAL') {
    throw new GranaryError('NotSupported', 'The password is kept elsewhere; change it there.');
  }
  await reverifyPassword(context, caller, { password: input.oldPassword, field: 'oldPassword' });
  const choice = { user: caller, password: input.newPassword, field: 'newPassword', except: caller.sessionId };
  await choosePassword(context.granary, choice, context);
}
