import type { DeleteConditions } from '../../operations/objects/delete-conditions.js';
import type { ReadConditions, WriteConditions } from '../../operations/types.js';
import { parseHttpDate } from './dates.js';
import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';

/** RFC 9110 section 13.1, for reads. */
export function readConditions({ values }: RequestHeaders): ReadConditions | undefined {
  return conditionsFrom({
    ifMatch: values['if-match'],
    ifNoneMatch: values['if-none-match'],
    ifModifiedSince: values['if-modified-since'],
    ifUnmodifiedSince: values['if-unmodified-since'],
  });
}

/** The conditions on the source of CopyObject and UploadPartCopy. */
export function copySourceConditions({ values }: RequestHeaders): ReadConditions | undefined {
  return conditionsFrom({
    ifMatch: values['x-amz-copy-source-if-match'],
    ifNoneMatch: values['x-amz-copy-source-if-none-match'],
    ifModifiedSince: values['x-amz-copy-source-if-modified-since'],
    ifUnmodifiedSince: values['x-amz-copy-source-if-unmodified-since'],
  });
}

/** The conditions on the source of RenameObject. */
export function renameSourceConditions({ values }: RequestHeaders): ReadConditions | undefined {
  return conditionsFrom({
    ifMatch: values['x-amz-rename-source-if-match'],
    ifNoneMatch: values['x-amz-rename-source-if-none-match'],
    ifModifiedSince: values['x-amz-rename-source-if-modified-since'],
    ifUnmodifiedSince: values['x-amz-rename-source-if-unmodified-since'],
  });
}

/**
 * Conditions on writes (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html): If-Match or
 * If-None-Match, one of the two, with an entity tag or `*`. S3 knows If-None-Match with `*` alone; a tag means what RFC
 * 9110 says. The answer to both headers and to lists of tags is S3's NotImplemented.
 */
export function writeConditions({ values }: RequestHeaders): WriteConditions | undefined {
  const ifMatch = values['if-match'];
  const ifNoneMatch = values['if-none-match'];
  if (ifMatch === undefined && ifNoneMatch === undefined) {
    return undefined;
  }
  if (ifNoneMatch === undefined) {
    return { ifMatch };
  }
  if (ifMatch !== undefined || ifNoneMatch.includes(',')) {
    throw s3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      Header: 'If-None-Match',
    });
  }
  return { ifNoneMatch };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export function deleteConditions({ values }: RequestHeaders): DeleteConditions {
  return {
    ifMatch: values['if-match'],
    ...parseExpected(values['x-amz-if-match-size'], values['x-amz-if-match-last-modified-time']),
  };
}

/** The size and the date that a delete expects; throws InvalidArgument when they are none. */
export function parseExpected(size: string | undefined, modified: string | undefined): DeleteConditions {
  const lastModified = modified === undefined ? undefined : new Date(modified);
  if (size !== undefined && !/^\d{1,15}$/.test(size)) {
    throw s3Error('InvalidArgument', 'The size to match is a number of bytes.', { ArgumentValue: size });
  }
  if (lastModified !== undefined && Number.isNaN(lastModified.getTime())) {
    throw s3Error('InvalidArgument', 'The time to match is a date.', { ArgumentValue: modified ?? '' });
  }
  return { size: size === undefined ? undefined : Number(size), lastModified };
}

type SentConditions = Record<keyof ReadConditions, string | undefined>;

function conditionsFrom(sent: SentConditions): ReadConditions | undefined {
  const conditions: ReadConditions = {};
  if (sent.ifMatch !== undefined) {
    conditions.ifMatch = sent.ifMatch;
  }
  if (sent.ifNoneMatch !== undefined) {
    conditions.ifNoneMatch = sent.ifNoneMatch;
  }
  const modified = parseHttpDate(sent.ifModifiedSince);
  if (modified !== undefined) {
    conditions.ifModifiedSince = modified;
  }
  const unmodified = parseHttpDate(sent.ifUnmodifiedSince);
  if (unmodified !== undefined) {
    conditions.ifUnmodifiedSince = unmodified;
  }
  return Object.keys(conditions).length === 0 ? undefined : conditions;
}
