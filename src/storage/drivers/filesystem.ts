import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { LRUCache } from 'lru-cache';
import { GranaryError } from '../../errors.js';
import { assertBlobPath, STORAGE_CLASSES } from '../blob-path.js';
import type { StoredFile } from '../blob-store.js';
import { errorCode } from '../storage-error.js';

/** A class has 65,536 directories; each that is remembered saves two system calls, none is needed. */
const REMEMBERED_DIRECTORIES = 16_384;

const PRIVATE_DIRECTORY = 0o700;

/** The directories of a store under its data directory. */
export interface StoreDirectories {
  blobs: string;
  staging: string;
  quarantine: string;
}

/** Makes the directories of a store where they are missing, durably. */
export async function openDirectories(dataDir: string): Promise<StoreDirectories> {
  const root = resolve(dataDir);
  const blobs = join(root, 'blobs');
  const directories = { blobs, staging: join(root, 'staging'), quarantine: join(root, 'quarantine') };
  await mkdir(root, { recursive: true, mode: PRIVATE_DIRECTORY });
  await syncDirectory(dirname(root));
  const classes = STORAGE_CLASSES.map((name) => join(blobs, name));
  for (const directory of [...Object.values(directories), ...classes]) {
    await mkdir(directory, { recursive: true, mode: PRIVATE_DIRECTORY });
  }
  await syncDirectory(blobs);
  await syncDirectory(root);
  return directories;
}

/** Blobs as files at their paths under one directory. */
export class FilesystemBlobs {
  readonly #directories: StoreDirectories;
  /** Directories whose own entry is on stable storage; a promise is one on its way there. */
  readonly #durable = new LRUCache<string, Promise<void>>({ max: REMEMBERED_DIRECTORIES });

  constructor(directories: StoreDirectories) {
    this.#directories = directories;
  }

  /** Opens the blob's file for reading. */
  async open(path: string): Promise<FileHandle> {
    try {
      return await open(this.#locate(path), constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      throw new GranaryError('Internal', 'The content is missing.', { reason: 'MissingBlob', cause: error });
    }
  }

  /**
   * Gives a staging file, synced by the caller, its path. By link and unlink, as a rename would silently replace what
   * is there; a crash between the two leaves a second name in staging, which the sweep removes.
   */
  async place(stagingFile: string, path: string): Promise<void> {
    const target = this.#locate(path);
    const parent = dirname(target);
    try {
      await this.#linkInto(parent, stagingFile, target);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      throw new GranaryError('Internal', 'The path of the new content is taken.', {
        reason: 'BlobExists',
        cause: error,
      });
    }
    await rm(stagingFile, { force: true });
    await syncDirectory(parent);
  }

  async remove(path: string): Promise<void> {
    await rm(this.#locate(path), { force: true });
  }

  async *walk(): AsyncGenerator<StoredFile> {
    yield* this.#walkInto('');
  }

  async quarantine(path: string): Promise<void> {
    const source = resolve(this.#directories.blobs, path);
    if (!source.startsWith(this.#directories.blobs + sep)) {
      throw new GranaryError('Internal', 'The path of a stray file leads out of the store.');
    }
    // Flat, and with a suffix: nothing that was set aside before is overwritten.
    const name = `${path.replaceAll('/', '_').slice(-200)}.${randomBytes(8).toString('hex')}`;
    try {
      await rename(source, join(this.#directories.quarantine, name));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }

  #locate(path: string): string {
    return join(this.#directories.blobs, assertBlobPath(path));
  }

  async #linkInto(parent: string, stagingFile: string, target: string): Promise<void> {
    await this.#ensureDurable(parent);
    try {
      await link(stagingFile, target);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      // Somebody tidied up empty directories behind our back; whatever else is missing fails again.
      this.#durable.delete(parent);
      this.#durable.delete(dirname(parent));
      await this.#ensureDurable(parent);
      await link(stagingFile, target);
    }
  }

  async #ensureDurable(directory: string): Promise<void> {
    const known = this.#durable.get(directory);
    if (known) return known;
    const made = this.#makeDurable(directory);
    this.#durable.set(directory, made);
    try {
      await made;
    } catch (error) {
      this.#durable.delete(directory);
      throw error;
    }
  }

  async #makeDurable(directory: string): Promise<void> {
    const parent = dirname(directory);
    if (parent !== this.#directories.blobs) await this.#ensureDurable(parent);
    await mkdir(directory, { recursive: true, mode: PRIVATE_DIRECTORY });
    // Also when it existed: whoever made it may have died before this.
    await syncDirectory(parent);
  }

  async *#walkInto(relative: string): AsyncGenerator<StoredFile> {
    const directory = join(this.#directories.blobs, relative);
    for await (const entry of await opendir(directory)) {
      const path = relative ? `${relative}/${entry.name}` : entry.name;
      if (entry.isDirectory()) yield* this.#walkInto(path);
      else yield* this.#describe(path);
    }
  }

  async *#describe(path: string): AsyncGenerator<StoredFile> {
    try {
      yield { path, modifiedAt: (await stat(join(this.#directories.blobs, path))).mtime };
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
