import { GranaryError } from '../errors.js';

const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);

// pg has no codes for these; the texts are those of pg's client.js and pg-pool's index.js.
const clientMessages =
  /^(Connection terminated|Query read timeout|timeout (exceeded when trying to connect|expired)|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end)/;

/** The SQLSTATE of an error that PostgreSQL sent, or the code of a system error. */
export function errorCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** True when the connection is gone, or was never made: whether the statement had its effect is not known. */
export function isConnectionError(error: unknown): boolean {
  const code = errorCode(error);
  if (code === undefined) {
    return error instanceof Error && clientMessages.test(error.message);
  }
  // 57P01 to 57P05: the server ends or is not up; 53300: no connection is free.
  return socketCodes.has(code) || code.startsWith('08') || code.startsWith('57P') || code === '53300';
}

/** A failure as callers of the database see it: `Unavailable` and `StorageFull` of ours, the rest as pg gives it. */
export function translateError(error: unknown): unknown {
  if (isConnectionError(error)) {
    return new GranaryError('Unavailable', 'The database cannot be reached', { cause: error });
  }
  if (errorCode(error) === '57014') {
    return new GranaryError('Unavailable', 'The database takes too long to answer', { cause: error });
  }
  if (errorCode(error) === '53100') {
    return new GranaryError('StorageFull', 'The database has no space left', { cause: error });
  }
  return error;
}
