import type { RequestContext } from '../context.js';
import { resolveManagedUser, type UserAddress } from '../identities/managed-user.js';
import { unlock } from '../identities/recover-user.js';

/** Lets a user that the caller manages sign in at once, whatever has failed before. @returns the user's id. */
export async function unlockUser(context: RequestContext, input: UserAddress): Promise<number> {
  const user = await resolveManagedUser(context, 'granary:UpdateUser', input);
  await unlock({ granary: context.granary, user, context });
  return user.userId;
}
