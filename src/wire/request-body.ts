import type { IncomingMessage } from 'node:http';
import { GranaryError } from '../errors.js';

const pauseAt = 512 * 1024;
const resumeAt = 128 * 1024;

interface Waiting {
  resolve(result: IteratorResult<Buffer>): void;
  reject(error: unknown): void;
}

/**
 * The bytes of a request's body as they come. Unlike the stream's own iterator it leaves the connection alone when its
 * reader stops early, so that an error can still be answered. It may be iterated once.
 */
export class RequestBody implements AsyncIterableIterator<Buffer> {
  readonly #message: IncomingMessage;
  readonly #onStart: () => void;
  readonly #queue: Buffer[] = [];
  #queued = 0;
  #started = false;
  #ended = false;
  #error: unknown;
  #waiting: Waiting | undefined;

  /** `onStart` is called before the first byte is asked for. */
  constructor(message: IncomingMessage, onStart: () => void) {
    this.#message = message;
    this.#onStart = onStart;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Buffer>> {
    if (!this.#started) {
      this.#start();
    }
    const bytes = this.#queue.shift();
    if (bytes !== undefined) {
      this.#queued -= bytes.length;
      if (this.#queued < resumeAt && this.#message.isPaused()) {
        this.#message.resume();
      }
      return Promise.resolve({ done: false, value: bytes });
    }
    if (this.#error !== undefined) {
      return Promise.reject(this.#error);
    }
    if (this.#ended) {
      return Promise.resolve({ done: true, value: undefined });
    }
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Buffer>> {
    this.#message.off('data', this.#onData);
    this.#message.pause();
    this.#queue.length = 0;
    this.#ended = true;
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  #start(): void {
    this.#started = true;
    this.#onStart();
    this.#message.on('end', this.#onEnd);
    this.#message.on('close', this.#onClose);
    this.#message.on('error', this.#onClose);
    this.#message.on('data', this.#onData);
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#waiting !== undefined) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve({ done: false, value: bytes });
      return;
    }
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (this.#queued > pauseAt) {
      this.#message.pause();
    }
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = undefined;
  };

  /** The connection went away, perhaps before the end of the body. */
  readonly #onClose = (): void => {
    if (!this.#ended && this.#error === undefined) {
      this.#error = new GranaryError('IncompleteBody', 'The connection went away before the end of the body.');
      this.#waiting?.reject(this.#error);
      this.#waiting = undefined;
    }
  };
}
