import type { Caller } from '../../auth/caller.js';
import type { PolicyLayers } from '../../auth/policy/decide.js';
import type { Policy } from '../../auth/policy/policy.js';

/** Everything that has a say in what a caller asks for, with the policy of the bucket that it is about. */
export function layersOf(caller: Caller, resource: Policy | null): PolicyLayers {
  return caller.kind === 'user'
    ? { identity: caller.policies, sessions: caller.sessionPolicies, boundary: caller.boundary, resource }
    : { identity: [], sessions: [], resource };
}

/** All policies of all layers: whatever has a say. */
export function policiesOf(layers: PolicyLayers): Policy[] {
  const all: (PolicyLayers[keyof PolicyLayers] | Policy)[] = Object.values(layers);
  return all.flat().filter((policy) => policy != null);
}
