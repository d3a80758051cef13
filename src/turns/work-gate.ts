import { GranaryError } from '../errors.js';

/** Lets a few pieces of costly work run at once, some more wait their turn, and turns the rest away. */
export class WorkGate {
  readonly #limits: { running: number; waiting: number };
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(limits: { running: number; waiting: number }) {
    this.#limits = limits;
  }

  /** Throws `Unavailable` at once when too many wait already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#limits.running) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#limits.waiting) {
      throw new GranaryError('Unavailable', 'Too much of this at once; try again in a moment.', {
        reason: 'SlowDown',
      });
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A place is handed over, not given back and taken again, so that nobody can slip in between. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#running -= 1;
    } else {
      next();
    }
  }
}
