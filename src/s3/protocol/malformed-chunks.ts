import { s3Error } from './s3-error.js';

/** Whatever is wrong with the `aws-chunked` coding is one error in S3; the detail is for who writes a client. */
export function malformedChunks(detail: string): Error {
  return s3Error('IncompleteBody', 'The request body terminated unexpectedly', { Detail: detail });
}
