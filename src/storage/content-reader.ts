import type { BlobSource } from './blob-driver.js';
import { corrupt } from './format/blob-format.js';
import { lengthOf, type Piece } from './format/blob-pieces.js';
import type { HashJob } from './hash-pool.js';
import type { SlotPool } from './slot-pool.js';

export interface ReadPiece {
  bytes: Buffer;
  /** Stored bytes that were read for it. */
  storedBytes: number;
  last: boolean;
}

/** Gives content in order, in Buffers of its own memory. */
export interface ContentReader {
  /** The next bytes; `last` comes with the last of them. */
  next(): Promise<ReadPiece>;
  /** Resolves when nothing is read any more. May be called at any time, and more than once. */
  close(): Promise<void>;
}

/** Reads content that is stored as it is, and gives it out unverified. */
export class PlainReader implements ContentReader {
  readonly #source: BlobSource;
  readonly #pieces: Iterator<Piece>;
  #upcoming: IteratorResult<Piece>;

  constructor(source: BlobSource, pieces: Iterator<Piece>) {
    this.#source = source;
    this.#pieces = pieces;
    this.#upcoming = pieces.next();
  }

  async next(): Promise<ReadPiece> {
    const { stored } = pieceOf(this.#upcoming);
    const bytes = Buffer.allocUnsafeSlow(lengthOf(stored));
    await this.#source.readInto(bytes, stored.start);
    this.#upcoming = this.#pieces.next();
    return { bytes, storedBytes: bytes.length, last: this.#upcoming.done === true };
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

export interface DecodingReaderOptions {
  source: BlobSource;
  pieces: Iterator<Piece>;
  /** Decodes, and computes SHA-256 when that is to be compared. */
  job: HashJob;
  /** Without it the digest is not compared. */
  sha256?: Buffer | undefined;
  slots: SlotPool;
}

/** Pieces under way at the same time: one is decoded while the next is read. */
const MAX_AHEAD = 2;

/** Reads stored bytes into slots, and has them decoded and hashed there by a hash thread. */
export class DecodingReader implements ContentReader {
  readonly #options: DecodingReaderOptions;
  readonly #ahead: { decoded: Promise<Buffer>; storedBytes: number }[] = [];
  readonly #working = new Set<Promise<unknown>>();
  #upcoming: IteratorResult<Piece>;
  /** A source is read from one position at a time. */
  #filled: Promise<unknown> = Promise.resolve();

  constructor(options: DecodingReaderOptions) {
    this.#options = options;
    this.#upcoming = options.pieces.next();
  }

  async next(): Promise<ReadPiece> {
    this.#readAhead();
    // A compressed blob without any content has no piece.
    const first = this.#ahead.shift() ?? { decoded: NOTHING, storedBytes: 0 };
    const bytes = await first.decoded;
    const last = this.#ahead.length === 0 && this.#upcoming.done === true;
    if (last) await this.#verify();
    return { bytes, storedBytes: first.storedBytes, last };
  }

  async close(): Promise<void> {
    this.#options.job.abandon();
    try {
      await this.#options.source.close();
    } finally {
      await Promise.all(this.#working);
    }
  }

  #readAhead(): void {
    const { slots, pieces } = this.#options;
    while (this.#ahead.length < MAX_AHEAD && !this.#upcoming.done) {
      const slot = this.#ahead.length === 0 ? slots.take() : slots.takeMore();
      if (!slot) return;
      this.#begin(this.#upcoming.value, slot);
      this.#upcoming = pieces.next();
    }
  }

  #begin(piece: Piece, slot: Uint8Array): void {
    const { source, slots } = this.#options;
    const stored = slot.subarray(0, lengthOf(piece.stored));
    const filled = this.#filled.then(() => source.readInto(stored, piece.stored.start));
    this.#filled = filled;
    const decoded = filled.then(() => this.#decode(piece, slot)).finally(() => slots.release(slot));
    this.#ahead.push({ decoded, storedBytes: stored.length });
    // Whoever takes it out of `ahead` sees its failure; nobody does after `close`.
    const settled: Promise<unknown> = decoded.catch(() => undefined).finally(() => this.#working.delete(settled));
    this.#working.add(settled);
  }

  async #decode(piece: Piece, slot: Uint8Array): Promise<Buffer> {
    // A copy, as the reader's bytes live until they are collected: shared memory is collected far too late.
    return Buffer.from(await this.#options.job.decode(piece, slot));
  }

  async #verify(): Promise<void> {
    const { job, sha256 } = this.#options;
    const [digest] = await job.finish();
    if (sha256 && !digest?.equals(sha256)) throw corrupt('has another digest');
  }
}

const NOTHING: Buffer = Buffer.alloc(0);

function pieceOf(upcoming: IteratorResult<Piece>): Piece {
  if (upcoming.done) throw new Error('There is nothing left to read.');
  return upcoming.value;
}
