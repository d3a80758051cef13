import type { Granary } from '../../src/operations/context.js';
import { isPending } from '../../src/operations/sign-in/finish-sign-in.js';
import { login } from '../../src/operations/sign-in/login.js';
import type { Origin, Session } from '../../src/operations/sign-in/session.js';
import type { Credentials } from '../../src/operations/sign-in/verify-credentials.js';

/** Signs a user in who has no second factor and need not change its password. */
export async function startedSession(granary: Granary, credentials: Credentials, origin: Origin): Promise<Session> {
  const outcome = await login(granary, credentials, origin);
  if (isPending(outcome)) {
    throw new Error('The sign-in wants more than a password.');
  }
  return outcome;
}
