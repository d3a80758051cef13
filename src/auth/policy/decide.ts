import { appliesBesidesAction, type PolicyRequest, type Question, questionOf } from './match-statement.js';
import type { Policy } from './policy.js';
import { statementsAbout } from './statements-about.js';

/** All policies that have a say in a request. */
export interface PolicyLayers {
  /** Of the caller: its own, its groups', its role's. */
  readonly identity: readonly Policy[];
  /** Of its key or session: each of them must allow as well. */
  readonly sessions: readonly Policy[];
  /** Its permissions boundary, which must allow as well, when it has one. */
  readonly boundary?: Policy | undefined;
  /** Of the bucket. */
  readonly resource: Policy | null;
}

export type Reason =
  /** A statement with the effect Deny is about the request. */
  | 'EXPLICIT_DENY'
  /** Some policy of the session does not allow it. */
  | 'SESSION'
  /** The permissions boundary does not allow it. */
  | 'BOUNDARY'
  /** No policy allows it. */
  | 'NO_ALLOW'
  | 'IDENTITY_ALLOW'
  | 'RESOURCE_ALLOW';

export interface Verdict {
  readonly allowed: boolean;
  readonly reason: Reason;
}

const verdicts = {
  EXPLICIT_DENY: { allowed: false, reason: 'EXPLICIT_DENY' },
  SESSION: { allowed: false, reason: 'SESSION' },
  BOUNDARY: { allowed: false, reason: 'BOUNDARY' },
  NO_ALLOW: { allowed: false, reason: 'NO_ALLOW' },
  IDENTITY_ALLOW: { allowed: true, reason: 'IDENTITY_ALLOW' },
  RESOURCE_ALLOW: { allowed: true, reason: 'RESOURCE_ALLOW' },
} as const satisfies Record<Reason, Verdict>;

/**
 * The decision: a deny anywhere wins; then every policy of the session must allow, and the boundary; then an allow of
 * the caller's own policies is enough, where they have a say, or one of the bucket's; the default is no.
 */
export function decide(layers: PolicyLayers, request: PolicyRequest): Verdict {
  const question = questionOf(request);
  const identity = together(layers.identity, question);
  const resource = layers.resource === null ? 'none' : opinion(layers.resource, question);
  const sessions = layers.sessions.map((policy) => opinion(policy, question));
  const boundary = layers.boundary === undefined ? 'allow' : opinion(layers.boundary, question);
  if (identity === 'deny' || resource === 'deny' || boundary === 'deny' || sessions.includes('deny')) {
    return verdicts.EXPLICIT_DENY;
  }
  if (sessions.includes('none')) {
    return verdicts.SESSION;
  }
  if (boundary === 'none') {
    return verdicts.BOUNDARY;
  }
  if (identity === 'allow' && ownPoliciesReach(request)) {
    return verdicts.IDENTITY_ALLOW;
  }
  return resource === 'allow' ? verdicts.RESOURCE_ALLOW : verdicts.NO_ALLOW;
}

/** True when the caller's own policies can allow it: they speak of its tenant, a global administrator's of all. */
export function ownPoliciesReach({ principal, tenantId }: PolicyRequest): boolean {
  return principal.kind === 'user' && (principal.tenantId === tenantId || principal.role === 'ADMINISTRATOR');
}

type Opinion = 'allow' | 'deny' | 'none';

function together(policies: readonly Policy[], question: Question): Opinion {
  let all: Opinion = 'none';
  for (const policy of policies) {
    const one = opinion(policy, question);
    if (one === 'deny') {
      return one;
    }
    all = one === 'allow' ? one : all;
  }
  return all;
}

/** What one policy says; `none` when no statement is about the request. */
function opinion(policy: Policy, question: Question): Opinion {
  let found: Opinion = 'none';
  for (const statement of statementsAbout(policy, question)) {
    // Once something allows, only what denies can change it.
    if ((statement.effect === 'Deny' || found === 'none') && appliesBesidesAction(statement, question)) {
      if (statement.effect === 'Deny') {
        return 'deny';
      }
      found = 'allow';
    }
  }
  return found;
}
