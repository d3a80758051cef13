import { GranaryError } from '../../errors.js';

/** What the SQL functions of the write path answer. */
export type WriteOutcome = 'ok' | 'stale' | 'exists' | 'missing' | 'mismatch' | 'lost' | 'absent' | 'locked' | 'quota';

/** The error behind an outcome that is neither `ok` nor `stale`. */
export function rejectOutcome(outcome: WriteOutcome, key: string): GranaryError {
  switch (outcome) {
    case 'exists':
      return preconditionFailed('If-None-Match');
    case 'mismatch':
      return preconditionFailed('If-Match');
    case 'missing':
      return noSuchKey(key);
    case 'lost':
      return new GranaryError('Unavailable', 'The upload took longer than uploads may take. Try again.');
    case 'locked':
      return objectLocked();
    case 'quota':
      return new GranaryError('QuotaExceeded', 'The quota is used up.');
    case 'ok':
    case 'stale':
    case 'absent':
      return new GranaryError('Internal', `Not a failure: ${outcome}`);
    default:
      return outcome satisfies never;
  }
}

export function preconditionFailed(condition: string): GranaryError {
  return new GranaryError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    data: { Condition: condition },
  });
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
export function objectLocked(): GranaryError {
  return new GranaryError('Locked', 'Access Denied because object protected by object lock.', {
    reason: 'ObjectLocked',
  });
}

export function noSuchKey(key: string, marker?: { versionId: string }): GranaryError {
  return new GranaryError('NotFound', 'The specified key does not exist.', {
    reason: 'NoSuchKey',
    data: { Key: key, ...(marker === undefined ? {} : { deleteMarker: true, versionId: marker.versionId }) },
  });
}

export function noSuchVersion(key: string, versionId: string): GranaryError {
  return new GranaryError('NotFound', 'The specified version does not exist.', {
    reason: 'NoSuchVersion',
    data: { Key: key, VersionId: versionId },
  });
}

export function noSuchUpload(uploadId: string): GranaryError {
  return new GranaryError(
    'NotFound',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { reason: 'NoSuchUpload', data: { UploadId: uploadId } },
  );
}

/** An entity tag as a client sends it, without quotes and weakness; null when there is none. */
export function entityTag(sent: string | undefined): string | null {
  return sent === undefined
    ? null
    : sent
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1');
}
