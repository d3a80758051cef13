import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { StagedSource } from './blob-driver.js';
import { assertStagingName } from './blob-path.js';
import type { StagedFile } from './blob-store.js';
import { DirectorySweeper } from './directory-sweeper.js';
import { storageError } from './storage-error.js';

/** Makes a synced staging file the content of a path in the store, durably; rejects if there is one. */
export type Place = (source: StagedSource, path: string) => Promise<void>;

/** The directory of uploads under way. */
export class Staging {
  readonly #directory: string;
  readonly #sweeper: DirectorySweeper;
  readonly #place: Place;

  constructor(directory: string, place: Place) {
    this.#directory = directory;
    this.#sweeper = new DirectorySweeper(directory);
    // To send a file to a remote store takes long, and does not change it.
    this.#place = (source, path) => this.#sweeper.using(basename(source.file), () => place(source, path));
  }

  async create(name: string): Promise<StagingFile> {
    const path = join(this.#directory, assertStagingName(name));
    try {
      return new StagingFile(path, await open(path, 'wx', 0o600), this.#place);
    } catch (error) {
      throw storageError(error);
    }
  }

  /** Removes files that have not grown for so long; returns how many. */
  async sweep(olderThanMs: number): Promise<number> {
    return this.#sweeper.sweep(olderThanMs);
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
  #size = 0;

  constructor(path: string, handle: FileHandle, place: Place) {
    this.#path = path;
    this.#handle = handle;
    this.#place = place;
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    let written = 0;
    this.#size = Math.max(this.#size, position + bytes.length);
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
      await this.#place({ file: this.#path, size: this.#size }, path);
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
