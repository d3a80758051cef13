/** The parser gives up on headers that are longer. */
const longestHeaders = 16 * 1024;
const headersEnd = '\r\n\r\n';
const treacherousName = /^(?:__proto__|constructor|prototype)[ \t]*:/im;

/**
 * Reads the headers of a form's parts beside the parser, which tells of those alone that it knows: names that mean
 * something to JavaScript have no place in a form, and whoever sends one does not mean well.
 */
export class PartHeaders {
  readonly #delimiter: Buffer;
  /** The last bytes outside of headers, where a delimiter may have begun. The first one needs no line before it. */
  #tail: Buffer = Buffer.from('\r\n');
  /** The headers that are coming in just now. */
  #headers: Buffer | undefined;
  #isTreacherous = false;

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  /** Takes the next bytes of the form; true when there was a header with a treacherous name. */
  push(chunk: Buffer): boolean {
    let rest = chunk;
    while (rest.length > 0 && !this.#isTreacherous) {
      rest = this.#headers === undefined ? this.#skipContent(rest) : this.#readHeaders(this.#headers, rest);
    }
    return this.#isTreacherous;
  }

  /** Looks for the next delimiter; gives what is behind it. */
  #skipContent(bytes: Buffer): Buffer {
    const { length } = this.#delimiter;
    const seam = Buffer.concat([this.#tail, bytes.subarray(0, length - 1)]);
    const inSeam = seam.indexOf(this.#delimiter);
    const start = inSeam < 0 ? bytes.indexOf(this.#delimiter) : inSeam - this.#tail.length;
    if (inSeam < 0 && start < 0) {
      const last = bytes.length < length ? seam : bytes;
      this.#tail = Buffer.from(last.subarray(Math.max(0, last.length - length + 1)));
      return bytes.subarray(bytes.length);
    }
    this.#headers = Buffer.alloc(0);
    return bytes.subarray(start + length);
  }

  /** Gives what is behind the headers, from their last line end on, with which a delimiter may begin. */
  #readHeaders(earlier: Buffer, bytes: Buffer): Buffer {
    const headers = Buffer.concat([earlier, bytes.subarray(0, longestHeaders)]);
    const found = headers.indexOf(headersEnd);
    if (found < 0 && headers.length < longestHeaders) {
      this.#headers = headers;
      return bytes.subarray(bytes.length);
    }
    const end = found < 0 ? headers.length : found;
    this.#isTreacherous = treacherousName.test(headers.toString('latin1', 0, end));
    this.#headers = undefined;
    this.#tail = headers.subarray(end, Math.max(end, earlier.length));
    return bytes.subarray(Math.max(0, end - earlier.length));
  }
}
