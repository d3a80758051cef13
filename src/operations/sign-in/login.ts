import type { Granary } from '../context.js';
import { finishSignIn, type SignInOutcome } from './finish-sign-in.js';
import type { Origin } from './session.js';
import { type Credentials, verifyCredentials } from './verify-credentials.js';

/** Signs a user in with its password: to a session, or to what else is wanted before there is one. */
export async function login(granary: Granary, input: Credentials, origin: Origin): Promise<SignInOutcome> {
  return finishSignIn(granary, await verifyCredentials(granary, input, origin), origin);
}
