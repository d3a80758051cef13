import type { IncomingHttpHeaders } from 'node:http';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { formEnd } from '../resolvers/upload-scalar.js';
import { SilenceWatch } from '../storage/silence-watch.js';
import { PartHeaders } from './part-headers.js';
import { problemOfUploadMap } from './upload-map.js';

/** A request that is not as it must be, with the HTTP status that says so. */
export class BadMultipart extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.name = 'BadMultipart';
    this.status = status;
  }
}

export interface GateLimits {
  /** What the parts of the form are separated by. */
  boundary: string;
  /** How many bytes may come before the first file. */
  preambleBytes: number;
  /** How long the body may stand still. */
  idleMs: number;
}

/**
 * How often in a row it is this process that has not got on with what came. Not without end: a file that nobody reads
 * may be in the way of another one, for which everybody waits.
 */
const mostDelays = 3;

/**
 * The request as the upload library sees it: a stream with headers, that watches the library's form parser. It checks
 * the parser's findings before the library acts on them, lets no second error out (which nobody listens for, so that
 * it would end the process), and fails the form when it stands still.
 */
export class MultipartGate extends PassThrough {
  readonly headers: IncomingHttpHeaders;
  readonly #limits: GateLimits;
  readonly #partHeaders: PartHeaders;
  readonly #names = new Set<string>();
  #operations: string | undefined;
  #expected = Number.POSITIVE_INFINITY;
  #preambleBytes = 0;
  #fail: ((error: Error) => void) | undefined;
  #silence: SilenceWatch | undefined;
  #delays = 0;

  constructor(headers: IncomingHttpHeaders, limits: GateLimits) {
    super();
    this.headers = headers;
    this.#limits = limits;
    this.#partHeaders = new PartHeaders(limits.boundary);
  }

  /** Called once, by the library, with its parser. */
  override pipe<Parser extends NodeJS.WritableStream>(parser: Parser): Parser {
    this.#guard(parser as unknown as Writable);
    return super.pipe(parser);
  }

  override _transform(
    chunk: Buffer,
    encoding: BufferEncoding,
    done: (error?: Error | null, data?: Buffer) => void,
  ): void {
    this.#moved();
    if (this.#expected === Number.POSITIVE_INFINITY) {
      this.#preambleBytes += chunk.length;
      if (this.#preambleBytes > this.#limits.preambleBytes) {
        this.#fail?.(new BadMultipart('The fields "operations" and "map" must come first, and be small.', 413));
      }
    }
    if (this.#partHeaders.push(chunk)) {
      this.#fail?.(new BadMultipart('A part of the form has a header that no form has.'));
    }
    super._transform(chunk, encoding, done);
  }

  /** Ends the form early: files that are not complete fail with this error. */
  fail(error: Error): void {
    this.#silence?.stop();
    this.#fail?.(error);
  }

  #guard(parser: Writable): void {
    const emit = parser.emit.bind(parser) as (event: string | symbol, ...values: unknown[]) => boolean;
    const whole = Promise.withResolvers<void>();
    // Who waits for the end gets the failure; when nobody does, the library has told it already.
    whole.promise.catch(() => undefined);
    let failed = false;
    const fail = (error: Error): boolean => {
      if (failed) {
        return true;
      }
      failed = true;
      this.#silence?.stop();
      whole.reject(error);
      return emit('error', error);
    };
    this.#fail = fail;
    this.#silence = new SilenceWatch(this.#limits.idleMs, () => this.#judgeSilence(parser));
    parser.emit = (event: string | symbol, ...values: unknown[]) => {
      if (event === 'error') {
        return fail(values[0] as Error);
      }
      if (event === 'close' || event === 'finish') {
        this.#silence?.stop();
        event === 'finish' ? whole.resolve() : whole.reject(new BadMultipart('The form is not complete.'));
        return emit(event, ...values);
      }
      if (event === 'drain') {
        // Only from now on may the sender go on.
        this.#moved();
      }
      const problem = failed ? undefined : this.#problemOf(event, values);
      if (problem !== undefined) {
        fail(new BadMultipart(problem));
      }
      if (failed) {
        return dropFile(event, values);
      }
      if (event === 'file') {
        this.#markLast(values[0] as string, values[1] as Readable, whole.promise);
      }
      return emit(event, ...values);
    };
  }

  #moved(): void {
    this.#delays = 0;
    this.#silence?.restart();
  }

  /** While bytes that came still wait for this process, it is not the sender who stands still. */
  #judgeSilence(parser: Writable): void {
    const isBehind = this.writableEnded || this.readableLength > 0 || parser.writableNeedDrain;
    if (isBehind && this.#delays < mostDelays) {
      this.#delays += 1;
      this.#silence?.restart();
      return;
    }
    this.#fail?.(new BadMultipart('The request stood still for too long.', 408));
  }

  #problemOf(event: string | symbol, values: unknown[]): string | undefined {
    if (event === 'fieldsLimit' || event === 'filesLimit' || event === 'partsLimit') {
      return 'The request has more fields or files than are accepted.';
    }
    if (event === 'field') {
      return this.#problemOfField(values[0] as string, values[1] as string);
    }
    if (event === 'file') {
      const name = values[0] as string;
      return this.#names.has(name) ? 'Two files of the request have the same name.' : undefined;
    }
    return undefined;
  }

  #problemOfField(name: string, text: string): string | undefined {
    if (name === 'operations') {
      this.#operations = text;
      return undefined;
    }
    if (name !== 'map') {
      return 'A multipart request has the fields "operations" and "map", and files.';
    }
    const problem = problemOfUploadMap(this.#operations, text);
    this.#expected = problem === undefined ? Object.keys(JSON.parse(text)).length : this.#expected;
    return problem;
  }

  /** The form's end counts as the end of its last file, so that a request cut off right behind it stores nothing. */
  #markLast(name: string, file: Readable, whole: Promise<void>): void {
    this.#names.add(name);
    if (this.#names.size === this.#expected) {
      Object.assign(file, { [formEnd]: whole });
    }
  }
}

/** A file that the library does not get to see still needs somebody to take its bytes and its error. */
function dropFile(event: string | symbol, values: unknown[]): true {
  if (event === 'file') {
    const file = values[1] as Readable;
    file.on('error', () => undefined);
    file.resume();
  }
  return true;
}
