import type { ErrorCode, UserErrorFieldsFragment } from './generated/operations.js';

/** An expected failure of a mutation, as the server tells it. */
export type UserError = UserErrorFieldsFragment;

/** What went wrong, for programs. Later servers may know further codes. */
export type GranaryErrorCode =
  | ErrorCode
  | 'BAD_REQUEST'
  | 'BAD_RESPONSE'
  | 'BAD_USER_INPUT'
  | 'CURSOR_EXPIRED'
  | 'INTERNAL_SERVER_ERROR'
  | 'NETWORK'
  | 'OVERFLOW'
  | 'QUERY_TOO_COMPLEX'
  | 'SOURCE_CHANGED'
  | 'UNAVAILABLE'
  | (string & Record<never, never>);

/** One of `errors` of a GraphQL answer. */
export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface ErrorFacts {
  /** The HTTP status, where there was an answer. */
  status?: number | undefined;
  /** How many seconds to wait before trying again, where the server said so. */
  retryAfter?: number | undefined;
  /** All that the answer had to say. */
  errors?: readonly GraphqlError[];
  /** What came nonetheless. */
  data?: unknown;
  cause?: unknown;
}

/** Whatever went wrong with a request; `code` says what, `message` says it for people. */
export class GranaryError extends Error {
  readonly code: GranaryErrorCode;
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
  readonly errors: readonly GraphqlError[];
  readonly data: unknown;

  constructor(code: GranaryErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, 'cause' in facts ? { cause: facts.cause } : undefined);
    this.name = 'GranaryError';
    this.code = code;
    this.status = facts.status;
    this.retryAfter = facts.retryAfter;
    this.errors = facts.errors ?? [];
    this.data = facts.data;
  }
}

/** A mutation that failed in a way that callers expect: a name that is taken, a quota, a missing right. */
export class MutationError extends GranaryError {
  readonly userErrors: readonly UserError[];

  constructor(userErrors: readonly [UserError, ...UserError[]], data?: unknown) {
    super(userErrors[0].code, userErrors.map(({ message }) => message).join('\n'), { data });
    this.name = 'MutationError';
    this.userErrors = userErrors;
  }

  /** With what `decision(id:)` explains a denial. */
  get decisionId(): string | null {
    return this.userErrors.find(({ decisionId }) => decisionId !== null)?.decisionId ?? null;
  }
}

/** No answer came: offline, refused, broken off, or forbidden by the browser (CORS). */
export class NetworkError extends GranaryError {
  constructor(cause: unknown) {
    super('NETWORK', 'The server cannot be reached.', { cause });
    this.name = 'NetworkError';
  }
}

/** The session is over: somebody has to sign in anew. */
export class SessionEndedError extends GranaryError {
  constructor(cause?: unknown) {
    super('UNAUTHENTICATED', 'The session has ended; sign in again.', { status: 401, cause });
    this.name = 'SessionEndedError';
  }
}

/** True for errors of this package, of one of the codes where some are named. */
export function isGranaryError(error: unknown, ...codes: GranaryErrorCode[]): error is GranaryError {
  return error instanceof GranaryError && (codes.length === 0 || codes.includes(error.code));
}

/** What a form shows beside its fields: messages by the path below `input`, such as `bucket` or `files.1`. */
export function fieldErrors(error: unknown): Record<string, string> {
  const userErrors = error instanceof MutationError ? error.userErrors : [];
  return Object.fromEntries(
    userErrors.map(({ field, message }) => [(field ?? []).filter((name) => name !== 'input').join('.'), message]),
  );
}

/** The user errors of all payloads of an answer. */
export function userErrorsOf(data: unknown): UserError[] {
  return Object.values((data ?? {}) as Record<string, { userErrors?: readonly UserError[] } | null>).flatMap(
    (payload) => payload?.userErrors ?? [],
  );
}
