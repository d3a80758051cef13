import { randomUUID } from 'node:crypto';
import type { BlobSource } from './blob-driver.js';
import type { ByteRange, StoredBytes } from './blob-store.js';
import type { Staging, StagingFile } from './staging.js';
import { corruptBlob } from './storage-error.js';

const pieceLength = 1024 * 1024;

/** Reads stored bytes without opening a seal, in pieces of at most 1 MiB. */
export async function openStoredBytes(
  open: (range: ByteRange) => Promise<BlobSource>,
  size: number,
): Promise<StoredBytes> {
  const source = await open({ start: 0, end: Math.max(0, size - 1) });
  return { size, pieces: new StoredPieces(source, size) };
}

/** An iterator of its own: a generator that was never begun would not close the source when it is told to return. */
class StoredPieces implements AsyncIterableIterator<Buffer, undefined> {
  readonly #source: BlobSource;
  readonly #size: number;
  #position = 0;

  constructor(source: BlobSource, size: number) {
    this.#source = source;
    this.#size = size;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#position >= this.#size) return this.return();
    const piece = Buffer.allocUnsafe(Math.min(pieceLength, this.#size - this.#position));
    try {
      await this.#source.readInto(piece, this.#position);
    } catch (error) {
      await this.return();
      throw error;
    }
    this.#position += piece.length;
    return { done: false, value: piece };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#position = this.#size;
    await this.#source.close();
    return { done: true, value: undefined };
  }
}

/** Writes bytes to a path as they are, durably. Nothing is at the path when it fails, or when they are not of the size. */
export async function placeStoredBytes(staging: Staging, bytes: StoredBytes, path: string): Promise<void> {
  const file = await stagingFor(staging, bytes);
  try {
    let position = 0;
    for await (const piece of bytes.pieces) {
      await file.write(piece, position);
      position += piece.length;
    }
    if (position !== bytes.size) {
      throw corruptBlob('has another size');
    }
    await file.commit(path);
  } finally {
    await file.cancel();
  }
}

async function stagingFor(staging: Staging, bytes: StoredBytes): Promise<StagingFile> {
  try {
    return await staging.create(randomUUID());
  } catch (error) {
    // Nobody goes through the pieces now, who would close what they come from.
    await bytes.pieces[Symbol.asyncIterator]().return?.();
    throw error;
  }
}
