import type { UserCaller } from '../auth/caller.js';
import { covers } from '../auth/policy/covers.js';
import type { Policy } from '../auth/policy/policy.js';
import { GranaryError } from '../errors.js';

/** Throws `Denied` unless the caller may do all that the policies allow: nobody gives away what it does not have. */
export function requireGrantable(caller: UserCaller, policies: readonly Policy[]): void {
  const layers = { identity: caller.policies, sessions: caller.sessionPolicies };
  const excessive = policies.find((policy) => !covers(layers, policy));
  if (excessive !== undefined) {
    throw new GranaryError(
      'Denied',
      `Nobody can hand on more than it may do itself, and the policy ${excessive.name ?? ''} allows more.`,
      { reason: 'AccessDenied' },
    );
  }
}
