import { s3Error } from './s3-error.js';
import { hiddenValue, isSecretName } from './secret-values.js';
import { shownValue } from './shown-value.js';

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
  /** As the policy names it, with the dollar sign that makes it a field. */
  name: string;
  /** In lower case, without the dollar sign; undefined for a name without one, which no field fits. */
  field: string | undefined;
  value: string;
}

/** Fields that are not part of what a policy speaks about. */
const uncovered = new Set(['awsaccesskeyid', 'file', 'policy', 'signature', 'x-amz-signature']);

/** Checksums are of the file, and the file is whatever the sender likes: a wrong one is refused in any case. */
const uncoveredPrefixes = ['x-ignore-', 'x-amz-checksum-'];

/**
 * Reads a policy, base64 of JSON; throws InvalidPolicyDocument when it is not one.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export function parsePostPolicy(encoded: string): PostPolicy {
  const { expiration, conditions, ...others } = parseDocument(encoded);
  const [unexpected] = Object.keys(others);
  if (unexpected !== undefined) {
    throw invalid(`Unexpected: "${unexpected}"`);
  }
  if (expiration === undefined) {
    throw invalid('Policy missing expiration.');
  }
  if (typeof expiration !== 'string') {
    throw invalid('Invalid JSON.');
  }
  const isTimestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)$/.test(expiration);
  const expiresAt = isTimestamp ? Date.parse(expiration) : Number.NaN;
  if (Number.isNaN(expiresAt)) {
    throw invalid(`Invalid 'expiration' value: '${expiration}'`);
  }
  if (conditions === undefined) {
    throw invalid('Policy missing conditions.');
  }
  if (!Array.isArray(conditions)) {
    throw invalid("Invalid 'conditions' value: must be a List.");
  }
  const matches: Match[] = [];
  let size: PostPolicy['size'];
  for (const condition of conditions) {
    if (Array.isArray(condition) && isWord(condition[0], 'content-length-range')) {
      size = parseSize(condition);
    } else {
      matches.push(parseMatch(condition));
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
    if (match.field === undefined || !fits(match, fields.get(match.field) ?? '')) {
      const value = isSecretName(match.name.replace('$', '').toLowerCase()) ? hiddenValue : match.value;
      throw denied(`Policy Condition failed: ["${match.kind}", "${match.name}", "${value}"]`);
    }
  }
  const covered = new Set(policy.matches.map(({ field }) => field));
  const extra = [...fields.keys()].filter(
    (name) =>
      !covered.has(name) && !uncovered.has(name) && !uncoveredPrefixes.some((prefix) => name.startsWith(prefix)),
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
  // Without its blanks first: one expression for both tries each run of blanks in two ways, at every length.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded.replace(/\s+/g, ''))) {
    throw invalid('invalid Base64 encoding.');
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  if (text.trim() === '') {
    throw invalid("Expecting '{' but found End-of-Input");
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    throw invalid('Invalid JSON.');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw invalid('Invalid JSON.');
  }
  return document;
}

/** `{"acl": "private"}` says the same as `["eq", "$acl", "private"]`. */
function parseMatch(condition: unknown): Match {
  if (Array.isArray(condition)) {
    return parseTriple(condition);
  }
  if (typeof condition !== 'object' || condition === null) {
    throw invalid('Invalid condition test: must be a List or Object.');
  }
  const [[name, value] = [], ...more] = Object.entries(condition);
  if (name === undefined || more.length > 0) {
    throw invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  }
  if (typeof value !== 'string') {
    throw invalid('Invalid Simple-Condition: value must be a string.');
  }
  return { kind: 'eq', name: `$${name}`, field: name.toLowerCase(), value: inBytes(value) };
}

function parseTriple(condition: unknown[]): Match {
  const [word, name, value] = condition;
  if (word === undefined) {
    throw invalid('Invalid Condition: missing operation identifier.');
  }
  const kind = (['eq', 'starts-with'] as const).find((known) => isWord(word, known));
  if (kind === undefined) {
    throw invalid(`Invalid Condition: unknown operation '${shownValue(word)}'.`);
  }
  if (condition.length !== 3) {
    throw invalid(`Invalid ${kind}: wrong number of arguments.`);
  }
  if (typeof name !== 'string' || (typeof value !== 'string' && typeof value !== 'number')) {
    throw invalid('Invalid JSON.');
  }
  const field = name.startsWith('$') ? name.slice(1).toLowerCase() : undefined;
  return { kind, name, field, value: inBytes(String(value)) };
}

function parseSize(condition: unknown[]): { least: number; most: number } {
  if (condition.length !== 3) {
    throw invalid('Invalid content-length-range: wrong number of arguments.');
  }
  const [least, most] = condition.slice(1).map(wholeNumber);
  if (least === undefined || most === undefined) {
    throw invalid('Invalid JSON.');
  }
  return { least, most };
}

function wholeNumber(value: unknown): number | undefined {
  const isPlain = typeof value === 'string' || typeof value === 'number';
  return isPlain && /^\d{1,15}$/.test(String(value)) ? Number(value) : undefined;
}

/** Fields have one char for each byte. */
function inBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function isWord(value: unknown, word: string): boolean {
  return typeof value === 'string' && value.toLowerCase() === word;
}

function invalid(problem: string): Error {
  return s3Error('InvalidPolicyDocument', `Invalid Policy: ${problem}`);
}

function denied(reason: string): Error {
  return s3Error('AccessDenied', `Invalid according to Policy: ${reason}`);
}
