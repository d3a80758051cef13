import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { GranaryError } from '../errors.js';
import type { ByteRange, StoredBlob } from './blob-store.js';
import { checksumOf } from './checksums.js';
import type { HashJob, HashPool } from './hash-pool.js';
import type { SlotPool } from './slot-pool.js';

/** Up to this size all is read, and verified, before the reader gets a byte: an error can still change the answer. */
const BUFFERED_LIMIT = 1024 * 1024;

const PIECE_SIZE = 512 * 1024;

/** How many pieces may be with the hash thread: it works while the next one is read. */
const MAX_UNHASHED = 2;

export interface ReadBlobOptions {
  blob: StoredBlob;
  range?: ByteRange | undefined;
  hashes: HashPool;
  slots: SlotPool;
}

/** Implements `BlobReader.openBlob` over an open file, which is closed in any case: on failure, at the end, on destroy. */
export async function readBlob(file: FileHandle, options: ReadBlobOptions): Promise<Readable> {
  const { blob, range } = options;
  try {
    const { start, end } = checkRange(range, blob.size);
    const isWhole = start === 0 && end === blob.size - 1;
    if ((await file.stat()).size !== blob.size) throw corrupt('has another size');
    if (end - start >= BUFFERED_LIMIT) {
      const verification = isWhole ? new Verification(options) : undefined;
      return new BlobStream(file, { start, end, verification });
    }
    const bytes = Buffer.allocUnsafeSlow(end - start + 1);
    await readFully(file, bytes, start);
    if (isWhole && !checksumOf('SHA256', bytes).equals(blob.sha256)) throw corrupt('has another digest');
    await file.close();
    return streamOf(bytes);
  } catch (error) {
    await file.close();
    throw error;
  }
}

function checkRange(range: ByteRange | undefined, size: number): ByteRange {
  if (!range) return { start: 0, end: size - 1 };
  const { start, end } = range;
  if (start >= 0 && start <= end && end < size) return range;
  throw new GranaryError('RangeNotSatisfiable', `The content has ${size} bytes.`, { data: { size } });
}

function streamOf(bytes: Buffer): Readable {
  return new Readable({
    read() {
      if (bytes.length > 0) this.push(bytes);
      this.push(null);
    },
  });
}

async function readFully(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await file.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) throw corrupt('ends early');
    filled += bytesRead;
  }
}

/** The digest of a blob on its way out. */
class Verification {
  readonly #job: HashJob;
  readonly #expected: Buffer;
  readonly #slots: SlotPool;
  readonly #unhashed = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  constructor({ blob, hashes, slots }: ReadBlobOptions) {
    [this.#job] = hashes.start(['SHA256']) as [HashJob];
    this.#expected = blob.sha256;
    this.#slots = slots;
  }

  /** Lets `fill` read the next bytes into shared memory, has them hashed, and gives a copy of them. */
  async pass(length: number, fill: (target: Uint8Array) => Promise<void>): Promise<Buffer> {
    while (this.#unhashed.size >= MAX_UNHASHED) await Promise.race(this.#unhashed);
    if (this.#failure) throw this.#failure.error;
    const slot = this.#slots.take();
    const bytes = slot.subarray(0, length);
    try {
      await fill(bytes);
    } catch (error) {
      this.#slots.release(slot);
      throw error;
    }
    this.#hash(bytes, slot);
    // A copy, as the reader's bytes live until they are collected: shared memory is collected far too late.
    return Buffer.from(bytes);
  }

  async finish(): Promise<void> {
    await Promise.all(this.#unhashed);
    const [digest] = await this.#job.finish();
    if (!digest?.equals(this.#expected)) throw corrupt('has another digest');
  }

  abandon(): void {
    this.#job.abandon();
  }

  #hash(bytes: Uint8Array, slot: Uint8Array): void {
    const done = () => {
      this.#unhashed.delete(hashing);
      this.#slots.release(slot);
    };
    const hashing: Promise<void> = this.#job.update(bytes).then(done, (error: unknown) => {
      this.#failure ??= { error };
      done();
    });
    this.#unhashed.add(hashing);
  }
}

async function filled(length: number, fill: (target: Uint8Array) => Promise<void>): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  await fill(bytes);
  return bytes;
}

interface BlobStreamOptions {
  start: number;
  end: number;
  verification: Verification | undefined;
}

class BlobStream extends Readable {
  readonly #file: FileHandle;
  readonly #end: number;
  readonly #verification: Verification | undefined;
  #position: number;

  constructor(file: FileHandle, { start, end, verification }: BlobStreamOptions) {
    super({ highWaterMark: 2 * PIECE_SIZE });
    this.#file = file;
    this.#position = start;
    this.#end = end;
    this.#verification = verification;
  }

  override _read(): void {
    this.#readPiece().then(
      (piece) => this.#deliver(piece),
      (error: unknown) => this.destroy(error as Error),
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#verification?.abandon();
    this.#file.close().then(
      () => callback(error),
      (closeError: Error) => callback(error ?? closeError),
    );
  }

  async #readPiece(): Promise<Buffer> {
    const length = Math.min(PIECE_SIZE, this.#end + 1 - this.#position);
    const fill = (target: Uint8Array) => readFully(this.#file, target, this.#position);
    const piece = await (this.#verification?.pass(length, fill) ?? filled(length, fill));
    this.#position += length;
    if (this.#position > this.#end) await this.#verification?.finish();
    return piece;
  }

  #deliver(piece: Buffer): void {
    if (this.destroyed) return;
    this.push(piece);
    if (this.#position > this.#end) this.push(null);
  }
}

function corrupt(how: string): GranaryError {
  return new GranaryError('Internal', `The stored content ${how}.`, { reason: 'CorruptBlob' });
}
