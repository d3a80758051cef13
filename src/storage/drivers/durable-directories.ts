import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LRUCache } from 'lru-cache';

/** A store has 65,536 directories; each that is remembered saves two system calls, none is needed. */
const REMEMBERED_DIRECTORIES = 16_384;

const PRIVATE_DIRECTORY = 0o700;

/** Makes directories below a root, which is there already, such that a crash does not lose them. */
export class DurableDirectories {
  readonly #root: string;
  /** Directories whose own entry is on stable storage; a promise is one on its way there. */
  readonly #durable = new LRUCache<string, Promise<void>>({ max: REMEMBERED_DIRECTORIES });

  constructor(root: string) {
    this.#root = root;
  }

  async ensure(directory: string): Promise<void> {
    if (directory === this.#root) return;
    const known = this.#durable.get(directory);
    if (known) return known;
    const made = this.#make(directory);
    this.#durable.set(directory, made);
    try {
      await made;
    } catch (error) {
      this.#durable.delete(directory);
      throw error;
    }
  }

  /** For when somebody removed a directory behind our back: it and the one above are made anew by the next `ensure`. */
  forget(directory: string): void {
    this.#durable.delete(directory);
    this.#durable.delete(dirname(directory));
  }

  async #make(directory: string): Promise<void> {
    const parent = dirname(directory);
    await this.ensure(parent);
    await makePrivateDirectory(directory);
    // Also when it existed: whoever made it may have died before this.
    await syncDirectory(parent);
  }
}

/** Makes a directory, and those above it, where it is missing. */
export async function makePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: PRIVATE_DIRECTORY });
}

/** Resolves when the entries of a directory are on stable storage. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
