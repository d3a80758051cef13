import { type FileHandle, open, opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assertStagingName } from './blob-path.js';
import type { StagedFile } from './blob-store.js';
import { errorCode, storageError } from './storage-error.js';

/** Makes a synced staging file the content of a path in the store, durably; rejects if there is one. */
export type Place = (stagingFile: string, path: string) => Promise<void>;

/** The directory of uploads under way. */
export class Staging {
  readonly #directory: string;
  readonly #place: Place;

  constructor(directory: string, place: Place) {
    this.#directory = directory;
    this.#place = place;
  }

  async create(name: string): Promise<StagingFile> {
    const path = join(this.#directory, assertStagingName(name));
    try {
      return new StagingFile(path, await open(path, 'wx', 0o600), this.#place);
    } catch (error) {
      throw storageError(error);
    }
  }

  /** Removes files last written to longer ago than this; returns how many. */
  async sweep(olderThanMs: number): Promise<number> {
    const limit = Date.now() - olderThanMs;
    let removed = 0;
    for await (const entry of await opendir(this.#directory)) {
      const path = join(this.#directory, entry.name);
      if (entry.isFile() && (await lastWritten(path)) < limit) {
        await rm(path, { force: true });
        removed += 1;
      }
    }
    return removed;
  }
}

async function lastWritten(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    // Committed or cancelled since the directory was read.
    if (errorCode(error) === 'ENOENT') return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** One upload's bytes on their way into the store. */
export class StagingFile implements StagedFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #place: Place;
  #writeback: Promise<void> | undefined;
  #synced: Promise<void> | undefined;
  #ended: Promise<void> | undefined;
  #committed = false;

  constructor(path: string, handle: FileHandle, place: Place) {
    this.#path = path;
    this.#handle = handle;
    this.#place = place;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let written = 0;
    try {
      while (written < bytes.length) {
        const rest = bytes.length - written;
        written += (await this.#handle.write(bytes, written, rest, position + written)).bytesWritten;
      }
    } catch (error) {
      throw storageError(error);
    }
  }

  /** Starts to bring to the disk what is written so far; `sync` then has less to do, and reports what goes wrong. */
  startWriteback(): void {
    this.#writeback ??= this.#handle.datasync();
    const current = this.#writeback;
    current.then(
      () => {
        this.#writeback = undefined;
      },
      // The rejected promise stays: an error of fsync is told once, and by `sync` to whoever relies on the bytes.
      () => undefined,
    );
  }

  sync(): Promise<void> {
    // Once: after an error the kernel may drop the pages, and a second fsync would report success for lost bytes.
    this.#synced ??= this.#sync();
    return this.#synced;
  }

  async commit(path: string): Promise<void> {
    await this.sync();
    try {
      await this.#place(this.#path, path);
    } catch (error) {
      throw storageError(error);
    }
    this.#committed = true;
  }

  cancel(): Promise<void> {
    this.#ended ??= this.#cancel();
    return this.#ended;
  }

  async #sync(): Promise<void> {
    try {
      await this.#writeback;
      await this.#handle.sync();
      await this.#handle.close();
    } catch (error) {
      throw storageError(error);
    }
  }

  async #cancel(): Promise<void> {
    if (this.#committed) return;
    await Promise.allSettled([this.#writeback, this.#synced]);
    // The bytes are unwanted: how closing went does not matter, only that the name goes.
    await Promise.allSettled([this.#handle.close()]);
    await rm(this.#path, { force: true });
  }
}
