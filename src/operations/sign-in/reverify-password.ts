import type { UserCaller } from '../../auth/caller.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { verifyCredentials } from './verify-credentials.js';

/** Lets a signed-in user show its password again. It is counted and throttled as at a sign-in. */
export async function reverifyPassword(
  context: RequestContext,
  caller: UserCaller,
  given: { password: string; field: string },
): Promise<void> {
  const { username, tenantName: tenant } = caller;
  try {
    await verifyCredentials(context.granary, { username, tenant, password: given.password }, context);
  } catch (error) {
    if (isGranaryError(error, 'Unauthenticated')) {
      throw new GranaryError('InvalidInput', 'The password is wrong.', {
        reason: 'InvalidCredentials',
        field: ['input', given.field],
      });
    }
    throw error;
  }
}
