import { GranaryError } from './errors.js';

/** Who lets more than this wait is not reading. */
const mostWaiting = 1000;

/** What is pushed at one end and awaited at the other, which must not fall far behind. */
export class Channel<Item> implements AsyncIterableIterator<Item, undefined, undefined> {
  readonly #waiting: Item[] = [];
  readonly #onReturn: () => void;
  #asked: { resolve(result: IteratorResult<Item, undefined>): void; reject(error: unknown): void } | undefined;
  #end: { error?: unknown } | undefined;

  /** `onReturn` is called when the reader wants no more. */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  push(item: Item): void {
    if (this.#end !== undefined) {
      return;
    }
    if (this.#asked === undefined) {
      this.#keep(item);
    } else {
      this.#asked.resolve({ done: false, value: item });
      this.#asked = undefined;
    }
  }

  /** What waits can still be read; a reader that asks for the rest has it begin anew where it is. */
  #keep(item: Item): void {
    if (this.#waiting.length < mostWaiting) {
      this.#waiting.push(item);
    } else {
      this.fail(new GranaryError('OVERFLOW', `More than ${mostWaiting} events came before one was read.`));
      this.#onReturn();
    }
  }

  /** No more comes; what was pushed before can still be read. */
  end(): void {
    this.#finish({});
  }

  fail(error: unknown): void {
    this.#finish({ error });
  }

  async next(): Promise<IteratorResult<Item, undefined>> {
    const item = this.#waiting.shift();
    if (item !== undefined) {
      return { done: false, value: item };
    }
    if (this.#end !== undefined) {
      return this.#atEnd(this.#end);
    }
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
    });
  }

  async return(): Promise<IteratorResult<Item, undefined>> {
    this.end();
    this.#waiting.length = 0;
    this.#onReturn();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(end: { error?: unknown }): void {
    if (this.#end !== undefined) {
      return;
    }
    this.#end = end;
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked !== undefined) {
      void this.#atEnd(end).then(asked.resolve, asked.reject);
    }
  }

  async #atEnd(end: { error?: unknown }): Promise<IteratorResult<Item, undefined>> {
    if ('error' in end) {
      // Told once.
      this.#end = {};
      throw end.error;
    }
    return { done: true, value: undefined };
  }
}
