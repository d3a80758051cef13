import { GranaryError } from '../errors.js';

export interface FormLimits {
  boundary: string;
  /** For all that comes before the file's content, and again for what comes behind it. */
  maxPreambleBytes: number;
}

/** What stands in front of one part's content. */
export interface FormPart {
  /** In lower case, for names of fields are compared without regard to case. */
  name: string;
  /** As sent; undefined for a part that is no file. */
  filename: string | undefined;
}

/**
 * Reads a multipart/form-data body (RFC 7578) part by part from a stream, in memory that does not depend on its size.
 * Text has one char for each byte, as header text has.
 */
export class FormReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #delimiter: Buffer;
  readonly #maxPreambleBytes: number;
  // The first delimiter may stand at the very beginning, without the line end that belongs to it.
  #rest: Buffer = Buffer.from('\r\n');
  #preambleBytes = 0;
  #started = false;

  constructor(source: AsyncIterable<Uint8Array>, { boundary, maxPreambleBytes }: FormLimits) {
    this.#maxPreambleBytes = maxPreambleBytes;
    this.#source = source[Symbol.asyncIterator]();
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  }

  /** The next part, or undefined behind the last; its content must be read before the one after it is asked for. */
  async nextPart(): Promise<FormPart | undefined> {
    if (!this.#started) {
      this.#started = true;
      await this.#readUntil(this.#delimiter);
    }
    const head = await this.#readUntil(Buffer.from('\r\n'), 'MAY_END');
    if (head === undefined) {
      return undefined;
    }
    if (head.trim() !== '') {
      throw malformed();
    }
    let disposition: string | undefined;
    for (;;) {
      const line = await this.#readUntil(Buffer.from('\r\n'));
      if (line === '') {
        return parseDisposition(disposition);
      }
      if (/^content-disposition\s*:/i.test(line)) {
        disposition = line.slice(line.indexOf(':') + 1);
      }
    }
  }

  /** The whole content of a part that is a field. */
  async text(): Promise<string> {
    return this.#readUntil(this.#delimiter);
  }

  /** The content of a part that is a file, as it comes. */
  async *content(): AsyncGenerator<Buffer> {
    const keep = this.#delimiter.length - 1;
    for (;;) {
      const end = this.#rest.indexOf(this.#delimiter);
      if (end >= 0) {
        if (end > 0) {
          yield this.#rest.subarray(0, end);
        }
        this.#rest = this.#rest.subarray(end + this.#delimiter.length);
        return;
      }
      if (this.#rest.length > keep) {
        yield this.#rest.subarray(0, this.#rest.length - keep);
        this.#rest = this.#rest.subarray(this.#rest.length - keep);
      }
      await this.#more();
    }
  }

  /** Reads what is behind the file and is of no consequence, so that the connection can be used again. */
  async drain(): Promise<void> {
    this.#rest = Buffer.alloc(0);
    for (let read = 0; read <= this.#maxPreambleBytes; ) {
      const next = await this.#source.next();
      if (next.done) {
        return;
      }
      read += next.value.length;
    }
    throw malformed();
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #readUntil(end: Buffer): Promise<string>;
  async #readUntil(end: Buffer, last: 'MAY_END'): Promise<string | undefined>;
  async #readUntil(end: Buffer, last?: 'MAY_END'): Promise<string | undefined> {
    for (;;) {
      if (last === 'MAY_END' && this.#rest.length >= 2 && this.#rest.toString('latin1', 0, 2) === '--') {
        return undefined;
      }
      const at = this.#rest.indexOf(end);
      if (at >= 0) {
        const text = this.#rest.toString('latin1', 0, at);
        this.#rest = this.#rest.subarray(at + end.length);
        this.#preambleBytes += at + end.length;
        this.#requireShort(this.#preambleBytes);
        return text;
      }
      this.#requireShort(this.#preambleBytes + this.#rest.length);
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done) {
      throw malformed();
    }
    const bytes = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
  }

  #requireShort(bytes: number): void {
    if (bytes > this.#maxPreambleBytes) {
      throw new GranaryError('InvalidInput', 'Your POST request fields preceding the upload file were too large.', {
        reason: 'MaxPostPreDataLengthExceededError',
        data: { MaxPreDataLengthBytes: this.#maxPreambleBytes },
      });
    }
  }
}

/** The boundary that a Content-Type names; undefined when it is not one of a form. */
export function formBoundary(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^multipart\/form-data\s*(;|$)/i.test(contentType)) {
    return undefined;
  }
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,256}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) {
    throw malformed();
  }
  return boundary;
}

function parseDisposition(disposition: string | undefined): FormPart {
  if (disposition === undefined || !/^\s*form-data\s*(;|$)/i.test(disposition)) {
    throw malformed();
  }
  const name = parameter(disposition, 'name');
  if (name === undefined) {
    throw malformed();
  }
  return { name: name.toLowerCase(), filename: parameter(disposition, 'filename') };
}

function parameter(disposition: string, name: string): string | undefined {
  const pattern = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]*))`, 'i');
  const [, quoted, plain] = pattern.exec(disposition) ?? [];
  // Browsers write a quote as %22; others put a backslash before it.
  return quoted === undefined ? plain : quoted.replace(/\\(["\\])/g, '$1').replaceAll('%22', '"');
}

function malformed(): Error {
  const problem = 'The body of your POST request is not well-formed multipart/form-data.';
  return new GranaryError('InvalidInput', problem, { reason: 'MalformedPOSTRequest' });
}
