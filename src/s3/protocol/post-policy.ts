import { s3Error } from './s3-error.js';

/** A form's policy document: who signs it lets others send forms that fit it. */
export interface PostPolicy {
  /** In milliseconds since the epoch. */
  expiresAt: number;
  matches: readonly Match[];
  /** What the file's size must be within, in bytes. */
  size: { least: number; most: number } | undefined;
}

interface Match {
  kind: 'eq' | 'starts-with';
  /** In lower case, without the dollar sign. */
  field: string;
  value: string;
}

/** Fields that are not part of what a policy speaks about. */
const uncovered = new Set(['awsaccesskeyid', 'file', 'policy', 'signature', 'x-amz-signature']);

/**
 * Reads a policy, base64 of JSON; throws InvalidPolicyDocument when it is not one.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export function parsePostPolicy(encoded: string): PostPolicy {
  const { expiration, conditions } = parseDocument(encoded);
  if (typeof expiration !== 'string') {
    throw invalid('Invalid Policy: Policy missing expiration.');
  }
  const isTimestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/.test(expiration);
  const expiresAt = isTimestamp ? Date.parse(expiration) : Number.NaN;
  if (Number.isNaN(expiresAt)) {
    throw invalid(`Invalid Policy: Invalid 'expiration' value: '${expiration}'`);
  }
  if (!Array.isArray(conditions)) {
    throw invalid("Invalid Policy: Invalid 'conditions' value: must be a List.");
  }
  const matches: Match[] = [];
  let size: PostPolicy['size'];
  for (const condition of conditions) {
    if (Array.isArray(condition) && isWord(condition[0], 'content-length-range')) {
      size = parseSize(condition);
    } else {
      matches.push(...parseMatches(condition));
    }
  }
  return { expiresAt, matches, size };
}

/** Throws AccessDenied unless the policy holds now and its conditions speak of every field and fit it. */
export function requireFit(policy: PostPolicy, fields: ReadonlyMap<string, string>, now: number): void {
  if (policy.expiresAt < now) {
    throw denied('Policy expired.');
  }
  for (const match of policy.matches) {
    if (!fits(match, fields.get(match.field) ?? '')) {
      throw denied(`Policy Condition failed: ["${match.kind}", "$${match.field}", "${match.value}"]`);
    }
  }
  const covered = new Set(policy.matches.map(({ field }) => field));
  const extra = [...fields.keys()].filter(
    (name) => !covered.has(name) && !uncovered.has(name) && !name.startsWith('x-ignore-'),
  );
  if (extra.length > 0) {
    throw denied(`Extra input fields: ${extra.join(', ')}`);
  }
}

function fits({ kind, value, field }: Match, sent: string): boolean {
  // A dollar sign may be written with a backslash; fields that have the backslash themselves fit it as it is.
  const wanted = [value, value.replaceAll('\\$', '$')];
  if (kind === 'eq') {
    return wanted.includes(sent);
  }
  // A list of types fits when each of them does.
  const values = field === 'content-type' ? sent.split(',') : [sent];
  return wanted.some((prefix) => values.every((each) => each.trim().startsWith(prefix)));
}

function parseDocument(encoded: string): { expiration?: unknown; conditions?: unknown } {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    throw invalid('Invalid Policy: Invalid JSON.');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw invalid('Invalid Policy: Invalid JSON.');
  }
  return document;
}

/** `{"acl": "private"}` is an exact match for each of its names; `["eq", "$acl", "private"]` says the same. */
function parseMatches(condition: unknown): Match[] {
  if (Array.isArray(condition)) {
    return [parseTriple(condition)];
  }
  if (typeof condition !== 'object' || condition === null || Object.keys(condition).length === 0) {
    throw invalid(
      'Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
    );
  }
  return Object.entries(condition).map(([name, value]) => ({
    kind: 'eq' as const,
    field: name.toLowerCase(),
    value: scalar(value),
  }));
}

function parseTriple(condition: unknown[]): Match {
  const [kind, name, value] = condition;
  const isKnown = isWord(kind, 'eq') || isWord(kind, 'starts-with');
  if (!isKnown || condition.length !== 3 || typeof name !== 'string' || !name.startsWith('$')) {
    throw invalid('Invalid Policy: Invalid Condition.');
  }
  return { kind: isWord(kind, 'eq') ? 'eq' : 'starts-with', field: name.slice(1).toLowerCase(), value: scalar(value) };
}

function parseSize(condition: unknown[]): { least: number; most: number } {
  const [least, most] = condition.slice(1).map(wholeNumber);
  if (condition.length !== 3 || least === undefined || most === undefined) {
    throw invalid('Invalid Policy: Invalid content-length-range: two whole numbers are needed.');
  }
  return { least, most };
}

function wholeNumber(value: unknown): number | undefined {
  return /^\d{1,15}$/.test(String(value)) ? Number(value) : undefined;
}

function scalar(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw invalid('Invalid Policy: Invalid Condition: a value is neither text nor a number.');
  }
  // Fields have one char for each byte.
  return Buffer.from(String(value)).toString('latin1');
}

function isWord(value: unknown, word: string): boolean {
  return typeof value === 'string' && value.toLowerCase() === word;
}

function invalid(message: string): Error {
  return s3Error('InvalidPolicyDocument', message);
}

function denied(reason: string): Error {
  return s3Error('AccessDenied', `Invalid according to Policy: ${reason}`);
}
