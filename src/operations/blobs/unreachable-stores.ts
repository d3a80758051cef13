import { isGranaryError } from '../../errors.js';
import { storeOf } from '../../storage/blob-path.js';
import type { Log } from '../context.js';

/** What one run of background work could not reach: it goes on with the rest, and tells of each store once. */
export class UnreachableStores {
  readonly #log: Log;
  readonly #told = new Set<string>();
  readonly #silent = new Set<string>();
  readonly #blobs = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** How many blobs it was. */
  get blobs(): number {
    return this.#blobs.size;
  }

  /** Counts a blob whose bytes could not be reached, for an error that says nothing of the bytes themselves. */
  add({ id, path }: { id: string; path: string | null }, error: unknown): void {
    const store = path === null ? 'row' : storeOf(path);
    this.#blobs.add(id);
    if (!this.#told.has(store)) {
      this.#told.add(store);
      this.#log.error(
        { store, path, error },
        'Stored content, or a copy of it, cannot be reached; the rest is gone on with',
      );
    }
    if (isGranaryError(error, 'Unavailable') || (isGranaryError(error) && error.reason === 'NoSuchStore')) {
      this.#silent.add(store);
    }
  }

  /** True when the store did not answer at all, so that to ask it again in this run would only take time. */
  isSilent(path: string): boolean {
    return this.#silent.has(storeOf(path));
  }
}
