import { randomBytes } from 'node:crypto';
import { opendir, rename, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { GranaryError } from '../../errors.js';
import type { StoredFile } from '../blob-store.js';
import { errorCode } from '../storage-error.js';
import { makePrivateDirectory } from './durable-directories.js';

export interface FileTreeOptions {
  root: string;
  /** What paths begin with before they go on below the root: `hot/`, or nothing. */
  prefix: string;
  /** Names directly below the root that are no business of `walk`. */
  hidden: ReadonlySet<string>;
  /** Where `quarantine` puts files. */
  quarantine: string;
  /** Where it puts them when that is on another device than the root. */
  quarantineBeside: string;
}

/** The files below a directory, whether they belong there or not. */
export class FileTree {
  readonly #options: FileTreeOptions;

  constructor(options: FileTreeOptions) {
    this.#options = options;
  }

  async *walk(): AsyncGenerator<StoredFile> {
    yield* this.#walkInto('');
  }

  async quarantine(path: string): Promise<void> {
    const source = this.#locate(path);
    // Flat, and with a suffix: nothing that was set aside before is overwritten.
    const name = `${path.replaceAll('/', '_').slice(-200)}.${randomBytes(8).toString('hex')}`;
    try {
      await this.#setAside(source, name);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }

  #locate(path: string): string {
    const { root, prefix } = this.#options;
    const file = resolve(root, path.slice(prefix.length));
    if (path.startsWith(prefix) && file.startsWith(root + sep)) return file;
    throw new GranaryError('Internal', 'The path of a stray file leads out of the store.');
  }

  async #setAside(source: string, name: string): Promise<void> {
    const { quarantine, quarantineBeside } = this.#options;
    try {
      await moveInto(quarantine, { source, name });
    } catch (error) {
      if (errorCode(error) !== 'EXDEV') throw error;
      await moveInto(quarantineBeside, { source, name });
    }
  }

  async *#walkInto(relative: string): AsyncGenerator<StoredFile> {
    const { root, hidden } = this.#options;
    for await (const entry of await opendir(join(root, relative))) {
      if (relative === '' && hidden.has(entry.name)) continue;
      const path = relative ? `${relative}/${entry.name}` : entry.name;
      if (entry.isDirectory()) yield* this.#walkInto(path);
      else yield* this.#describe(path);
    }
  }

  async *#describe(relative: string): AsyncGenerator<StoredFile> {
    const { root, prefix } = this.#options;
    try {
      yield { path: prefix + relative, modifiedAt: (await stat(join(root, relative))).mtime };
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
}

/** Makes the directory where it is missing, so that `ENOENT` means the source and nothing else. */
async function moveInto(directory: string, { source, name }: { source: string; name: string }): Promise<void> {
  await makePrivateDirectory(directory);
  await rename(source, join(directory, name));
}
