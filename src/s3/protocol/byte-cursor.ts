import { malformedChunks } from './malformed-chunks.js';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Reads lines and runs of bytes from a stream of buffers, waiting for the next buffer only where it must. */
export class ByteCursor {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #maxLineBytes: number;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(source: AsyncIterable<Uint8Array>, maxLineBytes: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#maxLineBytes = maxLineBytes;
  }

  /** One line without its end, which is CR LF; with `'LF'` a bare LF ends a line too. */
  async line(ends: 'CRLF' | 'LF' = 'CRLF'): Promise<string> {
    let end = this.#buffer.indexOf(lineFeed);
    while (end < 0) {
      this.#requireShortLine(this.#buffer.length);
      await this.#more();
      end = this.#buffer.indexOf(lineFeed);
    }
    this.#requireShortLine(end);
    const hasReturn = end > 0 && this.#buffer[end - 1] === carriageReturn;
    if (!hasReturn && ends === 'CRLF') {
      throw malformedChunks('A line does not end with CR LF.');
    }
    const line = this.#buffer.toString('latin1', 0, hasReturn ? end - 1 : end);
    this.#buffer = this.#buffer.subarray(end + 1);
    return line;
  }

  /** At least one byte and at most `limit`: as many as are at hand. */
  async take(limit: number): Promise<Buffer> {
    while (this.#buffer.length === 0) {
      await this.#more();
    }
    const bytes = this.#buffer.subarray(0, limit);
    this.#buffer = this.#buffer.subarray(bytes.length);
    return bytes;
  }

  /** True when no byte is left. */
  async atEnd(): Promise<boolean> {
    while (this.#buffer.length === 0 && !this.#ended) {
      await this.#read();
    }
    return this.#buffer.length === 0;
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    if (!this.#ended) {
      this.#ended = true;
      await this.#source.return?.();
    }
  }

  async #more(): Promise<void> {
    await this.#read();
    if (this.#ended) {
      throw malformedChunks('The body ends within a chunk.');
    }
  }

  async #read(): Promise<void> {
    const next = await this.#source.next();
    if (next.done) {
      this.#ended = true;
      return;
    }
    const bytes = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
  }

  #requireShortLine(length: number): void {
    if (length > this.#maxLineBytes) {
      throw malformedChunks('A line is too long.');
    }
  }
}
