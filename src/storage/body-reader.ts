import { Readable } from 'node:stream';
import { GranaryError } from '../errors.js';
import { SilenceWatch } from './silence-watch.js';
import { errorCode } from './storage-error.js';

export interface BodyLimits {
  /** The number of bytes declared, if any was. */
  length?: number | undefined;
  maxSize: number;
  idleTimeoutMs: number;
}

/** Codes with which Node reports a sender that went away. */
const CUT_OFF = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR']);

/** Pulls a body chunk by chunk and holds it to its declared length, the permitted size and the idle timeout. */
export class BodyReader {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #limits: BodyLimits;
  readonly #silence: SilenceWatch;
  #size = 0;
  #onIdle: (() => void) | undefined;

  /** @throws GranaryError TooLarge when the declared length is over the limit already; the source is not touched. */
  constructor(source: AsyncIterable<Uint8Array>, limits: BodyLimits) {
    if (limits.length !== undefined && limits.length > limits.maxSize) throw tooLarge(limits.maxSize);
    this.#source = source;
    this.#limits = limits;
    // A server's request must outlive its reader when the reader gives up: its answer goes through the same socket.
    this.#iterator =
      source instanceof Readable ? source.iterator({ destroyOnReturn: false }) : source[Symbol.asyncIterator]();
    this.#silence = new SilenceWatch(limits.idleTimeoutMs, () => this.#onIdle?.());
  }

  /** Bytes seen so far. */
  get size(): number {
    return this.#size;
  }

  /** The next bytes, never empty; undefined when the body is whole. */
  async next(): Promise<Uint8Array | undefined> {
    // The clock runs only while we wait for the sender, not while the sender waits for our disk.
    this.#silence.restart();
    let result = await this.#pull();
    while (!result.done && result.value.length === 0) result = await this.#pull();
    if (result.done) {
      this.#checkEnd();
      return undefined;
    }
    this.#count(result.value.length);
    return result.value;
  }

  /** Lets go of the source. After a failure the rest of the body stays unread in it. */
  close(): void {
    this.#silence.stop();
    // What a source has to say after we have turned away is of no consequence: the outcome is decided.
    this.#iterator.return?.().catch(() => undefined);
  }

  #pull(): Promise<IteratorResult<Uint8Array>> {
    // Not Promise.race: it would hang one more callback on a promise as old as the upload for every chunk.
    return new Promise((resolve, reject) => {
      this.#onIdle = () => {
        reject(new GranaryError('IncompleteBody', 'The sender was silent for too long.', { reason: 'RequestTimeout' }));
        if (this.#source instanceof Readable) this.#source.destroy();
      };
      this.#iterator.next().then(resolve, (error: unknown) => reject(sourceError(error)));
    });
  }

  #count(bytes: number): void {
    this.#onIdle = undefined;
    this.#size += bytes;
    const { length, maxSize } = this.#limits;
    if (length !== undefined && this.#size > length) throw incomplete('The body is longer than its declared length.');
    if (this.#size > maxSize) throw tooLarge(maxSize);
  }

  #checkEnd(): void {
    const { length } = this.#limits;
    if (length !== undefined && this.#size < length) throw incomplete('The body is shorter than its declared length.');
  }
}

function sourceError(error: unknown): unknown {
  return CUT_OFF.has(errorCode(error) ?? '') ? incomplete('The sender closed the connection.', error) : error;
}

function incomplete(message: string, cause?: unknown): GranaryError {
  return new GranaryError('IncompleteBody', message, { cause });
}

function tooLarge(maxSize: number): GranaryError {
  return new GranaryError('TooLarge', `The content is larger than the permitted ${maxSize} bytes.`, {
    reason: 'EntityTooLarge',
    data: { maxSize },
  });
}
