import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import type { ReadableVersion } from '../objects/find-version.js';
import { contentOf } from '../objects/open-content.js';

/** How much of archives one request may read, however many it looks into: bytes. */
export const mostArchiveBytes = 16 * 1024 * 1024;

/** Reads are made at least this long, for what is wanted next mostly stands right behind. */
const readAhead = 32 * 1024;

/** What is left to each request. */
const budgets = new WeakMap<RequestContext, { left: number }>();

/** An archive's bytes, read in ranges. Ends with `ArchiveTooLarge` when the request has read its share. */
export class ArchiveBytes {
  readonly size: number;
  readonly #context: RequestContext;
  readonly #version: ReadableVersion;
  #window: { start: number; bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) };

  constructor(context: RequestContext, version: ReadableVersion) {
    this.#context = context;
    this.#version = version;
    this.size = version.size;
  }

  /** Exactly these bytes. Throws `InvalidArchive` when they do not all lie within the content. */
  async read(position: number, length: number): Promise<Buffer> {
    const end = position + length;
    if (!Number.isSafeInteger(position) || !Number.isSafeInteger(end) || position < 0 || end > this.size) {
      throw invalidArchive('it is cut off, or points beyond its end');
    }
    if (length === 0) {
      return Buffer.alloc(0);
    }
    const { start, bytes } = this.#window;
    if (position < start || end > start + bytes.length) {
      const wanted = Math.min(Math.max(length, readAhead), this.size - position);
      this.#window = { start: position, bytes: await this.#fetch(position, wanted) };
    }
    const from = position - this.#window.start;
    return this.#window.bytes.subarray(from, from + length);
  }

  async #fetch(position: number, length: number): Promise<Buffer> {
    this.#spend(length);
    const body = contentOf(this.#context.granary, this.#version, {
      range: { start: position, end: position + length - 1 },
    });
    if (body.kind === 'bytes') {
      return body.bytes;
    }
    const pieces: Uint8Array[] = await (await body.open()).toArray();
    return Buffer.concat(pieces);
  }

  #spend(length: number): void {
    const budget = budgets.get(this.#context) ?? { left: mostArchiveBytes };
    budgets.set(this.#context, budget);
    if (length > budget.left) {
      throw new GranaryError(
        'InvalidInput',
        'The request would have to read too much of archives. Ask for less at once.',
        {
          reason: 'ArchiveTooLarge',
        },
      );
    }
    budget.left -= length;
  }
}

/** What is wrong with the content of an archive: nothing that this server can repair. */
export function invalidArchive(problem: string, cause?: unknown): GranaryError {
  return new GranaryError('InvalidInput', `The archive cannot be listed: ${problem}.`, {
    reason: 'InvalidArchive',
    cause,
  });
}
