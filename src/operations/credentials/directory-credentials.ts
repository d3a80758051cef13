import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { signInNeeds } from '../sign-in/finish-sign-in.js';
import { type Credentials, verifyCredentials } from '../sign-in/verify-credentials.js';
import { assumeRole, type RoleCredentials } from './assume-role.js';
import type { RoleSessionRequest } from './assumption.js';
import { createSessionCredentials, type SessionCredentialsInput } from './create-session-credentials.js';
import type { SessionCredentials } from './insert-session-credentials.js';

/**
 * Temporary credentials for a user of a directory, who shows its name and password. Who signs in with a second factor
 * gets none this way, and neither does a user whose password is kept here.
 */
export async function createDirectoryCredentials(
  context: RequestContext,
  { credentials, ...input }: SessionCredentialsInput & { credentials: Credentials },
): Promise<SessionCredentials> {
  return createSessionCredentials(await asDirectoryUser(context, credentials), input);
}

/** As {@link createDirectoryCredentials}, of a role that trusts the user. */
export async function assumeRoleOfDirectory(
  context: RequestContext,
  credentials: Credentials,
  asked: RoleSessionRequest,
): Promise<RoleCredentials> {
  return assumeRole(await asDirectoryUser(context, credentials), asked);
}

async function asDirectoryUser(context: RequestContext, credentials: Credentials): Promise<RequestContext> {
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
  return { ...context, caller };
}
