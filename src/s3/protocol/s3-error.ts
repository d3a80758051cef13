import { type ErrorKind, GranaryError } from '../../errors.js';

/** Codes, statuses and default messages of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const errors = {
  AccessControlListNotSupported: [400, 'The bucket does not allow ACLs'],
  AccessDenied: [403, 'Access Denied'],
  // Letter by letter, with AWS's slip.
  AccessForbidden: [
    403,
    "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
  ],
  AmbiguousGrantByEmailAddress: [400, 'The e-mail address you provided is associated with more than one account.'],
  AuthorizationHeaderMalformed: [400, 'The authorization header is malformed.'],
  AuthorizationQueryParametersError: [400, 'Error parsing the X-Amz-Credential parameter.'],
  BadDigest: [400, 'The Content-MD5 you specified did not match what we received.'],
  BadRequest: [400, 'Bad Request'],
  BucketAlreadyExists: [409, 'The requested bucket name is not available.'],
  BucketAlreadyOwnedByYou: [409, 'Your previous request to create the named bucket succeeded and you already own it.'],
  BucketNotEmpty: [409, 'The bucket you tried to delete is not empty'],
  ConditionalRequestConflict: [409, 'A conflicting operation occurred during processing of this request.'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed object size.'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size'],
  ExpiredToken: [400, 'The provided token has expired.'],
  IncorrectNumberOfFilesInPostRequest: [400, 'POST requires exactly one file upload per request.'],
  IdMismatch: [400, 'Document ID does not match the specified configuration ID.'],
  IncompleteBody: [400, 'You did not provide the number of bytes specified by the Content-Length HTTP header'],
  InsufficientStorage: [507, 'There is not enough space left to store the request.'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidAccessKeyId: [403, 'The AWS Access Key Id you provided does not exist in our records.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidBucketAclWithObjectOwnership: [
    400,
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  ],
  InvalidBucketName: [400, 'The specified bucket is not valid.'],
  InvalidBucketState: [409, 'The request is not valid for the current state of the bucket.'],
  InvalidDigest: [400, 'The Content-MD5 you specified was invalid.'],
  InvalidEncryptionAlgorithmError: [
    400,
    'The encryption request that you specified is not valid. The valid value is AES256.',
  ],
  InvalidLocationConstraint: [400, 'The specified location-constraint is not valid'],
  InvalidPart: [
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  ],
  InvalidPartNumber: [416, 'The requested partnumber is not satisfiable.'],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order. Parts must be ordered by part number.'],
  InvalidPolicyDocument: [
    400,
    'The content of the form does not meet the conditions specified in the policy document.',
  ],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRedirectLocation: [400, "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."],
  InvalidRequest: [400, 'Invalid Request'],
  InvalidS3DestinationBucket: [400, 'The destination bucket is not valid.'],
  InvalidStorageClass: [400, 'The storage class you specified is not valid'],
  InvalidTag: [400, 'The tag provided was not a valid tag.'],
  InvalidTargetBucketForLogging: [400, 'The target bucket for logging is not valid.'],
  InvalidToken: [400, 'The provided token is malformed or otherwise invalid.'],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  'KMS.DisabledException': [400, 'The encryption key is disabled.'],
  'KMS.NotFoundException': [400, 'The encryption key does not exist.'],
  KeyTooLongError: [400, 'Your key is too long'],
  MalformedACLError: [400, 'The XML you provided was not well-formed or did not validate against our published schema'],
  MalformedPOSTRequest: [400, 'The body of your POST request is not well-formed multipart/form-data.'],
  MalformedPolicy: [400, 'The policy is not well formed.'],
  MalformedTrailerError: [
    400,
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  ],
  MalformedXML: [400, 'The XML you provided was not well-formed or did not validate against our published schema'],
  MaxMessageLengthExceeded: [400, 'Your request was too big.'],
  MaxPostPreDataLengthExceededError: [400, 'Your POST request fields preceding the upload file were too large.'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  MissingRequestBodyError: [400, 'Request body is empty.'],
  MissingSecurityHeader: [400, 'Your request was missing a required header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchBucketPolicy: [404, 'The bucket policy does not exist'],
  NoSuchCORSConfiguration: [404, 'The CORS configuration does not exist'],
  NoSuchConfiguration: [404, 'The specified configuration does not exist.'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchLifecycleConfiguration: [404, 'The lifecycle configuration does not exist'],
  NoSuchObjectLockConfiguration: [404, 'The specified object does not have a ObjectLock configuration'],
  NoSuchPublicAccessBlockConfiguration: [404, 'The public access block configuration was not found'],
  NoSuchTagSet: [404, 'The TagSet does not exist'],
  NoSuchUpload: [
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  ],
  NoSuchVersion: [404, 'The specified version does not exist.'],
  NoSuchWebsiteConfiguration: [404, 'The specified bucket does not have a website configuration'],
  NotImplemented: [501, 'A header you provided implies functionality that is not implemented'],
  NotModified: [304, 'Not Modified'],
  ObjectLockConfigurationNotFoundError: [404, 'Object Lock configuration does not exist for this bucket'],
  OperationAborted: [409, 'A conflicting conditional operation is in progress against this resource. Try again.'],
  OwnershipControlsNotFoundError: [404, 'The bucket ownership controls were not found'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  QuotaExceeded: [403, 'The quota is used up.'],
  ReplicationConfigurationNotFoundError: [404, 'The replication configuration was not found'],
  RequestHeaderSectionTooLarge: [400, 'Your request header section exceeds the maximum allowed size.'],
  RequestTimeTooSkewed: [403, 'The difference between the request time and the current time is too large.'],
  RequestTimeout: [
    400,
    'Your socket connection to the server was not read from or written to within the timeout period.',
  ],
  ServerSideEncryptionConfigurationNotFoundError: [404, 'The server side encryption configuration was not found'],
  ServiceUnavailable: [503, 'Service is unable to handle the request.'],
  SignatureDoesNotMatch: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
  SlowDown: [503, 'Please reduce your request rate.'],
  TooManyConfigurations: [400, 'You have reached the limit of configurations of this kind.'],
  UnexpectedContent: [400, 'This request does not support content'],
  UnresolvableGrantByEmailAddress: [400, 'The e-mail address you provided does not match any account on record.'],
  XAmzContentSHA256Mismatch: [400, "The provided 'x-amz-content-sha256' header does not match what was computed."],
} as const satisfies Record<string, readonly [number, string]>;

export type S3ErrorCode = keyof typeof errors;

/** The code for a kind whose reason S3 does not know. */
const codeOfKind: Record<ErrorKind, S3ErrorCode> = {
  InvalidInput: 'InvalidArgument',
  Unauthenticated: 'AccessDenied',
  Denied: 'AccessDenied',
  NotFound: 'NoSuchKey',
  Conflict: 'OperationAborted',
  PreconditionFailed: 'PreconditionFailed',
  NotModified: 'NotModified',
  RangeNotSatisfiable: 'InvalidRange',
  TooLarge: 'EntityTooLarge',
  DigestMismatch: 'BadDigest',
  IncompleteBody: 'IncompleteBody',
  QuotaExceeded: 'QuotaExceeded',
  RateLimited: 'SlowDown',
  Locked: 'AccessDenied',
  StorageFull: 'InsufficientStorage',
  Unavailable: 'ServiceUnavailable',
  NotSupported: 'NotImplemented',
  Internal: 'InternalError',
};

const kindOfStatus: Record<number, ErrorKind> = {
  304: 'NotModified',
  403: 'Denied',
  404: 'NotFound',
  405: 'NotSupported',
  409: 'Conflict',
  412: 'PreconditionFailed',
  416: 'RangeNotSatisfiable',
  500: 'Internal',
  501: 'NotSupported',
  503: 'Unavailable',
  507: 'StorageFull',
};

/** Facts in an error's data that S3 shows under a name of its own. */
const fieldNames: Record<string, string> = { bucket: 'BucketName', size: 'ActualObjectSize', range: 'RangeRequested' };

/** Facts that go into headers and not into the document. */
const headerFacts = new Set(['retryAfter', 'deleteMarker', 'etag', 'lastModified', 'versionId']);

/** Codes that S3 says nothing more about in its message; what we know more is the document's detail. */
const hasFixedWords: ReadonlySet<S3ErrorCode> = new Set(['InvalidBucketName', 'MalformedXML']);

/** What a failed request is answered with. */
export interface S3Failure {
  code: S3ErrorCode;
  status: number;
  message: string;
  /** Elements beside Code and Message, in S3's names. */
  fields: [name: string, value: string][];
}

/** A failure that only this facade knows; `data` becomes the document's extra elements. */
export function s3Error(
  code: S3ErrorCode,
  message: string = errors[code][1],
  data: Record<string, string | number | boolean> = {},
): GranaryError {
  return new GranaryError(kindOfStatus[errors[code][0]] ?? 'InvalidInput', message, { reason: code, data });
}

/** The S3 form of whatever was thrown; what is not a {@link GranaryError} becomes InternalError without its message. */
export function toS3Failure(error: unknown): S3Failure {
  if (!(error instanceof GranaryError)) {
    return failure('InternalError', undefined, {});
  }
  const code = isS3ErrorCode(error.reason) ? error.reason : codeOfKind[error.kind];
  if (code === 'InternalError') {
    // What is wrong inside the server is for its log, not for the client.
    return failure(code, undefined, error.data);
  }
  if (code === 'XAmzContentSHA256Mismatch') {
    // Only here a digest comes by a header.
    return failure(code, undefined, error.data);
  }
  if (error.kind === 'Unauthenticated' && code === 'AccessDenied') {
    // Nobody signs in here: requests are signed or they are not.
    return failure(code, undefined, error.data);
  }
  if (hasFixedWords.has(code) && error.message !== errors[code][1]) {
    return failure(code, undefined, { ...error.data, Detail: error.message });
  }
  return failure(code, error.message, error.data);
}

function failure(
  code: S3ErrorCode,
  message: string | undefined,
  data: Record<string, string | number | boolean>,
): S3Failure {
  const fields = Object.entries(data)
    .filter(([name]) => !headerFacts.has(name))
    .map(([name, value]): [string, string] => [fieldNames[name] ?? capitalized(name), String(value)]);
  return { code, status: errors[code][0], message: message || errors[code][1], fields };
}

function isS3ErrorCode(reason: string): reason is S3ErrorCode {
  return Object.hasOwn(errors, reason);
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
