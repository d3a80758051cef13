import { GranaryError } from '../errors.js';
import type { RequestContext } from './context.js';
import {
  createSessionCredentials,
  type SessionCredentials,
  type SessionCredentialsInput,
} from './create-session-credentials.js';
import { signInNeeds } from './finish-sign-in.js';
import { type Credentials, verifyCredentials } from './verify-credentials.js';

/**
 * Temporary credentials for a user of a directory, who shows its name and password. Who signs in with a second factor
 * gets none this way, and neither does a user whose password is kept here.
 */
export async function createDirectoryCredentials(
  context: RequestContext,
  { credentials, ...input }: SessionCredentialsInput & { credentials: Credentials },
): Promise<SessionCredentials & { username: string }> {
  const { granary } = context;
  const { userId, method } = await verifyCredentials(granary, credentials, context);
  const caller = method === 'LDAP' ? await granary.credentials.findUser(userId) : undefined;
  if (caller === undefined) {
    throw new GranaryError('Unauthenticated', 'The tenant, username or password is wrong.', {
      reason: 'InvalidCredentials',
    });
  }
  const needs = await signInNeeds(granary, userId);
  if (needs.code) {
    throw new GranaryError('Denied', 'The user signs in with a second factor: make an access key instead.', {
      reason: 'SecondFactorRequired',
    });
  }
  granary.tenants.refuseSuspended(caller.tenantId);
  return { ...(await createSessionCredentials({ ...context, caller }, input)), username: caller.username };
}
