import { randomUUID, webcrypto } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makePrivateDirectory } from '../drivers/durable-directories.js';
import { errorCode } from '../storage-error.js';
import { type Chunk, type ChunkBytes, chunkLength } from './chunk.js';
import { ChunkDirectory } from './chunk-directory.js';

/** A file begins with this, the chunk's name and the SHA-256 of its bytes; the bytes follow. */
const MAGIC = Buffer.from('GRANCHNK', 'latin1');
const HEADER_SIZE = MAGIC.length + 32 + 32;

/** Chunks on their way to the disk. When it is slower than the network, further ones are not kept. */
const MAX_WRITES = 8;

/** How long nothing is written after the disk was full or refused a write, in milliseconds. */
const PAUSE_MS = 60_000;

export interface DiskChunksOptions {
  directory: string;
  /** Bytes. */
  limit: number;
  onWarning: (message: string, error: unknown) => void;
}

/**
 * Chunks as files. Trouble with the disk never reaches the reader: the chunk is then not there, or not kept. Nothing is
 * synced, so a file may be anything after a power cut, which its digest tells.
 */
export class DiskChunks {
  /** Files that were not what had been written to them. */
  damaged = 0;
  readonly #directory: ChunkDirectory;
  readonly #onWarning: DiskChunksOptions['onWarning'];
  readonly #writing = new Set<Promise<void>>();
  #warned = false;
  #closed = false;
  #pausedUntil = 0;

  constructor({ directory, limit, onWarning }: DiskChunksOptions) {
    this.#directory = new ChunkDirectory(directory, limit);
    this.#onWarning = onWarning;
    this.#track(this.#directory.trim());
  }

  /** Bytes of all files, as far as this process knows. */
  get bytes(): number {
    return this.#directory.bytes;
  }

  /** The bytes of a chunk; undefined when they are not there, or not what they were. */
  async read(chunk: Chunk): Promise<ChunkBytes | undefined> {
    const file = this.#directory.fileOf(chunk);
    try {
      const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        return await this.#readFile(handle, { file, chunk });
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.#warn(error);
      return undefined;
    }
  }

  /** Keeps a chunk, in the background and if that goes. */
  write(chunk: Chunk, bytes: ChunkBytes): void {
    const isPaused = performance.now() < this.#pausedUntil;
    if (isPaused || this.#closed || this.#writing.size >= MAX_WRITES) return;
    this.#track(this.#writeFile(chunk, bytes));
  }

  async close(): Promise<void> {
    this.#closed = true;
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  async #readFile(
    handle: FileHandle,
    { file, chunk }: { file: string; chunk: Chunk },
  ): Promise<ChunkBytes | undefined> {
    const bytes = await intactBytes(handle, chunk);
    if (bytes) {
      // What was used last goes last, whoever evicts. A disk that is read-only needs no order.
      await Promise.allSettled([handle.utimes(new Date(), new Date())]);
      return bytes;
    }
    this.damaged += 1;
    await rm(file, { force: true });
    return undefined;
  }

  async #writeFile(chunk: Chunk, bytes: ChunkBytes): Promise<void> {
    const file = this.#directory.fileOf(chunk);
    const temporary = `${file}.${randomUUID()}.tmp`;
    const header = Buffer.concat([MAGIC, Buffer.from(chunk.name, 'hex'), await digestOf(bytes)]);
    try {
      await makePrivateDirectory(dirname(file));
      await writeFile(temporary, [header, bytes], { flag: 'wx', mode: 0o600 });
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      // The disk may be full of what could make room.
      this.#track(this.#directory.trim());
      throw error;
    }
    if (this.#directory.add(HEADER_SIZE + bytes.length) === 'to be trimmed') this.#track(this.#directory.trim());
  }

  #track(work: Promise<void>): void {
    const settled: Promise<void> = work
      .catch((error: unknown) => {
        this.#pausedUntil = performance.now() + PAUSE_MS;
        this.#warn(error);
      })
      .finally(() => this.#writing.delete(settled));
    this.#writing.add(settled);
  }

  #warn(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#onWarning('The cache on the disk cannot be used as it should; Granary goes on without', error);
  }
}

/** The bytes of a chunk's file; undefined when they are not those that were written. */
async function intactBytes(handle: FileHandle, chunk: Chunk): Promise<ChunkBytes | undefined> {
  const header = Buffer.alloc(HEADER_SIZE);
  const bytes = Buffer.allocUnsafeSlow(chunkLength(chunk));
  const { size } = await handle.stat();
  if (size !== header.length + bytes.length) return undefined;
  const { bytesRead } = await handle.readv([header, bytes], 0);
  if (bytesRead !== size || header.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) !== 0) return undefined;
  const name = header.subarray(MAGIC.length, MAGIC.length + 32);
  const digest = header.subarray(MAGIC.length + 32);
  return name.toString('hex') === chunk.name && digest.equals(await digestOf(bytes)) ? bytes : undefined;
}

/** SHA-256, computed beside the event loop. */
async function digestOf(bytes: ChunkBytes): Promise<Buffer> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes));
}
