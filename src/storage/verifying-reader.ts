import type { BlobSource } from './blob-driver.js';
import type { ContentReader, ReadPiece } from './content-reader.js';
import { corrupt } from './format/blob-format.js';
import { lengthOf, type Piece } from './format/blob-pieces.js';
import type { HashJob } from './hash-pool.js';
import type { SlotPool } from './slot-pool.js';

export interface VerifyingReaderOptions {
  source: BlobSource;
  pieces: Iterator<Piece>;
  /** Computes SHA-256. */
  job: HashJob;
  sha256: Buffer;
  slots: SlotPool;
}

/** How many pieces may be with the hash thread: it works while the next one is read and sent. */
const MAX_UNHASHED = 2;

/** Reads content that is stored as it is. Its pieces are given out while they are hashed, the last when the digest fits. */
export class VerifyingReader implements ContentReader {
  readonly #options: VerifyingReaderOptions;
  readonly #unhashed = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;
  #upcoming: IteratorResult<Piece>;

  constructor(options: VerifyingReaderOptions) {
    this.#options = options;
    this.#upcoming = options.pieces.next();
  }

  async next(): Promise<ReadPiece> {
    if (this.#upcoming.done) throw new Error('There is nothing left to read.');
    const bytes = await this.#read(this.#upcoming.value);
    this.#upcoming = this.#options.pieces.next();
    const last = this.#upcoming.done === true;
    if (last) await this.#verify();
    return { bytes, storedBytes: bytes.length, last };
  }

  async close(): Promise<void> {
    this.#options.job.abandon();
    try {
      await this.#options.source.close();
    } finally {
      await Promise.all(this.#unhashed);
    }
  }

  async #read({ stored }: Piece): Promise<Buffer> {
    const { source, slots } = this.#options;
    while (this.#unhashed.size >= MAX_UNHASHED) await Promise.race(this.#unhashed);
    if (this.#failure) throw this.#failure.error;
    const slot = slots.take();
    const bytes = slot.subarray(0, lengthOf(stored));
    try {
      await source.readInto(bytes, stored.start);
    } catch (error) {
      slots.release(slot);
      throw error;
    }
    this.#hash(bytes, slot);
    // A copy, as the reader's bytes live until they are collected: shared memory is collected far too late.
    return Buffer.from(bytes);
  }

  #hash(bytes: Uint8Array, slot: Uint8Array): void {
    const done = () => {
      this.#unhashed.delete(hashing);
      this.#options.slots.release(slot);
    };
    const hashing: Promise<void> = this.#options.job.update(bytes).then(done, (error: unknown) => {
      this.#failure ??= { error };
      done();
    });
    this.#unhashed.add(hashing);
  }

  async #verify(): Promise<void> {
    await Promise.all(this.#unhashed);
    if (this.#failure) throw this.#failure.error;
    const [digest] = await this.#options.job.finish();
    if (!digest?.equals(this.#options.sha256)) throw corrupt('has another digest');
  }
}
