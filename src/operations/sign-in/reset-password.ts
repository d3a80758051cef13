import type { RequestContext } from '../context.js';
import { resolveReplacedUser, type UserAddress } from '../identities/managed-user.js';
import { giveNewPassword } from '../identities/recover-user.js';

export interface ResetPasswordInput extends UserAddress {
  /** Random when absent. */
  newPassword?: string | undefined;
  /** Whether the next sign-in has to choose another one; `yes` when absent. */
  mustChange?: 'yes' | 'no' | undefined;
}

/** Gives a user that the caller manages a new password. @returns the password when a random one was made. */
export async function resetPassword(context: RequestContext, input: ResetPasswordInput): Promise<string | undefined> {
  const user = await resolveReplacedUser(context, 'granary:UpdateUser', input);
  const choice = { password: input.newPassword, mustChange: input.mustChange ?? 'yes' };
  return giveNewPassword({ granary: context.granary, user, context }, choice);
}
