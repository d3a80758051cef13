import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { GranaryError } from '../../src/errors.js';
import type { BlobSource } from '../../src/storage/blob-driver.js';
import type {
  ByteRange,
  Compression,
  OnBytes,
  Received,
  ReceiveOptions,
  Seal,
  StoredBlob,
} from '../../src/storage/blob-store.js';
import { checksumOf } from '../../src/storage/checksums.js';
import { HashPool } from '../../src/storage/hash-pool.js';
import { readBlob } from '../../src/storage/read-blob.js';
import { receive } from '../../src/storage/receive.js';
import { SlotPool } from '../../src/storage/slot-pool.js';
import { Staging } from '../../src/storage/staging.js';
import { verifyBlob } from '../../src/storage/verify-blob.js';
import { temporaryDirectory } from '../support/directory.js';

type TemporaryDirectory = Awaited<ReturnType<typeof temporaryDirectory>>;

/** A slot pool that knows how many of its slots are in use. */
export class CountingSlots extends SlotPool {
  used = 0;

  override take(): Uint8Array {
    this.used += 1;
    return super.take();
  }

  override release(slot: Uint8Array): void {
    this.used -= 1;
    super.release(slot);
  }
}

export function newSeal(): Seal {
  return { id: randomBytes(16), key: randomBytes(32) };
}

/** The four formats, as one asks for them. */
export const FORMATS: { name: string; sealed: 'sealed' | 'open'; compression: Compression }[] = [
  { name: 'raw', sealed: 'open', compression: 'off' },
  { name: 'sealed', sealed: 'sealed', compression: 'off' },
  { name: 'compressed', sealed: 'open', compression: 'always' },
  { name: 'sealed and compressed', sealed: 'sealed', compression: 'always' },
];

const TEXT = Array.from({ length: 3000 }, (_, i) => `${i} ${Math.sin(i).toString(36)} words`).join('\n');

/** Content that compresses to about a third, or not at all. */
export function contentOf(size: number, kind: 'text' | 'random' = 'random'): Buffer {
  if (kind === 'random') return randomBytes(size);
  return Buffer.alloc(size, TEXT);
}

/** Called with the position of each read of a source; what it throws fails the read. */
export type BeforeRead = (position: number) => Promise<void> | void;

/** Bytes in memory as a source that gives out nothing beyond the range it was opened for. */
export class MemorySource implements BlobSource {
  closed = false;
  readonly #bytes: Buffer;
  readonly #range: ByteRange;
  readonly #beforeRead: BeforeRead | undefined;

  constructor(bytes: Buffer, range: ByteRange, beforeRead: BeforeRead | undefined) {
    this.#bytes = bytes;
    this.#range = range;
    this.#beforeRead = beforeRead;
  }

  async readInto(target: Uint8Array, position: number): Promise<void> {
    await this.#beforeRead?.(position);
    if (this.closed) throw new Error('The source is closed.');
    const { start, end } = this.#range;
    if (position < start || position + target.length > end + 1) throw new Error('A read leads out of the range.');
    const bytes = this.#bytes.subarray(position, position + target.length);
    if (bytes.length !== target.length) {
      throw new GranaryError('Internal', 'The file ends early.', { reason: 'CorruptBlob' });
    }
    target.set(bytes);
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** What is stored, with all that its row would say. */
export interface StoredContent {
  blob: StoredBlob;
  stored: Buffer;
}

/** The pipeline without a store: uploads end as bytes in memory, and are read from there. */
export class Pipeline implements AsyncDisposable {
  readonly slots = new CountingSlots();
  readonly hashes = new HashPool(2);
  /** All that were opened. */
  readonly sources: MemorySource[] = [];
  readonly #directory: TemporaryDirectory;
  readonly #staging: Staging;
  readonly #placed = new Map<string, Buffer>();
  #names = 0;

  constructor(directory: TemporaryDirectory) {
    this.#directory = directory;
    this.#staging = new Staging(directory.path, async ({ file }, path) => {
      this.#placed.set(path, await readFile(file));
      await rm(file);
    });
  }

  get stagingDirectory(): string {
    return this.#directory.path;
  }

  /** The names of the uploads that are neither stored nor cancelled. */
  staged(): Promise<string[]> {
    return readdir(this.#directory.path);
  }

  receive(bytes: AsyncIterable<Uint8Array>, options: Partial<ReceiveOptions> = {}): Promise<Received> {
    const defaults = { maxSize: 2 ** 40, inlineLimit: -1, idleTimeoutMs: 5_000, name: `upload-${++this.#names}` };
    const all: ReceiveOptions = { ...defaults, seal: null, compression: 'off', ...options };
    return receive(bytes, all, { staging: this.#staging, hashes: this.hashes, slots: this.slots });
  }

  async store(bytes: Buffer, options: Partial<ReceiveOptions> & { chunk?: number } = {}): Promise<StoredContent> {
    const received = await this.receive(chunksOf(bytes, options.chunk), options);
    const { size, storedSize, format, sha256, content } = received;
    const blob = { path: `hot/${++this.#names}`, size, storedSize, format, sha256, seal: options.seal ?? null };
    if (content.kind === 'inline') return { blob, stored: content.bytes };
    await content.file.commit(blob.path);
    return { blob, stored: this.#placed.get(blob.path) ?? Buffer.alloc(0) };
  }

  async read({ blob, stored }: StoredContent, options: ReadOptions = {}): Promise<Readable> {
    const { range, beforeRead } = options;
    return readBlob(this.#open(stored, beforeRead), { blob, range, hashes: this.hashes, slots: this.slots });
  }

  verify({ blob, stored }: StoredContent, onBytes?: OnBytes): Promise<number> {
    return verifyBlob(this.#open(stored), { blob, onBytes, hashes: this.hashes, slots: this.slots });
  }

  /** Fails when something was left open or in use. */
  expectNothingLeft(): void {
    expect(this.sources.filter(({ closed }) => !closed)).toHaveLength(0);
    expect(this.slots.used).toBe(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hashes.close();
    await this.#directory[Symbol.asyncDispose]();
  }

  #open(stored: Buffer, beforeRead?: BeforeRead): (range: ByteRange) => Promise<BlobSource> {
    return async (range) => {
      const source = new MemorySource(stored, range, beforeRead);
      this.sources.push(source);
      return source;
    };
  }
}

export interface ReadOptions {
  range?: ByteRange;
  beforeRead?: BeforeRead;
}

export async function openPipeline(): Promise<Pipeline> {
  return new Pipeline(await temporaryDirectory());
}

export function sha256Of(bytes: Buffer): Buffer {
  return checksumOf('SHA256', bytes);
}

/** The bytes in chunks as a socket gives them. */
export async function* chunksOf(bytes: Buffer, size = 64 * 1024): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}
