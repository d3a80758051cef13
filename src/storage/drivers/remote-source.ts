import type { BlobSource } from '../blob-driver.js';
import type { ByteRange } from '../blob-store.js';
import { RemoteFailure } from '../remote-failure.js';
import { type Patience, withRetry } from '../retry.js';
import { corruptBlob } from '../storage-error.js';

/** Bytes on their way from a remote store, from a position on. */
export type OpenStream = (range: ByteRange, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;

export interface RemoteSourceOptions {
  range: ByteRange;
  patience: Patience;
  openStream: OpenStream;
  /** Ends when the driver is closed. */
  signal: AbortSignal;
  /** Makes of what the service refuses for good an error that tells the operator of it. */
  naming: <T>(work: () => Promise<T>) => Promise<T>;
}

interface Running {
  iterator: AsyncIterator<Uint8Array>;
  /** Where the next byte of the stream is. */
  position: number;
  /** What came and was not asked for yet. */
  rest: Uint8Array;
  abort: AbortController;
}

const NOTHING = new Uint8Array(0);

/** One reader's bytes of a remote blob. A stream that breaks off is opened again where it broke. */
export class RemoteSource implements BlobSource {
  readonly #options: RemoteSourceOptions;
  readonly #closed = new AbortController();
  #running: Running | undefined;

  constructor(options: RemoteSourceOptions) {
    this.#options = options;
  }

  /** Opens the stream, so that what is missing is known before anything is read. */
  async start(): Promise<void> {
    await this.#retrying(async (signal) => {
      await this.#streamAt(this.#options.range.start, signal);
    });
  }

  async readInto(target: Uint8Array, position: number): Promise<void> {
    let filled = 0;
    // What has arrived stays, whatever happens to the stream then.
    while (filled < target.length) {
      filled += await this.#retrying((signal) => this.#readSome(target.subarray(filled), position + filled, signal));
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#stop();
  }

  async #retrying<T>(attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { patience, signal, naming } = this.#options;
    const either = AbortSignal.any([signal, this.#closed.signal]);
    const stopping = async (attemptSignal: AbortSignal) => {
      try {
        return await attempt(attemptSignal);
      } catch (error) {
        this.#stop();
        throw error;
      }
    };
    return naming(() => withRetry({ patience, signal: either }, stopping));
  }

  async #readSome(target: Uint8Array, position: number, signal: AbortSignal): Promise<number> {
    const stream = await this.#streamAt(position, signal);
    if (stream.rest.length === 0) stream.rest = await this.#next(stream, signal);
    const piece = stream.rest.subarray(0, target.length);
    target.set(piece);
    stream.rest = stream.rest.subarray(piece.length);
    stream.position += piece.length;
    return piece.length;
  }

  async #next(stream: Running, signal: AbortSignal): Promise<Uint8Array> {
    const abort = () => stream.abort.abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const result = await stream.iterator.next();
      if (result.done) throw new RemoteFailure(undefined, 'ERR_STREAM_PREMATURE_CLOSE');
      if (stream.position + result.value.length > this.#options.range.end + 1) throw corruptBlob('is too long');
      return result.value;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #streamAt(position: number, signal: AbortSignal): Promise<Running> {
    if (this.#running?.position === position) return this.#running;
    this.#stop();
    // The stream outlives the attempt that opens it, so it has a signal of its own.
    const abort = new AbortController();
    const onAbort = () => abort.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const bytes = await this.#options.openStream({ start: position, end: this.#options.range.end }, abort.signal);
      this.#running = { iterator: bytes[Symbol.asyncIterator](), position, rest: NOTHING, abort };
      return this.#running;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #stop(): void {
    this.#running?.abort.abort();
    this.#running = undefined;
  }
}
