import { GranaryError } from '../../errors.js';
import { parsePrincipal } from './parse-principal.js';
import type { Policy, PolicyStatement } from './policy.js';
import { malformed, oneOrMore, plainObject, plainString } from './policy-syntax.js';
import { namesAnAction } from './s3-actions.js';

export type { Policy } from './policy.js';

/** The size that AWS sets for bucket policies, in bytes. */
const MAX_SIZE = 20 * 1024;

/** Those that are slow to match, as each place of the text has to be tried: `*` with `?`. */
const MOST_MIXED_PATTERNS = 4;

const versions = ['2012-10-17', '2008-10-17'];

/**
 * Reads a bucket policy. What this server does not evaluate (conditions, Not… elements, variables, principals that are
 * services) is refused with `MalformedPolicy` and its place in the document, never ignored.
 */
export function parsePolicy(document: string | object, bucketName: string): Policy {
  const policy = plainObject(typeof document === 'string' ? parseJson(document) : document, 'the document');
  for (const name of Object.keys(policy)) {
    if (!['Version', 'Id', 'Statement'].includes(name)) {
      throw malformed(name, 'is not known');
    }
  }
  if (policy.Version !== undefined && !versions.includes(plainString(policy.Version, 'Version'))) {
    throw malformed('Version', `must be ${versions.join(' or ')}`);
  }
  if (policy.Id !== undefined) {
    plainString(policy.Id, 'Id');
  }
  const statements = oneOrMore(policy.Statement, 'Statement', plainObject);
  refuseRepeatedSids(statements);
  const parsed = statements.map((statement, index) => parseStatement(statement, `Statement[${index}]`, bucketName));
  refuseOversize(typeof document === 'string' ? document : JSON.stringify(document));
  refuseCostlyPatterns(parsed);
  return { statements: parsed };
}

function parseJson(text: string): unknown {
  refuseOversize(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GranaryError('InvalidInput', 'The policy is not valid JSON.', {
      reason: 'MalformedPolicy',
      cause: error,
    });
  }
}

function refuseOversize(text: string): void {
  if (Buffer.byteLength(text, 'utf8') > MAX_SIZE) {
    throw malformed('the document', `is larger than ${MAX_SIZE} bytes`);
  }
}

function refuseRepeatedSids(statements: Record<string, unknown>[]): void {
  const seen = new Set<unknown>();
  statements.forEach(({ Sid }, index) => {
    if (Sid !== undefined && seen.has(Sid)) {
      throw malformed(`Statement[${index}].Sid`, 'is the same as an earlier one');
    }
    seen.add(Sid);
  });
}

function parseStatement(statement: Record<string, unknown>, place: string, bucketName: string): PolicyStatement {
  for (const name of Object.keys(statement)) {
    refuseUnlessEvaluated(name, `${place}.${name}`);
  }
  if (statement.Sid !== undefined) {
    plainString(statement.Sid, `${place}.Sid`);
  }
  return {
    effect: parseEffect(statement.Effect, `${place}.Effect`),
    principals: parsePrincipal(statement.Principal, `${place}.Principal`),
    actions: oneOrMore(statement.Action, `${place}.Action`, parseAction),
    resources: oneOrMore(statement.Resource, `${place}.Resource`, (value, at) => parseResource(value, at, bucketName)),
  };
}

function refuseUnlessEvaluated(name: string, place: string): void {
  if (['Condition', 'NotPrincipal', 'NotAction', 'NotResource'].includes(name)) {
    throw malformed(place, 'is not supported yet');
  }
  if (!['Sid', 'Effect', 'Principal', 'Action', 'Resource'].includes(name)) {
    throw malformed(place, 'is not known');
  }
}

function parseEffect(value: unknown, place: string): 'Allow' | 'Deny' {
  if (value !== 'Allow' && value !== 'Deny') {
    throw malformed(place, 'must be Allow or Deny');
  }
  return value;
}

function parseAction(value: unknown, place: string): string {
  const pattern = plainString(value, place).toLowerCase();
  if (pattern !== '*' && !(pattern.startsWith('s3:') && namesAnAction(pattern))) {
    throw malformed(place, 'is not an action of S3');
  }
  return pattern;
}

function refuseCostlyPatterns(statements: readonly PolicyStatement[]): void {
  const patterns = statements.flatMap((statement) => [...statement.actions, ...statement.resources]);
  const mixed = patterns.filter((pattern) => pattern.includes('*') && pattern.includes('?'));
  if (mixed.length > MOST_MIXED_PATTERNS) {
    throw malformed('the document', `has more than ${MOST_MIXED_PATTERNS} patterns with both * and ?`);
  }
}

function parseResource(value: unknown, place: string, bucketName: string): string {
  const pattern = plainString(value, place);
  const bucketArn = `arn:aws:s3:::${bucketName}`;
  if (pattern !== bucketArn && !pattern.startsWith(`${bucketArn}/`)) {
    throw malformed(place, `must be ${bucketArn} or begin with ${bucketArn}/`);
  }
  return pattern;
}
