import type { RequestContext } from '../context.js';
import { refuseSelf, resolveManagedUser, type UserAddress } from '../identities/managed-user.js';
import { removeSecondFactor } from '../identities/recover-user.js';

/** Takes the second factor of a user that the caller manages away, as when the device is lost. @returns its id. */
export async function resetSecondFactor(context: RequestContext, input: UserAddress): Promise<number> {
  const user = await resolveManagedUser(context, 'granary:UpdateUser', input);
  refuseSelf(context, user);
  await removeSecondFactor({ granary: context.granary, user, context });
  return user.userId;
}
