import { isInRange, parseAddressRange } from '../../config/address-range.js';
import type { ConditionValue } from './condition.js';
import { type Pattern, type PatternSyntax, parsePattern, patternOf, type Token, tokenize } from './pattern.js';
import type { PolicyContext } from './policy-context.js';
import { malformed } from './policy-syntax.js';
import { parseTime } from './time.js';

/** What a document's version lets stand in its texts. */
export type Variables = PatternSyntax['variables'];

/** Reads one value of a policy for an operator; throws `MalformedPolicy` for what the operator cannot compare. */
export type ValueReader = (text: string, place: string, variables: Variables) => ConditionValue;

const arnParts = 6;

interface Operator {
  readonly read: ValueReader;
  readonly negated: boolean;
}

/**
 * The operators by name, without quantifiers and `IfExists`
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html). `Null` is not
 * among them: it compares no values.
 */
export const operators: ReadonlyMap<string, Operator> = new Map([
  ...pair('StringEquals', 'StringNotEquals', textReader({ wildcards: 'literal' })),
  ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', textReader({ wildcards: 'literal', case: 'ignored' })),
  ...pair('StringLike', 'StringNotLike', textReader({ wildcards: 'wildcards' })),
  ...pair(
    'NumericEquals',
    'NumericNotEquals',
    numberReader((sent, own) => sent === own),
  ),
  one(
    'NumericLessThan',
    numberReader((sent, own) => sent < own),
  ),
  one(
    'NumericLessThanEquals',
    numberReader((sent, own) => sent <= own),
  ),
  one(
    'NumericGreaterThan',
    numberReader((sent, own) => sent > own),
  ),
  one(
    'NumericGreaterThanEquals',
    numberReader((sent, own) => sent >= own),
  ),
  ...pair(
    'DateEquals',
    'DateNotEquals',
    timeReader((sent, own) => sent === own),
  ),
  one(
    'DateLessThan',
    timeReader((sent, own) => sent < own),
  ),
  one(
    'DateLessThanEquals',
    timeReader((sent, own) => sent <= own),
  ),
  one(
    'DateGreaterThan',
    timeReader((sent, own) => sent > own),
  ),
  one(
    'DateGreaterThanEquals',
    timeReader((sent, own) => sent >= own),
  ),
  one('Bool', readTruth),
  one('BinaryEquals', readBinary),
  ...pair('IpAddress', 'NotIpAddress', readAddressRange),
  ...pair('ArnEquals', 'ArnNotEquals', readArn),
  ...pair('ArnLike', 'ArnNotLike', readArn),
]);

function one(name: string, read: ValueReader): [string, Operator] {
  return [name, { read, negated: false }];
}

function pair(name: string, opposite: string, read: ValueReader): [string, Operator][] {
  return [one(name, read), [opposite, { read, negated: true }]];
}

function textReader(syntax: Omit<PatternSyntax, 'variables'>): ValueReader {
  return (text, place, variables) => parsePattern(text, place, { ...syntax, variables });
}

type Comparison = (sent: number, own: number) => boolean;

function numberReader(compare: Comparison): ValueReader {
  return (text, place) => {
    const own = parseNumber(text);
    if (own === undefined) {
      throw malformed(place, 'must be a number');
    }
    return valueThat(text, (sent) => {
      const number = parseNumber(sent);
      return number !== undefined && compare(number, own);
    });
  };
}

function timeReader(compare: Comparison): ValueReader {
  return (text, place) => {
    const own = parseTime(text);
    if (own === undefined) {
      throw malformed(place, 'must be a time of ISO 8601, or in seconds since 1970');
    }
    return valueThat(text, (sent, context) => {
      const time = context.time(sent);
      return time !== undefined && compare(time, own);
    });
  };
}

function readTruth(text: string, place: string): ConditionValue {
  const own = text.toLowerCase();
  if (own !== 'true' && own !== 'false') {
    throw malformed(place, 'must be true or false');
  }
  return valueThat(text, (sent) => sent.toLowerCase() === own);
}

function readBinary(text: string, place: string): ConditionValue {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw malformed(place, 'must be base64');
  }
  const own = Buffer.from(text, 'base64');
  return valueThat(text, (sent) => Buffer.from(sent, 'base64').equals(own));
}

function readAddressRange(text: string, place: string): ConditionValue {
  const range = parseAddressRange(text);
  if (range === undefined) {
    throw malformed(place, 'must be an IP address, or one with the length of a prefix: 192.0.2.0/24, 2001:db8::/32');
  }
  return valueThat(text, (sent, context) => {
    const address = context.address(sent);
    return address !== undefined && isInRange(address, range);
  });
}

/** Of the six parts of an ARN each is matched by itself: a `*` does not reach over a colon, except as the last part. */
function readArn(text: string, place: string, variables: Variables): ConditionValue {
  if (!text.startsWith('arn:') && !text.startsWith('*') && !text.startsWith('${')) {
    throw malformed(place, 'must be an ARN');
  }
  const syntax = { wildcards: 'wildcards', variables } as const;
  const written = splitTokens(tokenize(text, place, syntax));
  const parts = written.map((tokens) => patternOf(text, tokens, syntax));
  // `*` and `arn:aws:*` stand for all that is left.
  const last = written.at(-1);
  const most = last?.length === 1 && last[0]?.kind === 'star' ? parts.length : arnParts;
  return {
    source: text,
    keys: parts.flatMap(({ keys }) => keys),
    isCostly: parts.some(({ isCostly }) => isCostly),
    matches: (sent, context) => matchesParts(parts, splitArn(sent, most), context),
  };
}

function matchesParts(patterns: readonly Pattern[], parts: readonly string[], context: PolicyContext) {
  let all = patterns.length === parts.length;
  for (const [index, pattern] of patterns.entries()) {
    const matched = pattern.matches(parts[index] ?? '', context);
    if (matched === undefined) {
      return undefined;
    }
    all &&= matched;
  }
  return all;
}

function splitTokens(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'literal') {
      const [first = '', ...rest] = splitArn(token.text, arnParts + 1 - parts.length);
      parts.at(-1)?.push(...literal(first));
      parts.push(...rest.map(literal));
    } else {
      parts.at(-1)?.push(token);
    }
  }
  return parts;
}

function literal(text: string): Token[] {
  return text === '' ? [] : [{ kind: 'literal', text }];
}

/** At most so many parts; what is left over stays in the last. */
function splitArn(text: string, most: number): string[] {
  const parts = text.split(':');
  return parts.length <= most ? parts : [...parts.slice(0, most - 1), parts.slice(most - 1).join(':')];
}

function parseNumber(text: string): number | undefined {
  return /^[+-]?\d{1,30}(?:\.\d{1,30})?$/.test(text) ? Number(text) : undefined;
}

function valueThat(source: string, matches: (text: string, context: PolicyContext) => boolean): ConditionValue {
  return { source, keys: [], isCostly: false, matches };
}
