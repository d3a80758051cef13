import { LRUCache } from 'lru-cache';
import type { CacheFigures } from '../blob-store.js';
import { CHUNK_SIZE, type Chunk, type ChunkBytes } from './chunk.js';
import { DiskChunks } from './disk-chunks.js';

export interface ChunkCacheOptions {
  /** Bytes of memory; 0 for none. */
  memoryBytes: number;
  /** Bytes on the disk; 0 for none. */
  diskBytes: number;
  /** Where they lie on the disk; made when it is missing. */
  directory: string;
  /** Told once when the disk cannot be used. */
  onWarning: (message: string, error: unknown) => void;
}

/** How many blobs are remembered whose chunks turned out to be wrong. */
const DISTRUSTED_BLOBS = 10_000;

/** Chunks of remote blobs, in memory and on the disk of this machine, which several processes may share. */
export class ChunkCache {
  readonly #memory: LRUCache<string, ChunkBytes> | undefined;
  readonly #disk: DiskChunks | undefined;
  readonly #distrusted = new LRUCache<string, true>({ max: DISTRUSTED_BLOBS });
  readonly #loading = new Map<string, Promise<ChunkBytes>>();
  readonly #reads = { memory: none(), shared: none(), disk: none(), remote: none() };

  constructor({ memoryBytes, diskBytes, directory, onWarning }: ChunkCacheOptions) {
    if (memoryBytes >= CHUNK_SIZE) {
      this.#memory = new LRUCache({ maxSize: memoryBytes, sizeCalculation: ({ length }) => length });
    }
    if (diskBytes >= CHUNK_SIZE) this.#disk = new DiskChunks({ directory, limit: diskBytes, onWarning });
  }

  /**
   * Gives a chunk from where it is nearest; what `fetch` brings is kept. Readers who want the same chunk at the same
   * time share one fetch, and its failure. Nobody may write to the bytes.
   */
  async read(chunk: Chunk, fetch: () => Promise<ChunkBytes>): Promise<ChunkBytes> {
    const kept = this.#memory?.get(chunk.name);
    if (kept) return count(this.#reads.memory, kept);
    const loading = this.#loading.get(chunk.name);
    if (loading) return count(this.#reads.shared, await loading);
    const load = this.#load(chunk, fetch).finally(() => this.#loading.delete(chunk.name));
    this.#loading.set(chunk.name, load);
    return load;
  }

  /** From now on this blob is read past the cache: what was kept of it does not open. */
  distrust(path: string): void {
    this.#distrusted.set(path, true);
  }

  isDistrusted(path: string): boolean {
    return this.#distrusted.has(path);
  }

  figures(): CacheFigures {
    const { memory, shared, disk, remote } = this.#reads;
    return {
      reads: { memory: { ...memory }, shared: { ...shared }, disk: { ...disk }, remote: { ...remote } },
      damagedChunks: this.#disk?.damaged ?? 0,
      memoryBytes: this.#memory?.calculatedSize ?? 0,
      diskBytes: this.#disk?.bytes ?? 0,
    };
  }

  /** Resolves when nothing is written to the disk any more. */
  async close(): Promise<void> {
    this.#memory?.clear();
    await this.#disk?.close();
  }

  async #load(chunk: Chunk, fetch: () => Promise<ChunkBytes>): Promise<ChunkBytes> {
    const stored = await this.#disk?.read(chunk);
    const bytes = stored ? count(this.#reads.disk, stored) : count(this.#reads.remote, await fetch());
    if (!stored) this.#disk?.write(chunk, bytes);
    this.#memory?.set(chunk.name, bytes);
    return bytes;
  }
}

function none() {
  return { chunks: 0, bytes: 0 };
}

function count(tally: { chunks: number; bytes: number }, bytes: ChunkBytes): ChunkBytes {
  tally.chunks += 1;
  tally.bytes += bytes.length;
  return bytes;
}
