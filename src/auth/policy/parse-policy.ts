import { GranaryError } from '../../errors.js';
import { namesAnAction } from './actions.js';
import type { Condition } from './condition.js';
import { isConditionKey, isTrustKey } from './condition-keys.js';
import type { Variables } from './condition-operators.js';
import { parseConditions } from './parse-condition.js';
import { parsePrincipals } from './parse-principal.js';
import { parseResource, type ResourceRule } from './parse-resource.js';
import { type Pattern, parsePattern } from './pattern.js';
import type { Listed, Policy, PolicyKind, PolicyStatement } from './policy.js';
import { keyFamily } from './policy-context.js';
import { malformed, oneOrMore, plainObject, plainString } from './policy-syntax.js';
import { refuseRepeatedNames } from './repeated-names.js';

export type { Policy } from './policy.js';

/** Whose policy a document is to be. */
export type PolicyPlace =
  | { readonly kind: 'bucket'; readonly bucket: string }
  | { readonly kind: 'identity' | 'session' | 'trust'; readonly name?: string };

/**
 * The sizes that AWS sets: of bucket policies in bytes as they are written, of others in characters without the blanks
 * between them. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const mostOf: Record<PolicyKind, number> = { bucket: 20 * 1024, identity: 6144, session: 2048, trust: 4096 };

/** Those that are slow to match, as each place of the text has to be tried: `*` with `?`. */
const mostCostlyPatterns = 4;
/** Values of conditions in one document, and variables in one text. */
const mostValues = 1000;
const mostVariables = 10;

const versions = ['2012-10-17', '2008-10-17'];

const elements = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

/** Reads a policy. What is not understood is refused with `MalformedPolicy` and its place in the document, never ignored. */
export function parsePolicy(document: string | object, place: PolicyPlace): Policy {
  const policy = plainObject(typeof document === 'string' ? parseJson(document) : document, 'the document');
  refuseOversize(document, place.kind);
  for (const name of Object.keys(policy)) {
    if (!['Version', 'Id', 'Statement'].includes(name)) {
      throw malformed(name, 'is not known');
    }
  }
  const variables = variablesOf(policy.Version);
  if (policy.Id !== undefined) {
    plainString(policy.Id, 'Id');
  }
  const rules: Rules = {
    variables,
    place,
    resource: place.kind === 'bucket' ? { bucket: place.bucket, variables } : { variables },
  };
  const documents = oneOrMore(policy.Statement, 'Statement', plainObject);
  refuseRepeatedSids(documents);
  const statements = documents.map((statement, index) => parseStatement(statement, index, rules));
  refuseCost(statements);
  refuseUnstorable(policy);
  const name = place.kind === 'bucket' ? null : (place.name ?? null);
  return { kind: place.kind, name, statements, keys: keysOf(statements) };
}

/** Largest bytes of JSON that are looked at at all, with blanks. */
const mostText = 64 * 1024;

function parseJson(text: string): unknown {
  if (text.length > mostText) {
    throw malformed('the document', `is larger than ${mostText} bytes`);
  }
  try {
    const document: unknown = JSON.parse(text);
    refuseRepeatedNames(text);
    return document;
  } catch (error) {
    if (error instanceof GranaryError) {
      throw error;
    }
    throw new GranaryError('InvalidInput', 'The policy is not valid JSON.', {
      reason: 'MalformedPolicy',
      cause: error,
    });
  }
}

/** PostgreSQL's texts have no character zero, and neither it nor a half of a surrogate pair comes out of its JSON again. */
function refuseUnstorable(value: unknown): void {
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())) {
    throw malformed('the document', 'has characters that are not allowed');
  }
  if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      refuseUnstorable(name);
      refuseUnstorable(inner);
    }
  }
}

function refuseOversize(document: string | object, kind: PolicyKind): void {
  const most = mostOf[kind];
  if (kind === 'bucket') {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    if (Buffer.byteLength(text, 'utf8') > most) {
      throw malformed('the document', `is larger than ${most} bytes`);
    }
    return;
  }
  const dense = JSON.stringify(typeof document === 'string' ? JSON.parse(document) : document);
  if (dense.length > most) {
    throw malformed('the document', `has more than ${most} characters, blanks not counted`);
  }
}

/** Without a version a document is of the older one, as in AWS: it has no variables. */
function variablesOf(version: unknown): Variables {
  if (version !== undefined && !versions.includes(plainString(version, 'Version'))) {
    throw malformed('Version', `must be ${versions.join(' or ')}`);
  }
  return version === '2012-10-17' ? 'variables' : 'literal';
}

function refuseRepeatedSids(statements: Record<string, unknown>[]): void {
  const seen = new Set<unknown>();
  statements.forEach(({ Sid }, index) => {
    if (Sid !== undefined && Sid !== '' && seen.has(Sid)) {
      throw malformed(`Statement[${index}].Sid`, 'is the same as an earlier one');
    }
    seen.add(Sid);
  });
}

interface Rules {
  readonly variables: Variables;
  readonly place: PolicyPlace;
  readonly resource: ResourceRule;
}

function parseStatement(statement: Record<string, unknown>, index: number, rules: Rules): PolicyStatement {
  const place = `Statement[${index}]`;
  for (const name of Object.keys(statement)) {
    if (!elements.includes(name)) {
      throw malformed(`${place}.${name}`, 'is not known');
    }
  }
  const { kind } = rules.place;
  return {
    index,
    sid: statement.Sid === undefined || statement.Sid === '' ? null : plainString(statement.Sid, `${place}.Sid`),
    effect: parseEffect(statement.Effect, `${place}.Effect`),
    principals:
      kind === 'bucket' || kind === 'trust' ? parsePrincipals(statement, place) : noPrincipals(statement, place),
    actions: parseActions(statement, place, kind),
    resources: kind === 'trust' ? itself(statement, place) : parseResources(statement, place, rules.resource),
    conditions: parseConditions(statement.Condition, `${place}.Condition`, {
      variables: rules.variables,
      isKey: kind === 'trust' ? isTrustKey : isConditionKey,
    }),
    source: statement,
  };
}

function parseEffect(value: unknown, place: string): 'Allow' | 'Deny' {
  if (value !== 'Allow' && value !== 'Deny') {
    throw malformed(place, 'must be Allow or Deny');
  }
  return value;
}

function noPrincipals(statement: Record<string, unknown>, place: string): null {
  for (const name of ['Principal', 'NotPrincipal']) {
    if (statement[name] !== undefined) {
      throw malformed(`${place}.${name}`, 'must not stand in a policy that is attached to whom it is about');
    }
  }
  return null;
}

/** `Action` or `NotAction`, `Resource` or `NotResource`: exactly one of the two. */
function parseListed(
  statement: Record<string, unknown>,
  { place, name }: { place: string; name: 'Action' | 'Resource' },
  read: (value: unknown, place: string) => Pattern,
): Listed<Pattern> {
  const opposite = statement[`Not${name}`];
  if (opposite === undefined) {
    return { negated: false, patterns: oneOrMore(statement[name], `${place}.${name}`, read) };
  }
  if (statement[name] !== undefined) {
    throw malformed(`${place}.Not${name}`, `must not stand beside ${name}`);
  }
  return { negated: true, patterns: oneOrMore(opposite, `${place}.Not${name}`, read) };
}

function parseResources(statement: Record<string, unknown>, place: string, rule: ResourceRule): Listed<Pattern> {
  return parseListed(statement, { place, name: 'Resource' }, (value, at) => parseResource(value, at, rule));
}

/** A trust policy is about the role that it belongs to, and about nothing else. */
function itself(statement: Record<string, unknown>, place: string): Listed<Pattern> {
  for (const name of ['Resource', 'NotResource']) {
    if (statement[name] !== undefined) {
      throw malformed(`${place}.${name}`, 'must not stand in a trust policy');
    }
  }
  return { negated: false, patterns: [parsePattern('*', place, { wildcards: 'wildcards', variables: 'literal' })] };
}

function parseActions(statement: Record<string, unknown>, place: string, kind: PolicyKind): Listed<Pattern> {
  const actions = parseListed(statement, { place, name: 'Action' }, kind === 'trust' ? parseTrustAction : parseAction);
  if (actions.patterns.some(({ source }) => /^iam:/i.test(source))) {
    if (kind === 'bucket') {
      throw malformed(`${place}.Action`, 'must not name actions of iam in the policy of a bucket');
    }
    // The verbs of granary that do the same would still be among all the others.
    if (actions.negated) {
      throw malformed(`${place}.NotAction`, 'must not name actions of iam: name those of granary');
    }
  }
  return actions;
}

function parseTrustAction(value: unknown, place: string): Pattern {
  if (!/^sts:/i.test(plainString(value, place))) {
    throw malformed(place, 'is not an action of sts: a trust policy says who may assume the role');
  }
  return parseAction(value, place);
}

function parseAction(value: unknown, place: string): Pattern {
  const source = plainString(value, place);
  const pattern = source.toLowerCase();
  if (!namesAnAction(pattern)) {
    throw malformed(place, 'is not an action of S3, nor one of iam, sts or granary');
  }
  return { ...parsePattern(pattern, place, { wildcards: 'wildcards', variables: 'literal' }), source };
}

/** What there may be of what takes time to match; the size of a document bounds all the rest. */
function refuseCost(statements: readonly PolicyStatement[]): void {
  let costly = 0;
  let values = 0;
  for (const [text, place] of textsOf(statements)) {
    costly += text.isCostly ? 1 : 0;
    if (text.keys.length > mostVariables) {
      throw malformed(place, `has more than ${mostVariables} variables`);
    }
  }
  for (const { conditions } of statements) {
    values += conditions.reduce((sum, condition) => sum + condition.values.length, 0);
  }
  if (costly > mostCostlyPatterns) {
    throw malformed('the document', `has more than ${mostCostlyPatterns} patterns with both * and ?`);
  }
  if (values > mostValues) {
    throw malformed('the document', `has more than ${mostValues} values in its conditions`);
  }
}

function textsOf(statements: readonly PolicyStatement[]): [Pick<Pattern, 'isCostly' | 'keys'>, string][] {
  return statements.flatMap(({ actions, resources, conditions }, index) => [
    ...[...actions.patterns, ...resources.patterns].map((text): [typeof text, string] => [text, `Statement[${index}]`]),
    ...conditions.flatMap(({ values }) =>
      values.map((text): [typeof text, string] => [text, `Statement[${index}].Condition`]),
    ),
  ]);
}

function keysOf(statements: readonly PolicyStatement[]): Set<string> {
  const conditions: Condition[] = statements.flatMap((statement) => [...statement.conditions]);
  const inTexts = textsOf(statements).flatMap(([{ keys }]) => [...keys]);
  return new Set([...conditions.map(({ canonicalKey }) => canonicalKey), ...inTexts].map(keyFamily));
}
