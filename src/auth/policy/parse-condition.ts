import type { Condition, ConditionTest } from './condition.js';
import { operators, type Variables } from './condition-operators.js';
import { canonicalKey } from './policy-context.js';
import { malformed, oneOrMore, plainObject } from './policy-syntax.js';

export interface ConditionRules {
  readonly variables: Variables;
  /** Whether a key can stand in this document. */
  isKey(key: string): boolean;
}

/** Reads the `Condition` of a statement: operators, in them keys, in them a value or several. */
export function parseConditions(value: unknown, place: string, rules: ConditionRules): Condition[] {
  if (value === undefined) {
    return [];
  }
  return Object.entries(plainObject(value, place)).flatMap(([name, block]) => {
    const keys = Object.entries(plainObject(block, `${place}.${name}`));
    if (keys.length === 0) {
      throw malformed(`${place}.${name}`, 'must not be empty');
    }
    const read = readerOf(name, `${place}.${name}`, rules);
    return keys.map(([key, values]) => read(key, values, `${place}.${name}[${JSON.stringify(key)}]`));
  });
}

type ConditionReader = (key: string, values: unknown, place: string) => Condition;

function readerOf(name: string, place: string, { variables, isKey }: ConditionRules): ConditionReader {
  const [, quantifier, base = '', ifExists] = /^(ForAllValues:|ForAnyValue:)?([A-Za-z]+?)(IfExists)?$/.exec(name) ?? [];
  if (base === 'Null' && quantifier === undefined && ifExists === undefined) {
    return (key, values, at) => parsePresence(parseKey(key, at, isKey), { key, values }, at);
  }
  const operator = operators.get(base);
  if (operator === undefined) {
    throw malformed(place, 'is not an operator');
  }
  const test: ConditionTest = {
    kind: 'values',
    negated: operator.negated,
    quantifier: quantifier === undefined ? 'one' : quantifier === 'ForAllValues:' ? 'all' : 'any',
    ifAbsent: absence(quantifier, operator.negated || ifExists !== undefined, ifExists),
  };
  return (key, values, at) => ({
    operator: name,
    key,
    canonicalKey: parseKey(key, at, isKey),
    values: oneOrMore(values, at, (value, valueAt) => operator.read(parseText(value, valueAt), valueAt, variables)),
    test,
  });
}

/** An absent key has no value that could match; over no values everything holds for all, and nothing for any. */
function absence(
  quantifier: string | undefined,
  appliesToOne: boolean,
  ifExists: string | undefined,
): 'applies' | 'fails' {
  if (quantifier === 'ForAnyValue:') {
    return ifExists === undefined ? 'fails' : 'applies';
  }
  return quantifier === 'ForAllValues:' || appliesToOne ? 'applies' : 'fails';
}

function parsePresence(canonical: string, { key, values }: { key: string; values: unknown }, place: string): Condition {
  const wanted = oneOrMore(values, place, (value, at) => {
    const text = parseText(value, at).toLowerCase();
    if (text !== 'true' && text !== 'false') {
      throw malformed(at, 'must be true or false');
    }
    return text;
  });
  return {
    operator: 'Null',
    key,
    canonicalKey: canonical,
    values: wanted.map((source) => ({ source, keys: [], isCostly: false, matches: () => false })),
    test: { kind: 'presence', wanted: wanted.map((text) => (text === 'true' ? 'absent' : 'present')) },
  };
}

function parseKey(key: string, place: string, isKey: ConditionRules['isKey']): string {
  if (!isKey(key)) {
    throw malformed(place, 'is not a condition key');
  }
  return canonicalKey(key);
}

/** JSON's numbers and truth values are taken for their texts, as AWS takes them. */
function parseText(value: unknown, place: string): string {
  if (typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  if (typeof value !== 'string') {
    throw malformed(place, 'must be a string, a number, true or false');
  }
  if (!value.isWellFormed() || value.includes('\0')) {
    throw malformed(place, 'has characters that are not allowed');
  }
  return value;
}
