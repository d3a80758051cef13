import { GranaryError } from '../../errors.js';

/** Why a version did not reach its target this time. */
export interface ReplicationFailure {
  /** `permanent` is given up at once; `target` says that the target as a whole is not there, and `passing` that this version failed. */
  kind: 'permanent' | 'passing' | 'target';
  /** For tenants: our own words and a code, nothing else of what the target said, which may be no S3 service at all. */
  text: string;
  /** For the server's log: with the target's words; without secrets, at most 500 characters. */
  detail: string;
}

/** Answers below 500 that may be others the next time. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const passingCodes = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'IncompleteBody',
  'OperationAborted',
  'QuotaExceeded',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'SlowDown',
  'XAmzContentSHA256Mismatch',
]);
const passingStatuses = new Set([408, 409, 425, 429]);

const longestText = 500;

/** An answer of a target, as the SDK throws it. */
interface ServiceFailure {
  name: string;
  message: string;
  status: number;
}

/** A failure that is known before anything is sent. */
export class NotReplicable extends Error {}

/** Judges what sending a version threw; `secrets` are struck out of the text. */
export function describeFailure(error: unknown, secrets: readonly string[]): ReplicationFailure {
  const answer = serviceFailure(error);
  const detail = detailOf(error, secrets);
  if (error instanceof NotReplicable) {
    return { kind: 'permanent', text: error.message, detail };
  }
  if (answer !== undefined) {
    const kind = isPassing(answer) ? (answer.status >= 502 ? 'target' : 'passing') : 'permanent';
    return { kind, text: answerText(answer), detail };
  }
  if (error instanceof GranaryError) {
    return { kind: error.kind === 'InvalidInput' ? 'permanent' : 'passing', text: error.message, detail };
  }
  return { kind: 'target', text: connectionText(error), detail };
}

function answerText({ name, status }: ServiceFailure): string {
  const code = /^[A-Za-z][A-Za-z0-9.]{0,63}$/.test(name) ? name : 'unknown code';
  return `The target answered with an error: ${code} (HTTP ${status}).`;
}

function connectionText(error: unknown): string {
  if (isTimeout(error)) {
    return 'The target took too long.';
  }
  const code = fieldOf(error, 'code');
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(code)
    ? `The connection to the target failed: ${code}.`
    : 'It failed before the target gave an answer that could be understood.';
}

function isTimeout(error: unknown): boolean {
  return ['AbortError', 'TimeoutError'].includes(fieldOf(error, 'name'));
}

/** True when the target answered with this code of S3. */
export function isAnswer(error: unknown, ...codes: string[]): boolean {
  const answer = serviceFailure(error);
  return answer !== undefined && codes.includes(answer.name);
}

/** The HTTP status that the target answered with; undefined when it did not answer. */
function serviceFailure(error: unknown): ServiceFailure | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) {
    return undefined;
  }
  const { $metadata: metadata } = error;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? metadata.httpStatusCode : null;
  return typeof status === 'number'
    ? { name: fieldOf(error, 'name'), message: fieldOf(error, 'message'), status }
    : undefined;
}

function isPassing({ name, status }: ServiceFailure): boolean {
  return passingCodes.has(name) || passingStatuses.has(status) || (status >= 500 && status !== 501);
}

function detailOf(error: unknown, secrets: readonly string[]): string {
  const [name, code, message] = ['name', 'code', 'message'].map((field) => fieldOf(error, field));
  const kind = code || (name === 'Error' || name === undefined ? '' : name);
  let text = [kind, message].filter((part) => part !== undefined && part !== '').join(': ') || 'Unknown failure';
  for (const secret of secrets) {
    text = text.replaceAll(secret, '***');
  }
  return text.toWellFormed().replaceAll('\0', '').slice(0, longestText);
}

function fieldOf(error: unknown, field: string): string {
  const value = typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined;
  return typeof value === 'string' ? value : '';
}
