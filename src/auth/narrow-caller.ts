import type { UserCaller } from './caller.js';
import { type Policy, parsePolicy } from './policy/parse-policy.js';

/** A policy's document, and what explanations call it. */
export interface NamedDocument {
  readonly name: string;
  readonly document: object;
}

/** What a key or a session was narrowed to: one of the documents must allow. */
export type Narrowing = readonly NamedDocument[];

/** The caller with narrower rights: whatever it asks for, each of the narrowings must allow as well. */
export function narrowCaller(caller: UserCaller, narrowings: readonly Narrowing[]): UserCaller {
  if (narrowings.length === 0) {
    return caller;
  }
  return {
    ...caller,
    narrowings: [...(caller.narrowings ?? []), ...narrowings],
    sessionPolicies: [...caller.sessionPolicies, ...narrowings.map(sessionPolicyOf)],
  };
}

/** One policy of all the statements: what one document allows is allowed, what one denies is denied. */
function sessionPolicyOf(narrowing: Narrowing): Policy {
  const policies = narrowing.map(({ name, document }) => parsePolicy(document, { kind: 'identity', name }));
  return {
    kind: 'session',
    name: policies.map(({ name }) => name).join(', '),
    statements: policies.flatMap(({ statements }) => statements),
    keys: new Set(policies.flatMap(({ keys }) => [...keys])),
  };
}
