import { withoutDeadline } from '../database/deadline.js';
import { isGranaryError } from '../errors.js';
import type { Log } from './context.js';

const pauseAfterFailureMs = 2_000;

interface WriteBehindParts<Entry> {
  log: Log;
  /** Counts what could not be kept. */
  dropped: { inc(count: number): void };
  /** What comes beyond is dropped; entries, unless they have sizes. */
  mostWaiting: number;
  /** One when absent. */
  sizeOf?(entry: Entry): number;
  /** How many are written at once. */
  batchSize: number;
  /** From the first entry to the write that takes it along. */
  pauseMs: number;
  /** What the entries are, in the log. */
  what: string;
  write(batch: readonly Entry[]): Promise<unknown>;
}

/**
 * Entries that are written to the database off the way of whoever makes them: nobody waits for it, many share a
 * statement, and under a flood the queue has an end. A process that dies loses those of its last moments.
 */
export class WriteBehind<Entry> {
  readonly #parts: WriteBehindParts<Entry>;
  readonly #sizeOf: (entry: Entry) => number;
  #waiting: Entry[] = [];
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(parts: WriteBehindParts<Entry>) {
    this.#parts = parts;
    this.#sizeOf = parts.sizeOf ?? (() => 1);
  }

  add(entry: Entry): 'taken' | 'dropped' {
    const { mostWaiting, dropped, pauseMs } = this.#parts;
    if (this.#size >= mostWaiting) {
      dropped.inc(1);
      return 'dropped';
    }
    this.#size += this.#sizeOf(entry);
    this.#waiting.push(entry);
    // Of many requests, and not the one's that came first.
    this.#timer ??= withoutDeadline(() => setTimeout(() => void this.flush(), pauseMs)).unref();
    return 'taken';
  }

  /** Writes what is waiting. */
  async flush(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Writes what is waiting, once more, for the end of the process. */
  async stop(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
    const { dropped, log, what } = this.#parts;
    if (this.#waiting.length > 0) {
      dropped.inc(this.#waiting.length);
      log.warn({ [what]: this.#waiting.length }, `Some ${what} could not be recorded`);
    }
  }

  async #writeAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { batchSize, write, dropped, log, what } = this.#parts;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSize);
      try {
        await write(batch);
        this.#forget(batch);
      } catch (error) {
        if (isGranaryError(error, 'Unavailable')) {
          this.#waiting.unshift(...batch);
          this.#timer = setTimeout(() => void this.flush(), pauseAfterFailureMs).unref();
          return;
        }
        this.#forget(batch);
        dropped.inc(batch.length);
        log.error({ error, [what]: batch.length }, `Some ${what} could not be recorded`);
      }
    }
  }

  #forget(batch: readonly Entry[]): void {
    for (const entry of batch) {
      this.#size -= this.#sizeOf(entry);
    }
  }
}
