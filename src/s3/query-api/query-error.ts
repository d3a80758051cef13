import { type ErrorKind, GranaryError } from '../../errors.js';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and those of the single operations. */
const statuses = {
  AccessDenied: 403,
  ConcurrentModification: 409,
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  ExpiredToken: 403,
  ExpiredTokenException: 400,
  IDPCommunicationError: 400,
  IncompleteSignature: 400,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidIdentityToken: 400,
  InvalidInput: 400,
  LimitExceeded: 409,
  MalformedInput: 400,
  MalformedPolicyDocument: 400,
  MissingAction: 400,
  MissingAuthenticationToken: 403,
  MissingParameter: 400,
  NoSuchEntity: 404,
  NotImplemented: 501,
  ServiceFailure: 500,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  Throttling: 400,
  UnmodifiableEntity: 400,
  ValidationError: 400,
} as const;

export type QueryErrorCode = keyof typeof statuses;

const codeOfKind: Record<ErrorKind, QueryErrorCode> = {
  InvalidInput: 'ValidationError',
  Unauthenticated: 'AccessDenied',
  Denied: 'AccessDenied',
  NotFound: 'NoSuchEntity',
  Conflict: 'ConcurrentModification',
  PreconditionFailed: 'ConcurrentModification',
  NotModified: 'ServiceFailure',
  RangeNotSatisfiable: 'ValidationError',
  TooLarge: 'ValidationError',
  DigestMismatch: 'ValidationError',
  IncompleteBody: 'ValidationError',
  QuotaExceeded: 'LimitExceeded',
  RateLimited: 'Throttling',
  Locked: 'AccessDenied',
  StorageFull: 'ServiceUnavailable',
  Unavailable: 'ServiceUnavailable',
  NotSupported: 'NotImplemented',
  Internal: 'ServiceFailure',
};

/** What operations and S3's signatures call it, in the words of these services. */
const codeOfReason: Readonly<Record<string, QueryErrorCode>> = {
  AccessKeyAlreadyExists: 'EntityAlreadyExists',
  AuthorizationHeaderMalformed: 'IncompleteSignature',
  AuthorizationQueryParametersError: 'IncompleteSignature',
  DuplicateTagKeys: 'InvalidInput',
  InvalidAccessKeyId: 'InvalidClientTokenId',
  InvalidToken: 'InvalidClientTokenId',
  MalformedPolicy: 'MalformedPolicyDocument',
  RequestTimeTooSkewed: 'SignatureDoesNotMatch',
  UserAlreadyExists: 'EntityAlreadyExists',
  UserOwnsBuckets: 'DeleteConflict',
};

/** What S3's signatures call it, in these services' words. */
const messageOfReason: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'The security token included in the request is invalid.',
  InvalidToken: 'The security token included in the request is invalid.',
};

export interface QueryFailure {
  readonly code: QueryErrorCode;
  readonly status: number;
  readonly message: string;
}

const kindOfStatus: Readonly<Record<number, ErrorKind>> = {
  400: 'InvalidInput',
  403: 'Denied',
  404: 'NotFound',
  409: 'Conflict',
  501: 'NotSupported',
};

/** A failure that only these services know. */
export function queryError(code: QueryErrorCode, message: string): GranaryError {
  return new GranaryError(kindOfStatus[statuses[code]] ?? 'Internal', message, { reason: code });
}

/** The form that these services give whatever was thrown; what is no {@link GranaryError} keeps its message to itself. */
export function toQueryFailure(error: unknown): QueryFailure {
  const code = error instanceof GranaryError ? codeOf(error) : 'ServiceFailure';
  const isOurs = code === 'ServiceFailure' || !(error instanceof GranaryError);
  const message = isOurs ? 'The request could not be answered because of a fault in the server.' : messageOf(error);
  return { code, status: statuses[code], message };
}

function messageOf({ reason, data, message }: GranaryError): string {
  // Only a signature that was worked out shows what was to be signed; other faults of one say themselves what they are.
  if (reason === 'SignatureDoesNotMatch' && data.StringToSign !== undefined) {
    return 'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';
  }
  return messageOfReason[reason] ?? message;
}

function codeOf({ reason, kind }: GranaryError): QueryErrorCode {
  // Without a reason of its own an error has its kind's name for one, which may be a code's too.
  return isQueryErrorCode(reason) && reason !== kind ? reason : (codeOfReason[reason] ?? codeOfKind[kind]);
}

function isQueryErrorCode(reason: string): reason is QueryErrorCode {
  return Object.hasOwn(statuses, reason);
}
