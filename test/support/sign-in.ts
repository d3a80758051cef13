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

/** Whoever has to wait after failures waits for a minute: two seconds may be over before the next attempt. */
export async function keepWaiting({ database }: Granary): Promise<void> {
  const later = `UPDATE sign_in_throttle SET blocked_until = now() + interval '1 minute' WHERE blocked_until IS NOT NULL`;
  await database.pool.query(later);
}
