import { SilenceWatch } from '../../storage/silence-watch.js';

/** A body that is taken in one piece after the other. A client that breaks off, or stands still, just ends it. */
export class BodyPieces {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #idleMs: number;
  #rest: Uint8Array | undefined;
  #ended = false;

  constructor(body: AsyncIterable<Uint8Array>, { idleMs }: { idleMs: number }) {
    this.#chunks = body[Symbol.asyncIterator]();
    this.#idleMs = idleMs;
  }

  /** True when not one byte more comes; waits for the next one. */
  async isAtEnd(): Promise<boolean> {
    this.#rest ??= await this.#read();
    return this.#rest === undefined;
  }

  /** The next bytes, at most so many. */
  async *piece(most: number): AsyncGenerator<Uint8Array> {
    let left = most;
    while (left > 0 && !(await this.isAtEnd())) {
      const chunk: Uint8Array = this.#rest ?? new Uint8Array();
      this.#rest = chunk.length > left ? chunk.subarray(left) : undefined;
      const taken = chunk.subarray(0, left);
      left -= taken.length;
      yield taken;
    }
  }

  async #read(): Promise<Uint8Array | undefined> {
    while (!this.#ended) {
      const chunk = await this.#next();
      if (chunk !== undefined && chunk.length > 0) {
        return chunk;
      }
      this.#ended = chunk === undefined;
    }
    return undefined;
  }

  async #next(): Promise<Uint8Array | undefined> {
    const { promise: silence, resolve: giveUp } = Promise.withResolvers<'silence'>();
    const watch = new SilenceWatch(this.#idleMs, () => giveUp('silence'));
    try {
      const next = this.#chunks.next();
      // What comes of it after the body was given up is of no consequence.
      next.catch(() => undefined);
      const result = await Promise.race([next, silence]);
      return result === 'silence' || result.done ? undefined : result.value;
    } catch {
      // What came before the connection broke is good.
      return undefined;
    } finally {
      watch.stop();
    }
  }
}
