import { randomBytes } from 'node:crypto';
import { hashPassword } from '../../auth/password.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { EventContext } from '../audit/event-origin.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import { endSessions } from '../sign-in/end-sessions.js';
import { forgetFailures } from '../sign-in/sign-in-throttle.js';
import { requireGoodPassword, storePassword } from '../sign-in/store-password.js';
import type { ManagedUser } from './managed-user.js';

const deleteFactor = statement('delete_second_factor', 'DELETE FROM second_factor WHERE user_id = $1 RETURNING id');
const deleteCodes = statement('delete_recovery_codes', 'DELETE FROM recovery_code WHERE user_id = $1');

/** A user of this server, and the server. What is done here is authorized by whoever calls it. */
export interface Recovery {
  granary: Granary;
  user: ManagedUser;
  /** Who does it, for the event. */
  context: EventContext;
}

/**
 * Gives a user a new password, which it has to change at its next sign-in unless that is not wanted. Its sessions end,
 * and it does not have to wait for earlier failures.
 * @returns the password, when none was given and a random one was made.
 */
export async function giveNewPassword(
  { granary, user, context }: Recovery,
  choice: { password: string | undefined; mustChange: 'yes' | 'no' },
): Promise<string | undefined> {
  if (user.source !== 'LOCAL') {
    throw new GranaryError('NotSupported', 'The password is kept elsewhere; change it there.');
  }
  const password = choice.password ?? randomBytes(15).toString('base64url');
  requireGoodPassword(granary, { username: user.username, password, field: 'newPassword' });
  const hash = await hashPassword(password);
  await granary.database.transaction(async (tx) => {
    await storePassword(tx, { userId: user.userId, hash, mustChange: choice.mustChange });
    await forgetFailures(tx, user.userId);
    const details = { username: user.username };
    await recordEvent(tx, context, { action: 'granary:ResetPassword', tenantId: user.tenantId, details });
  });
  granary.credentials.invalidate(user.userId);
  return choice.password === undefined ? password : undefined;
}

/** Lets a user sign in at once, whatever has failed before. */
export async function unlock({ granary, user, context }: Recovery): Promise<void> {
  await granary.database.transaction(async (tx) => {
    await forgetFailures(tx, user.userId);
    const details = { username: user.username };
    await recordEvent(tx, context, { action: 'granary:UnlockUser', tenantId: user.tenantId, details });
  });
}

/** Takes a user's second factor away, with its recovery codes and its sessions. @returns whether there was one. */
export async function removeSecondFactor({ granary, user, context }: Recovery): Promise<boolean> {
  const removed = await granary.database.transaction(async (tx) => {
    await tx.query(deleteCodes, [user.userId]);
    const factors = await tx.query(deleteFactor, [user.userId]);
    await endSessions(tx, { userId: user.userId });
    const details = { username: user.username };
    await recordEvent(tx, context, { action: 'granary:ResetSecondFactor', tenantId: user.tenantId, details });
    return factors.length > 0;
  });
  granary.credentials.invalidate(user.userId);
  return removed;
}
