import { setTimeout as delay } from 'node:timers/promises';
import { GranaryError } from '../errors.js';
import { errorCode } from './connection-error.js';

const mostAttempts = 5;

// serialization_failure, deadlock_detected, unique_violation: another try sees what the other transaction did.
const retryableCodes = new Set(['40001', '40P01', '23505']);

/** Runs a whole transaction again when another was in its way: work must have no effect outside the transaction. */
export async function retryConflicts<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!retryableCodes.has(errorCode(error) ?? '')) {
        throw error;
      }
      if (attempt >= mostAttempts) {
        throw new GranaryError('Unavailable', 'Too many others change the same thing just now. Try again.', {
          cause: error,
        });
      }
      await delay(Math.random() * 5 * 2 ** attempt);
    }
  }
}
