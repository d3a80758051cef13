import { type Condition, holds } from './condition.js';
import { decide, ownPoliciesReach, type PolicyLayers, type Verdict } from './decide.js';
import {
  applies,
  contextFor,
  matchesAction,
  matchesResource,
  type PolicyRequest,
  type Question,
  questionOf,
} from './match-statement.js';
import type { Effect, Policy, PolicyStatement } from './policy.js';
import type { PolicyContext } from './policy-context.js';

/** Why a request is decided as it is. */
export interface Explanation extends Verdict {
  /** The statement that made the decision; null when the decision is that none allows. */
  readonly decidedBy: TracedStatement | null;
  /** The policy of the session that does not allow it, by its place among them; null for all other reasons. */
  readonly session: { readonly index: number; readonly policy: string | null } | null;
  /** Statements that a single part kept from being about the request, at most {@link mostNear}. */
  readonly nearly: readonly TracedStatement[];
}

export interface TracedStatement {
  readonly layer: 'IDENTITY' | 'SESSION' | 'BOUNDARY' | 'RESOURCE';
  /** The policy's name; a bucket's has none. */
  readonly policy: string | null;
  /** The statement's place in its document, from 0. */
  readonly index: number;
  readonly sid: string | null;
  readonly effect: Effect;
  /** As it was written. */
  readonly statement: Readonly<Record<string, unknown>>;
  /** Empty for a statement that is about the request. All are of one part. */
  readonly failures: readonly Failure[];
}

/** What kept a statement from being about the request. */
export type Failure =
  | { readonly part: 'principal' | 'action' | 'resource' }
  /** The statement is the caller's own, and the resource another tenant's. */
  | { readonly part: 'tenant' }
  | {
      readonly part: 'condition';
      readonly operator: string;
      readonly key: string;
      /** What the policy has, as it is written. */
      readonly expected: readonly string[];
      /** What the request has; null when it has nothing under this key. */
      readonly actual: readonly string[] | null;
    };

/** More near misses than these tell nobody more. */
const mostNear = 20;

/** The decision of {@link decide} with what led to it. Without effect, and not for the hot path. */
export function explain(layers: PolicyLayers, request: PolicyRequest): Explanation {
  const verdict = decide(layers, request);
  const question = questionOf(request);
  const all = statementsOf(layers).map((place) => trace(place, question));
  return {
    ...verdict,
    decidedBy: all.find((traced) => decides(traced, verdict)) ?? null,
    session: verdict.reason === 'SESSION' ? closedSession(layers, question) : null,
    nearly: all.filter(isNear).slice(0, mostNear),
  };
}

interface Place {
  layer: TracedStatement['layer'];
  policy: Policy;
  statement: PolicyStatement;
}

function statementsOf({ identity, sessions, boundary, resource }: PolicyLayers): Place[] {
  const of = (layer: Place['layer']) => (policy: Policy) =>
    policy.statements.map((statement): Place => ({ layer, policy, statement }));
  return [
    ...(resource === null ? [] : of('RESOURCE')(resource)),
    ...identity.flatMap(of('IDENTITY')),
    ...sessions.flatMap(of('SESSION')),
    ...(boundary === undefined ? [] : of('BOUNDARY')(boundary)),
  ];
}

function trace({ layer, policy, statement }: Place, question: Question): TracedStatement {
  const failures = failuresOf(statement, question);
  const isFar = layer === 'IDENTITY' && statement.effect === 'Allow' && !ownPoliciesReach(question);
  return {
    ...{ layer, policy: policy.name, index: statement.index, sid: statement.sid, effect: statement.effect },
    statement: statement.source,
    failures: isFar ? [...failures, { part: 'tenant' }] : failures,
  };
}

function failuresOf(statement: PolicyStatement, question: Question): Failure[] {
  const context = contextFor(statement, question);
  const failures: Failure[] = [];
  if (context === undefined) {
    failures.push({ part: 'principal' });
  }
  if (!matchesAction(statement, question)) {
    failures.push({ part: 'action' });
  }
  const seen = context ?? question.context;
  if (!matchesResource(statement, question, seen)) {
    failures.push({ part: 'resource' });
  }
  const failed = statement.conditions.filter((condition) => !holds(condition, seen, statement.effect));
  return [...failures, ...failed.map((condition) => describe(condition, seen))];
}

function describe({ operator, key, canonicalKey, values }: Condition, context: PolicyContext): Failure {
  const expected = values.map(({ source }) => source);
  return { part: 'condition', operator, key, expected, actual: context.get(canonicalKey) ?? null };
}

function decides({ layer, effect, failures }: TracedStatement, { reason }: Verdict): boolean {
  if (failures.length > 0) {
    return false;
  }
  switch (reason) {
    case 'EXPLICIT_DENY':
      return effect === 'Deny';
    case 'IDENTITY_ALLOW':
      return effect === 'Allow' && layer === 'IDENTITY';
    case 'RESOURCE_ALLOW':
      return effect === 'Allow' && layer === 'RESOURCE';
    case 'SESSION':
    case 'BOUNDARY':
    case 'NO_ALLOW':
      return false;
    default:
      reason satisfies never;
      return false;
  }
}

function closedSession({ sessions }: PolicyLayers, question: Question): Explanation['session'] {
  const index = sessions.findIndex(
    ({ statements }) => !statements.some((one) => one.effect === 'Allow' && applies(one, question)),
  );
  return index < 0 ? null : { index, policy: sessions[index]?.name ?? null };
}

/** True when one part alone failed, however many conditions there are in it. */
function isNear({ failures }: TracedStatement): boolean {
  return failures.length > 0 && new Set(failures.map(({ part }) => part)).size === 1;
}
