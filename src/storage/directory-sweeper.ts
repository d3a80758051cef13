import { opendir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './storage-error.js';

/** A file as it was when it was first seen like this. */
interface Sighting {
  state: string;
  /** In milliseconds of a clock that does not jump. */
  since: number;
}

/**
 * Removes files that nobody writes to any more. How long that has been so is measured from one sweep to the next and not
 * told by the files' times: when the machine's clock jumps, they all look old at once, those of live uploads too.
 */
export class DirectorySweeper {
  readonly #directory: string;
  readonly #touchEveryMs: number;
  readonly #inUse = new Set<string>();
  #sightings = new Map<string, Sighting>();

  /** @param touchEveryMs less than anybody sweeps with. */
  constructor(directory: string, touchEveryMs = 5_000) {
    this.#directory = directory;
    this.#touchEveryMs = touchEveryMs;
  }

  /**
   * Runs work on a file of the directory that is only read meanwhile, for however long: this sweeper leaves it alone, and
   * those of other processes see it change.
   */
  async using<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#inUse.add(name);
    let touching: Promise<void> | undefined;
    const timer = setInterval(() => {
      touching ??= touch(join(this.#directory, name)).finally(() => {
        touching = undefined;
      });
    }, this.#touchEveryMs).unref();
    try {
      return await work();
    } finally {
      clearInterval(timer);
      // Afterwards nothing changes it any more.
      await touching;
      this.#inUse.delete(name);
    }
  }

  /**
   * Removes the files that have not changed for so long, as far as the sweeps of this process have seen: at the first
   * one only with a limit of 0. Returns how many.
   */
  async sweep(unchangedForMs: number): Promise<number> {
    const now = performance.now();
    const sightings = new Map<string, Sighting>();
    let removed = 0;
    for await (const { name } of await opendir(this.#directory)) {
      if (this.#inUse.has(name)) continue;
      const path = join(this.#directory, name);
      const state = await stateOf(path);
      if (state === undefined) continue;
      const known = this.#sightings.get(name);
      const sighting = known?.state === state ? known : { state, since: now };
      if (now - sighting.since >= unchangedForMs && !this.#inUse.has(name)) {
        await rm(path, { force: true });
        removed += 1;
      } else {
        sightings.set(name, sighting);
      }
    }
    this.#sightings = sightings;
    return removed;
  }
}

/** Never rejects: whoever works on the file meets its trouble, and at the end of the work it is gone. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

/** What changes with every write; undefined for what is no file, or was committed or cancelled just now. */
async function stateOf(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
