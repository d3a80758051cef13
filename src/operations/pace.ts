import { setTimeout as delay } from 'node:timers/promises';

/** Keeps work to so many bytes a second, over the time since it was made. */
export class Pace {
  readonly #bytesPerSecond: number;
  readonly #startedAt = performance.now();
  #bytes = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Counts bytes that were read, and resolves when they may have been; at once when the signal says to stop. */
  async spend(bytes: number, signal?: AbortSignal): Promise<void> {
    this.#bytes += bytes;
    const early = this.#startedAt + (1000 * this.#bytes) / this.#bytesPerSecond - performance.now();
    if (early > 1) {
      await delay(early, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }
}
