import { isGranaryError } from '../errors.js';

/** So often is looked, while there is nothing to tell, whether who is at the other end is still signed in. */
const everyMs = 5000;

/** Tells what a connection has open when its caller is signed out: one look for all of it, mostly in memory. */
export class CallerWatch {
  readonly #look: () => Promise<unknown>;
  readonly #listeners = new Set<(error: unknown) => void>();
  #timer: NodeJS.Timeout | undefined;

  /** `look` throws `Unauthenticated` or `Denied` once the caller is out. */
  constructor(look: () => Promise<unknown>) {
    this.#look = look;
  }

  /** Calls `tell` with what `look` threw. Returns what ends it. */
  listen(tell: (error: unknown) => void): () => void {
    this.#listeners.add(tell);
    this.#timer ??= setInterval(() => void this.#tellIfOut(), everyMs).unref();
    return () => {
      this.#listeners.delete(tell);
      if (this.#listeners.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    };
  }

  async #tellIfOut(): Promise<void> {
    const error = await this.#look().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    // A database that is away for a moment signs nobody out.
    if (isGranaryError(error, 'Unauthenticated', 'Denied')) {
      for (const tell of [...this.#listeners]) {
        tell(error);
      }
    }
  }
}
