import type { RequestContext } from '../../src/operations/context.js';
import type { TestServer } from '../support/server.js';
import { startedSession } from '../support/sign-in.js';

/** A request of the administrator that comes through no door. */
export async function requestOfAdministrator({ granary, adminPassword }: TestServer): Promise<RequestContext> {
  const origin = { requestId: 'hostile', sourceIp: null };
  const { user: caller } = await startedSession(granary, { username: 'admin', password: adminPassword }, origin);
  return { granary, caller, ...origin };
}
