import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { announceUserChange } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { handOverBuckets } from './hand-over-buckets.js';
import {
  findUserByName,
  type ManagedUser,
  refuseSelf,
  resolveManagedUser,
  resolveReplacedUser,
  type UserAddress,
} from './managed-user.js';

export interface DeleteUserInput extends UserAddress {
  /** Who owns the user's buckets from then on: another user of the same tenant. */
  transferTo?: string | undefined;
}

const lockUser = statement('lock_user', 'SELECT id FROM user_account WHERE id = $1 FOR UPDATE');
const deleteRow = statement('delete_user', 'DELETE FROM user_account WHERE id = $1');

/**
 * Deletes a user that the caller manages, with its sessions, keys and memberships. Who owns buckets is deleted only when
 * another user takes them, and by whoever may do no less than the user: what is owned comes with all rights.
 */
export async function deleteUser(context: RequestContext, input: DeleteUserInput): Promise<void> {
  const resolve = input.transferTo === undefined ? resolveManagedUser : resolveReplacedUser;
  const user = await resolve(context, 'granary:DeleteUser', input);
  refuseSelf(context, user);
  const heir = await resolveHeir(context, user, input.transferTo);
  const { granary } = context;
  const buckets = await granary.database.transaction(async (tx) => {
    await tx.query(lockUser, [user.userId]);
    const moved = await handOverBuckets(tx, context, { accountId: user.userId, heir });
    await announceUserChange(tx, user.userId);
    await tx.query(deleteRow, [user.userId]);
    const details = {
      username: user.username,
      ...(input.transferTo === undefined ? {} : { transferTo: input.transferTo }),
    };
    await recordEvent(tx, context, { action: 'granary:DeleteUser', tenantId: user.tenantId, details });
    return moved;
  });
  granary.credentials.invalidate(user.userId);
  for (const id of buckets) {
    granary.buckets.forget(id);
  }
}

async function resolveHeir(
  context: RequestContext,
  user: ManagedUser,
  username: string | undefined,
): Promise<number | undefined> {
  if (username === undefined) {
    return undefined;
  }
  const heir = await findUserByName(context.granary, { tenant: user.tenant, username });
  if (heir.userId === user.userId) {
    throw new GranaryError('InvalidInput', 'Name another user.', { field: ['input', 'transferTo'] });
  }
  return heir.userId;
}
