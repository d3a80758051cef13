import { hashPassword, verifyPassword } from '../../auth/password.js';
import { passwordProblem } from '../../auth/password-rules.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { EventContext } from '../audit/event-origin.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import { endSessions } from './end-sessions.js';

const findHash = statement('find_password_hash', 'SELECT password_hash AS hash FROM user_account WHERE id = $1');
const updatePassword = statement(
  'update_password',
  `UPDATE user_account SET password_hash = $2, must_change_password = $3, password_changed_at = now() WHERE id = $1`,
);

/** Throws `InvalidInput` unless the password is one that a user of this name may have. */
export function requireGoodPassword(
  { settings }: Pick<Granary, 'settings'>,
  choice: { username: string; password: string; field: string },
): void {
  const problem = passwordProblem(choice.password, {
    username: choice.username,
    minimumLength: settings.passwordMinLength,
  });
  if (problem !== undefined) {
    throw new GranaryError('InvalidInput', problem, { reason: 'WeakPassword', field: ['input', choice.field] });
  }
}

/** Stores the password that a user has chosen itself, which must be another one than before. Other sessions end. */
export async function choosePassword(
  granary: Granary,
  choice: {
    user: { userId: number; username: string; tenantId: number };
    password: string;
    field: string;
    /** The session that goes on. */
    except?: string | undefined;
    /** What has to be done in the same transaction; it throws when the password is not to be stored after all. */
    before?: (tx: Queryable) => Promise<void>;
  },
  context: EventContext,
): Promise<void> {
  const { user, password, field, except, before } = choice;
  requireGoodPassword(granary, { username: user.username, password, field });
  const [row] = await granary.database.query<{ hash: string | null }>(findHash, [user.userId]);
  if (row?.hash != null && (await verifyPassword(row.hash, password))) {
    throw new GranaryError('InvalidInput', 'The new password is the old one.', {
      reason: 'WeakPassword',
      field: ['input', field],
    });
  }
  const hash = await hashPassword(password);
  await granary.database.transaction(async (tx) => {
    await before?.(tx);
    await storePassword(tx, { userId: user.userId, hash, mustChange: 'no', except });
    await recordEvent(tx, context, {
      action: 'granary:ChangePassword',
      tenantId: user.tenantId,
      actor: { id: user.userId, name: user.username },
      details: { username: user.username },
    });
  });
  granary.credentials.invalidate(user.userId);
}

/** Replaces a password and ends the sessions that the old one began. */
export async function storePassword(
  tx: Queryable,
  change: { userId: number; hash: string; mustChange: 'yes' | 'no'; except?: string | undefined },
): Promise<void> {
  await tx.query(updatePassword, [change.userId, change.hash, change.mustChange === 'yes']);
  await endSessions(tx, change);
}
