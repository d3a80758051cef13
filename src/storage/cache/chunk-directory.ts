import { opendir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { GranaryError } from '../../errors.js';
import { makePrivateDirectory } from '../drivers/durable-directories.js';
import { errorCode } from '../storage-error.js';
import { CHUNK_SIZE, type Chunk } from './chunk.js';

const CHUNK_FILE = /^[0-9a-f]{64}$/;
const TEMPORARY_FILE = /^[0-9a-f]{64}\.[0-9a-f-]{36}\.tmp$/;

/** Whoever wrote a temporary file that is older does not do so any more. */
const ABANDONED_MS = 60 * 60 * 1000;

/** Part of the volume that is left to everything else on it. */
const RESERVE = 1 / 20;

/** Part of the limit that is made free when it is reached, so that not every chunk costs a walk. */
const SLACK = 1 / 16;

interface ChunkFile {
  file: string;
  bytes: number;
  usedAt: number;
}

/**
 * The directory of chunks, kept below a limit: what was used longest ago goes first, by the files' times, which all
 * processes see. Each counts what it writes itself, and learns of the others' when it walks; so between two walks each
 * further process may exceed the limit by a sixteenth.
 */
export class ChunkDirectory {
  readonly #directory: string;
  readonly #limit: number;
  #bytes = 0;
  #sinceWalk = 0;
  #trimming: Promise<void> | undefined;

  constructor(directory: string, limit: number) {
    this.#directory = directory;
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  fileOf({ name }: Chunk): string {
    return join(this.#directory, name.slice(0, 2), name);
  }

  /** Counts a file that was written. */
  add(bytes: number): 'to be trimmed' | 'fits' {
    this.#bytes += bytes;
    this.#sinceWalk += bytes;
    return this.#bytes > this.#limit || this.#sinceWalk > this.#limit * SLACK ? 'to be trimmed' : 'fits';
  }

  /**
   * Walks through the directory, and removes what is too much or was never finished.
   * @throws GranaryError `StorageFull` when the volume has no room for a cache.
   */
  trim(): Promise<void> {
    this.#trimming ??= this.#trim().finally(() => {
      this.#trimming = undefined;
    });
    return this.#trimming;
  }

  async #trim(): Promise<void> {
    await makePrivateDirectory(this.#directory);
    // Again when so much was written meanwhile that it was not all seen.
    do await this.#walkAndEvict();
    while (this.#bytes > this.#limit);
  }

  async #walkAndEvict(): Promise<void> {
    this.#sinceWalk = 0;
    const files: ChunkFile[] = [];
    for await (const file of this.#walk()) files.push(file);
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const room = Math.min(this.#limit, total + (await spareBytes(this.#directory)));
    const left = total > room ? await evict(files, { total, target: room * (1 - SLACK) }) : total;
    this.#bytes = left + this.#sinceWalk;
    if (room < CHUNK_SIZE) throw new GranaryError('StorageFull', 'The volume of the cache is almost full.');
  }

  async *#walk(): AsyncGenerator<ChunkFile> {
    for await (const directory of await opendir(this.#directory)) {
      if (!directory.isDirectory()) continue;
      const path = join(this.#directory, directory.name);
      for await (const { name } of await opendir(path)) {
        const file = await describe(join(path, name));
        if (!file) continue;
        if (CHUNK_FILE.test(name)) yield file;
        else if (TEMPORARY_FILE.test(name) && Date.now() - file.usedAt > ABANDONED_MS) await removeFile(file);
      }
    }
  }
}

async function evict(files: ChunkFile[], { total, target }: { total: number; target: number }): Promise<number> {
  files.sort((a, b) => a.usedAt - b.usedAt);
  let left = total;
  for (const file of files) {
    if (left <= target) break;
    await removeFile(file);
    left -= file.bytes;
  }
  return left;
}

/** Another process may have been faster; whoever has the file open reads it to its end. */
async function removeFile({ file }: ChunkFile): Promise<void> {
  await rm(file, { force: true });
}

/** What the volume has beyond its reserve; negative when that is touched. */
async function spareBytes(directory: string): Promise<number> {
  const { bavail, blocks, bsize } = await statfs(directory);
  return bsize * (bavail - blocks * RESERVE);
}

/** Undefined for what another process has removed just now. */
async function describe(file: string): Promise<ChunkFile | undefined> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { file, bytes: size, usedAt: mtimeMs };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
