/** Waits, unless the signal ends it; then it throws the signal's reason. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

const firstPauseMs = 500;
const longestPauseMs = 20_000;

/** How long to wait before the next attempt: longer each time, and not all clients at once. */
export function pauseBefore(attempt: number, retryAfter?: number): number {
  const grown = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs);
  return Math.max(grown * (0.5 + Math.random() / 2), (retryAfter ?? 0) * 1000);
}
