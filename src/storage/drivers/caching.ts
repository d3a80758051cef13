import { GranaryError } from '../../errors.js';
import type { BlobDriver, BlobSource, StagedSource } from '../blob-driver.js';
import type { ByteRange, StoredFile } from '../blob-store.js';
import { type Chunk, type ChunkBytes, chunkAt, chunkLength } from '../cache/chunk.js';
import type { ChunkCache } from '../cache/chunk-cache.js';
import { corruptBlob } from '../storage-error.js';

/**
 * A remote store whose bytes are read through a cache. What is cached is served although the store does not answer, and
 * for a while although the blob was removed; only who knows its row asks for it.
 */
export class CachingDriver implements BlobDriver {
  readonly #beneath: BlobDriver;
  readonly #cache: ChunkCache;

  constructor(beneath: BlobDriver, cache: ChunkCache) {
    this.#beneath = beneath;
    this.#cache = cache;
  }

  async open(path: string, { size, range }: { size: number; range: ByteRange }): Promise<BlobSource> {
    if (size === 0 || range.end < range.start || this.#cache.isDistrusted(path))
      return this.#beneath.open(path, { size, range });
    const source = new CachedSource({ beneath: this.#beneath, cache: this.#cache, path, size, range });
    try {
      await source.start();
      return source;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  place(source: StagedSource, path: string): Promise<void> {
    return this.#beneath.place(source, path);
  }

  remove(path: string): Promise<void> {
    return this.#beneath.remove(path);
  }

  walk(): AsyncIterable<StoredFile> {
    return this.#beneath.walk();
  }

  quarantine(path: string): Promise<void> {
    return this.#beneath.quarantine(path);
  }

  sweepUploads(olderThanMs: number): Promise<number> {
    return this.#beneath.sweepUploads(olderThanMs);
  }

  readOwner(): Promise<string | undefined> {
    return this.#beneath.readOwner();
  }

  writeOwner(owner: string): Promise<void> {
    return this.#beneath.writeOwner(owner);
  }

  removeOwner(): Promise<void> {
    return this.#beneath.removeOwner();
  }

  check(): Promise<void> {
    return this.#beneath.check();
  }

  close(): Promise<void> {
    return this.#beneath.close();
  }
}

interface CachedSourceParts {
  beneath: BlobDriver;
  cache: ChunkCache;
  path: string;
  size: number;
  range: ByteRange;
}

interface LoadedChunk {
  chunk: Chunk;
  bytes: ChunkBytes;
}

/** One reader's bytes: whole chunks, from the cache or from one stream of the store, which is opened when it is needed. */
class CachedSource implements BlobSource {
  readonly #parts: CachedSourceParts;
  /** End the reads that wait just now. */
  readonly #interrupts = new Set<() => void>();
  #remote: { source: BlobSource; start: number } | undefined;
  #fetching: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** The last one used: reads seldom begin and end where a chunk does. */
  #current: LoadedChunk | undefined;

  constructor(parts: CachedSourceParts) {
    this.#parts = parts;
  }

  /** Gets the first chunk, so that what is missing is known before anything is read. */
  async start(): Promise<void> {
    await this.#bytesAt(this.#parts.range.start);
  }

  async readInto(target: Uint8Array, position: number): Promise<void> {
    let filled = 0;
    while (filled < target.length) {
      const bytes = await this.#bytesAt(position + filled);
      if (bytes.length === 0) throw corruptBlob('ends early');
      const piece = bytes.subarray(0, target.length - filled);
      target.set(piece, filled);
      filled += piece.length;
    }
  }

  /** Does not wait for a chunk that is under way: it comes to its end in the background, as others may share it. */
  async close(): Promise<void> {
    this.#current = undefined;
    this.#isClosed = true;
    for (const interrupt of this.#interrupts) interrupt();
    void this.#fetching.then(() => this.#closeRemote());
  }

  /** From the position to the end of its chunk. */
  async #bytesAt(position: number): Promise<ChunkBytes> {
    const { chunk, bytes } = await this.#chunkWith(position);
    return bytes.subarray(position - chunk.range.start);
  }

  async #chunkWith(position: number): Promise<LoadedChunk> {
    const current = this.#current;
    if (current && position >= current.chunk.range.start && position <= current.chunk.range.end) return current;
    const chunk = chunkAt(position, this.#parts);
    const reading = this.#parts.cache.read(chunk, () => this.#fetch(chunk));
    const loaded = { chunk, bytes: await this.#unlessClosed(reading) };
    this.#current = loaded;
    return loaded;
  }

  /** With a promise of its own each time: one for all would hold the bytes of every read until the end. */
  async #unlessClosed<T>(reading: Promise<T>): Promise<T> {
    const { promise: closed, reject } = Promise.withResolvers<never>();
    const interrupt = () => reject(new GranaryError('Unavailable', 'The reader of the content is gone.'));
    this.#interrupts.add(interrupt);
    try {
      return await Promise.race([reading, closed]);
    } finally {
      this.#interrupts.delete(interrupt);
    }
  }

  #fetch(chunk: Chunk): Promise<ChunkBytes> {
    const fetched = this.#fetchChunk(chunk);
    // It may begin after `close`, when the disk was asked in between.
    this.#fetching = Promise.allSettled([fetched]).then(async () => {
      if (this.#isClosed) await this.#closeRemote();
    });
    return fetched;
  }

  async #fetchChunk(chunk: Chunk): Promise<ChunkBytes> {
    const source = await this.#remoteFrom(chunk.range.start);
    const bytes = Buffer.allocUnsafeSlow(chunkLength(chunk));
    await source.readInto(bytes, chunk.range.start);
    return bytes;
  }

  /** One stream serves all chunks to the end of the range, as long as none before its start is needed. */
  async #remoteFrom(start: number): Promise<BlobSource> {
    if (this.#remote && this.#remote.start <= start) return this.#remote.source;
    await this.#closeRemote();
    const { beneath, path, size, range } = this.#parts;
    const { end } = chunkAt(range.end, { path, size }).range;
    const source = await beneath.open(path, { size, range: { start, end } });
    this.#remote = { source, start };
    return source;
  }

  async #closeRemote(): Promise<void> {
    const remote = this.#remote;
    this.#remote = undefined;
    // What goes wrong with closing is no matter of the bytes that were read.
    await Promise.allSettled([remote?.source.close()]);
  }
}
