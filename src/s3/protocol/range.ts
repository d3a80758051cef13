import type { RangeRequest } from '../../operations/types.js';
import { s3Error } from './s3-error.js';

/**
 * A Range header (RFC 9110 section 14.2). What is not one valid range of bytes is as good as no header: the answer is
 * then the whole object, which section 14.2 allows and S3 does for several ranges too.
 */
export function parseRange(header: string | undefined): RangeRequest | undefined {
  if (header === undefined) {
    return undefined;
  }
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header);
  if (match === null) {
    return undefined;
  }
  const [, first = '', last = ''] = match;
  if (first === '') {
    return last === '' ? undefined : { suffix: Number(last) };
  }
  if (last === '') {
    return { first: Number(first) };
  }
  return Number(last) < Number(first) ? undefined : { first: Number(first), last: Number(last) };
}

/** `x-amz-copy-source-range`, which must name both ends: `bytes=0-9`. */
export function parseCopyRange(header: string | undefined): { start: number; end: number } | undefined {
  const range = parseRange(header);
  if (range !== undefined && 'first' in range && range.last !== undefined) {
    return { start: range.first, end: range.last };
  }
  if (header === undefined) {
    return undefined;
  }
  throw s3Error(
    'InvalidArgument',
    'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
  );
}
