import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, open, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GranaryError } from '../../errors.js';
import { type BlobDriver, type BlobSource, OWNER_NAME, type StagedSource } from '../blob-driver.js';
import { assertBlobPath, storeOf } from '../blob-path.js';
import type { ByteRange, StoredFile } from '../blob-store.js';
import { DirectorySweeper } from '../directory-sweeper.js';
import { blobExists, errorCode, storageError } from '../storage-error.js';
import { DurableDirectories, makePrivateDirectory, syncDirectory } from './durable-directories.js';
import { FileSource } from './file-source.js';
import { FileTree } from './file-tree.js';

/** Below a root: bytes that come from another device, until they are whole. */
const INCOMING = '.incoming';

/** Below a root: files that were set aside. */
const QUARANTINE = '.quarantine';

export interface FilesystemDriverOptions {
  /** The store's name, which its paths begin with. */
  store: string;
  /** The directory that paths go on from; it is there. */
  root: string;
  /** Where files are set aside, if it is on the root's device; the default, and else, is `.quarantine` below the root. */
  quarantine?: string;
}

/** Blobs as files at their paths below one directory. */
export class FilesystemDriver implements BlobDriver {
  readonly #store: string;
  readonly #root: string;
  readonly #incoming: string;
  readonly #sweeper: DirectorySweeper;
  readonly #directories: DurableDirectories;
  readonly #tree: FileTree;

  constructor({ store, root, quarantine }: FilesystemDriverOptions) {
    const beside = join(root, QUARANTINE);
    this.#store = store;
    this.#root = root;
    this.#incoming = join(root, INCOMING);
    this.#sweeper = new DirectorySweeper(this.#incoming);
    this.#directories = new DurableDirectories(root);
    this.#tree = new FileTree({
      root,
      prefix: `${store}/`,
      hidden: new Set([INCOMING, QUARANTINE, OWNER_NAME]),
      quarantine: quarantine ?? beside,
      quarantineBeside: beside,
    });
  }

  /**
   * By link and unlink, as a rename would silently replace what is there; a crash between the two leaves a second name
   * in staging, which the sweep removes.
   */
  async place({ file, size }: StagedSource, path: string): Promise<void> {
    const target = this.#locate(path);
    try {
      await this.#link(file, target);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') throw blobExists(error);
      if (errorCode(error) !== 'EXDEV') throw storageError(error);
      await this.#copyIn({ file, size }, target);
    }
    await rm(file, { force: true });
    await syncDirectory(dirname(target));
  }

  async open(path: string, { size }: { size: number; range: ByteRange }): Promise<BlobSource> {
    return FileSource.open(this.#locate(path), size);
  }

  async remove(path: string): Promise<void> {
    await rm(this.#locate(path), { force: true });
  }

  walk(): AsyncIterable<StoredFile> {
    return this.#tree.walk();
  }

  async quarantine(path: string): Promise<void> {
    await this.#tree.quarantine(path);
  }

  async sweepUploads(olderThanMs: number): Promise<number> {
    try {
      return await this.#sweeper.sweep(olderThanMs);
    } catch (error) {
      // It is made when bytes first come from another device.
      if (errorCode(error) === 'ENOENT') return 0;
      throw error;
    }
  }

  async readOwner(): Promise<string | undefined> {
    try {
      return await readFile(join(this.#root, OWNER_NAME), 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw storageError(error);
    }
  }

  async writeOwner(owner: string): Promise<void> {
    const draft = join(this.#incoming, randomUUID());
    try {
      await makePrivateDirectory(this.#incoming);
      await writeFile(draft, owner, { flag: 'wx', flush: true, mode: 0o600 });
      await link(draft, join(this.#root, OWNER_NAME));
    } catch (error) {
      throw errorCode(error) === 'EEXIST' ? blobExists(error) : storageError(error);
    } finally {
      await rm(draft, { force: true });
    }
    await syncDirectory(this.#root);
  }

  async removeOwner(): Promise<void> {
    await rm(join(this.#root, OWNER_NAME), { force: true });
    await syncDirectory(this.#root);
  }

  async check(): Promise<void> {
    const probe = join(this.#incoming, randomUUID());
    try {
      await makePrivateDirectory(this.#incoming);
      await writeFile(probe, probe, { flag: 'wx' });
      if ((await readFile(probe, 'utf8')) !== probe) throw new Error('it does not give back what was written');
    } catch (error) {
      const why = errorCode(error) ?? 'it does not give back what was written';
      throw new GranaryError('Unavailable', `The store ${this.#store} cannot be used at ${this.#root}: ${why}.`, {
        cause: error,
      });
    } finally {
      await rm(probe, { force: true });
    }
  }

  async close(): Promise<void> {
    // Whoever has a file open closes it.
  }

  #locate(path: string): string {
    assertBlobPath(path);
    if (storeOf(path) !== this.#store) throw new GranaryError('Internal', 'The path of a blob is in another store.');
    return join(this.#root, path.slice(this.#store.length + 1));
  }

  async #link(file: string, target: string): Promise<void> {
    const parent = dirname(target);
    await this.#directories.ensure(parent);
    try {
      await link(file, target);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      // Somebody tidied up empty directories; whatever else is missing fails again.
      this.#directories.forget(parent);
      await this.#directories.ensure(parent);
      await link(file, target);
    }
  }

  /** For a root on another device than staging, where a link cannot reach. */
  async #copyIn({ file, size }: StagedSource, target: string): Promise<void> {
    const name = randomUUID();
    const copy = join(this.#incoming, name);
    try {
      await makePrivateDirectory(this.#incoming);
      await this.#sweeper.using(name, async () => {
        await copyFile(file, copy, constants.COPYFILE_EXCL);
        await syncFile(copy, size);
        await this.#link(copy, target);
      });
    } catch (error) {
      throw errorCode(error) === 'EEXIST' ? blobExists(error) : storageError(error);
    } finally {
      await rm(copy, { force: true });
    }
  }
}

async function syncFile(file: string, size: number): Promise<void> {
  const handle = await open(file, constants.O_RDWR);
  try {
    await handle.sync();
    if ((await handle.stat()).size !== size) throw new GranaryError('Internal', 'A copy has another size.');
  } finally {
    await handle.close();
  }
}
