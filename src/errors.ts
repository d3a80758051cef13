/**
 * The kinds of failure that callers can tell apart. A facade translates a kind (and, where its protocol has a
 * finer code, the reason) into its own form; nothing here knows of HTTP, S3 or GraphQL.
 */
export type ErrorKind =
  | 'InvalidInput'
  | 'Unauthenticated'
  | 'Denied'
  | 'NotFound'
  | 'Conflict'
  | 'PreconditionFailed'
  | 'NotModified'
  | 'RangeNotSatisfiable'
  | 'TooLarge'
  | 'DigestMismatch'
  | 'IncompleteBody'
  | 'QuotaExceeded'
  | 'RateLimited'
  | 'Locked'
  | 'StorageFull'
  | 'Unavailable'
  | 'NotSupported'
  | 'Internal';

/** What a failure may carry for the caller's eyes: never a secret, a path or a stack. */
export interface ErrorDetails {
  /** The field's standard name of this very case, in AWS's spelling where AWS has one: `NoSuchKey`, `BucketNotEmpty`. */
  reason?: string;
  /** The path of the input field that is wrong, for example `['input', 'key']`. */
  field?: string[];
  /** Facts that a protocol shows beside the message, for example the bucket's name. */
  data?: Record<string, string | number | boolean>;
  cause?: unknown;
}

/** An expected failure. Whatever else is thrown is a bug and reaches callers as `Internal`, without its message. */
export class GranaryError extends Error {
  readonly kind: ErrorKind;
  readonly reason: string;
  readonly field: string[] | undefined;
  readonly data: Record<string, string | number | boolean>;

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'GranaryError';
    this.kind = kind;
    this.reason = details.reason ?? kind;
    this.field = details.field;
    this.data = details.data ?? {};
  }
}

/** True when the error is a {@link GranaryError} of one of the kinds (of any kind when none is named). */
export function isGranaryError(error: unknown, ...kinds: ErrorKind[]): error is GranaryError {
  return error instanceof GranaryError && (kinds.length === 0 || kinds.includes(error.kind));
}
