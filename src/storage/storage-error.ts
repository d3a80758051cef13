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
