import { statement } from '../../database/database.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { endSessions } from '../sign-in/end-sessions.js';
import { refuseSelf, resolveManagedUser, type UserAddress } from './managed-user.js';

const setDisabled = statement(
  'set_user_disabled',
  'UPDATE user_account SET disabled = $2, disabled_by_source = false WHERE id = $1',
);

/**
 * Disables a user that the caller manages: its sessions and its keys stop working at once, and come back with it but
 * for the sessions. @returns its id.
 */
export async function disableUser(context: RequestContext, input: UserAddress): Promise<number> {
  return setState(context, input, 'disabled');
}

/** Lets a disabled user sign in and use its keys again. @returns its id. */
export async function enableUser(context: RequestContext, input: UserAddress): Promise<number> {
  return setState(context, input, 'enabled');
}

async function setState(context: RequestContext, input: UserAddress, state: 'disabled' | 'enabled'): Promise<number> {
  const user = await resolveManagedUser(context, 'granary:UpdateUser', input);
  refuseSelf(context, user);
  const { granary } = context;
  await granary.database.transaction(async (tx) => {
    await tx.query(setDisabled, [user.userId, state === 'disabled']);
    await endSessions(tx, { userId: user.userId });
    const action = state === 'disabled' ? 'granary:DisableUser' : 'granary:EnableUser';
    await recordEvent(tx, context, { action, tenantId: user.tenantId, details: { username: user.username } });
  });
  granary.credentials.invalidate(user.userId);
  return user.userId;
}
