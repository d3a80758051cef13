import { setTimeout as delay } from 'node:timers/promises';

/** So much time in which nothing was read is made up for, no more: else a pause would end in a burst. */
const mostCreditMs = 1_000;

/** Keeps work to so many bytes a second. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #signal: AbortSignal | undefined;
  /** When what was read until now may have been read. */
  #dueAt = performance.now();

  constructor(bytesPerSecond: number, signal?: AbortSignal) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#signal = signal;
  }

  /**
   * Counts bytes that were read, and resolves when they may have been.
   * @throws AbortError as soon as the signal says to stop.
   */
  async spend(bytes: number): Promise<void> {
    this.#signal?.throwIfAborted();
    const now = performance.now();
    this.#dueAt = Math.max(this.#dueAt, now - mostCreditMs) + (1000 * bytes) / this.#bytesPerSecond;
    if (this.#dueAt - now > 1) {
      await delay(this.#dueAt - now, undefined, this.#signal === undefined ? {} : { signal: this.#signal });
    }
  }
}
