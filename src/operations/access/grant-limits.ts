import type { UserCaller } from '../../auth/caller.js';
import { covers, type Holder } from '../../auth/policy/covers.js';
import type { Policy } from '../../auth/policy/policy.js';
import { GranaryError } from '../../errors.js';

/** Throws `Denied` unless the caller may do all that the policies allow: nobody gives away what it does not have. */
export function requireGrantable(caller: UserCaller, policies: readonly Policy[]): void {
  requireCovered(caller, policies, 'somebody who gets it');
}

/** Throws `Denied` unless the caller may do all that somebody may who has the policies, and is not the caller. */
export function requireNoLess(caller: UserCaller, policies: readonly Policy[]): void {
  requireCovered(caller, policies, 'somebody who is acted for');
}

function requireCovered(caller: UserCaller, policies: readonly Policy[], holder: Holder): void {
  const { policies: identity, sessionPolicies, boundary } = caller;
  const layers = { identity, sessions: boundary === undefined ? sessionPolicies : [...sessionPolicies, boundary] };
  const excessive = policies.find((policy) => !covers(layers, policy, holder));
  if (excessive !== undefined) {
    throw new GranaryError(
      'Denied',
      `Nobody can hand on more than it may do itself, and the policy ${excessive.name ?? ''} allows more.`,
      { reason: 'AccessDenied' },
    );
  }
}
