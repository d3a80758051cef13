import type { ErrorKind } from '../errors.js';

/** The word for a kind of failure in GraphQL's `userErrors[].code` and `errors[].extensions.code`, and in REST's `code`. */
export const errorCodes = {
  InvalidInput: 'INVALID_INPUT',
  Unauthenticated: 'UNAUTHENTICATED',
  Denied: 'DENIED',
  NotFound: 'NOT_FOUND',
  Conflict: 'CONFLICT',
  PreconditionFailed: 'PRECONDITION_FAILED',
  NotModified: 'PRECONDITION_FAILED',
  RangeNotSatisfiable: 'INVALID_INPUT',
  TooLarge: 'TOO_LARGE',
  DigestMismatch: 'DIGEST_MISMATCH',
  IncompleteBody: 'INCOMPLETE_BODY',
  QuotaExceeded: 'QUOTA_EXCEEDED',
  RateLimited: 'RATE_LIMITED',
  Locked: 'LOCKED',
  StorageFull: 'STORAGE_FULL',
  Unavailable: 'UNAVAILABLE',
  NotSupported: 'NOT_SUPPORTED',
  Internal: 'INTERNAL_SERVER_ERROR',
} as const satisfies Record<ErrorKind, string>;
