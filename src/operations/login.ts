import type { Granary } from './context.js';
import type { Origin, Session } from './session.js';
import { startSession } from './start-session.js';
import { type Credentials, verifyCredentials } from './verify-credentials.js';

/** Signs a user in with its password. */
export async function login(granary: Granary, input: Credentials, origin: Origin): Promise<Session> {
  return startSession(granary, await verifyCredentials(granary, input, origin), origin);
}
