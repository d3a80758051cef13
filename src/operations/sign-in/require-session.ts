import type { UserCaller } from '../../auth/caller.js';
import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import { accessDenied, requireUser } from '../access/authorize.js';
import { authorizeAction } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';

/**
 * The caller, when it may do this to itself and has signed in as a person does. Keys are for programs: whoever finds one
 * must not be able to take the account over with it.
 */
export function requireSession(context: RequestContext, action: GranaryAction): UserCaller & { sessionId: string } {
  const { sessionId, tenantId: id, tenantName, username } = requireUser(context);
  const caller = authorizeAction(context, action, {
    tenant: { id, name: tenantName },
    kind: 'user',
    name: username,
  });
  if (sessionId === undefined) {
    throw accessDenied();
  }
  return { ...caller, sessionId };
}
