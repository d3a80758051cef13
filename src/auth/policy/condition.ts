import type { Pattern } from './pattern.js';
import type { Effect } from './policy.js';
import type { PolicyContext } from './policy-context.js';

/** One operator on one condition key. */
export interface Condition {
  /** As it was written, with `ForAllValues:` and `IfExists`. */
  readonly operator: string;
  /** As it was written, and as contexts know it. */
  readonly key: string;
  readonly canonicalKey: string;
  readonly values: readonly ConditionValue[];
  readonly test: ConditionTest;
}

/** How the request's values are held against those of the policy. */
export type ConditionTest =
  /** `Null`: whether the key is there at all. */
  | { readonly kind: 'presence'; readonly wanted: readonly ('absent' | 'present')[] }
  | {
      readonly kind: 'values';
      /** `String…Not…` and the like: none of the policy's values may match. */
      readonly negated: boolean;
      readonly quantifier: 'one' | 'all' | 'any';
      readonly ifAbsent: 'applies' | 'fails';
    };

/** One value of a policy. */
export interface ConditionValue {
  readonly source: string;
  readonly keys: Pattern['keys'];
  readonly isCostly: boolean;
  /** Undefined when a variable in it stands for nothing: then it matches nothing. */
  readonly matches: (text: string, context: PolicyContext) => boolean | undefined;
}

/** True when the condition holds. */
export function holds(condition: Condition, context: PolicyContext, effect: Effect): boolean {
  const { test } = condition;
  const values = context.get(condition.canonicalKey);
  if (test.kind === 'presence') {
    return test.wanted.includes(values === undefined ? 'absent' : 'present');
  }
  if (test.negated && effect === 'Allow' && condition.values.some((value) => isUnresolved(value, context))) {
    return false;
  }
  if (values === undefined) {
    return test.ifAbsent === 'applies';
  }
  const matches = (value: string) => matchesAny(condition.values, value, context);
  switch (test.quantifier) {
    case 'one':
      return values.some(matches) !== test.negated;
    case 'any':
      return values.some((value) => matches(value) !== test.negated);
    case 'all':
      return values.every((value) => matches(value) !== test.negated);
    default:
      test.quantifier satisfies never;
      return false;
  }
}

/** True when the value has a variable that stands for nothing. */
export function isUnresolved(value: Pick<ConditionValue, 'keys' | 'matches'>, context: PolicyContext): boolean {
  return value.keys.length > 0 && value.matches('', context) === undefined;
}

function matchesAny(candidates: readonly ConditionValue[], text: string, context: PolicyContext): boolean {
  for (const candidate of candidates) {
    if (candidate.matches(text, context) === true) {
      return true;
    }
  }
  return false;
}
