import { GranaryError } from '../errors.js';

/** The system's error code, for example `ENOENT`; undefined for what is not a system error. */
export function errorCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Turns the failures that a caller can do something about into their kind; others pass through as they are. */
export function storageError(error: unknown): unknown {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new GranaryError('StorageFull', 'There is no space left to store the content.', { cause: error });
    case 'EMFILE':
    case 'ENFILE':
      return new GranaryError('Unavailable', 'Too many files are open; try again.', { cause: error });
    default:
      return error;
  }
}

/** Nothing is at the path of a blob. */
export function missingBlob(cause?: unknown): GranaryError {
  return new GranaryError('Internal', 'The content is missing.', { reason: 'MissingBlob', cause });
}

/** What is stored is not what was stored. @param how completes "The stored content …". */
export function corruptBlob(how: string): GranaryError {
  return new GranaryError('Internal', `The stored content ${how}.`, { reason: 'CorruptBlob' });
}

/** The path of a new blob is taken. */
export function blobExists(cause?: unknown): GranaryError {
  return new GranaryError('Internal', 'The path of the new content is taken.', { reason: 'BlobExists', cause });
}
