import { setTimeout as delay } from 'node:timers/promises';
import { GranaryError } from '../errors.js';
import { isQuota, isRetryable, type RemoteFailure, remoteFailure } from './remote-failure.js';

/** How much is tried before a remote store counts as unavailable. Times are in milliseconds. */
export interface Patience {
  tries: number;
  /** The first pause is up to this long, each further one up to twice the one before. */
  baseMs: number;
  /** One try ends after this. */
  attemptMs: number;
  /** No try lasts beyond this, counted from the first one's beginning. */
  totalMs: number;
}

export const DEFAULT_PATIENCE: Patience = { tries: 5, baseMs: 100, attemptMs: 10_000, totalMs: 30_000 };

/** The slowest connection that a transfer is still waited for, in bytes per millisecond. */
const SLOWEST = 64;

/** The same patience for a request that moves this many bytes. */
export function patienceFor(bytes: number, patience: Patience): Patience {
  const extra = Math.ceil(bytes / SLOWEST);
  return { ...patience, attemptMs: patience.attemptMs + extra, totalMs: patience.totalMs + 2 * extra };
}

/**
 * Runs a request until it succeeds, fails for good, or patience ends. Pauses grow exponentially, with full jitter:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 * @throws GranaryError `StorageFull`; `Unavailable` when it might succeed later. RemoteFailure for what is permanent;
 * a GranaryError of the attempt passes through.
 */
export async function withRetry<T>(
  { patience, signal }: { patience: Patience; signal: AbortSignal },
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + patience.totalMs;
  for (let tried = 1; ; tried += 1) {
    const limit = Math.max(1, Math.min(patience.attemptMs, deadline - Date.now()));
    try {
      return await attempt(AbortSignal.any([signal, AbortSignal.timeout(limit)]));
    } catch (error) {
      if (isOurs(error)) throw error;
      const failure = remoteFailure(error);
      if (isQuota(failure)) throw storageFull(failure);
      if (signal.aborted) throw unavailable(failure);
      if (!isRetryable(failure)) throw failure;
      const pause = Math.random() * patience.baseMs * 2 ** (tried - 1);
      if (tried >= patience.tries || Date.now() + pause >= deadline) throw unavailable(failure);
      await delay(pause, undefined, { signal }).catch(() => {
        throw unavailable(failure);
      });
    }
  }
}

function isOurs(error: unknown): boolean {
  return error instanceof GranaryError;
}

function storageFull(cause: RemoteFailure): GranaryError {
  return new GranaryError('StorageFull', 'The store has no space left.', { cause });
}

function unavailable(cause: RemoteFailure): GranaryError {
  return new GranaryError('Unavailable', 'The store does not answer; try again.', { cause });
}
