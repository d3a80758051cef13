import { Readable } from 'node:stream';
import { GranaryError } from '../errors.js';
import type { ByteRange, StoredBlob } from './blob-store.js';
import { checksumOf } from './checksums.js';
import { type ContentReader, DecodingReader, PlainReader, type ReadPiece } from './content-reader.js';
import { decodeWhole } from './format/blob-decoder.js';
import { corrupt, isSealed } from './format/blob-format.js';
import { lengthOf, PIECE_SIZE } from './format/blob-pieces.js';
import type { HashPool } from './hash-pool.js';
import { type OpenContent, type OpenSource, openContent, readHere } from './open-content.js';
import type { SlotPool } from './slot-pool.js';
import { VerifyingReader } from './verifying-reader.js';

/** Up to this size all is read, and verified, before the reader gets a byte: an error can still change the answer. */
const BUFFERED_LIMIT = 1024 * 1024;

export interface ReadBlobOptions {
  blob: StoredBlob;
  range?: ByteRange | undefined;
  hashes: HashPool;
  slots: SlotPool;
  /** What a reader is told instead of an error that comes after the first piece. */
  translate?: ((error: unknown) => unknown) | undefined;
}

/**
 * Implements `BlobReader.openBlob` over a source of stored bytes, which is closed in any case: on failure, at the end,
 * on destroy. A seek table is read from a source of its own, before.
 */
export async function readBlob(open: OpenSource, options: ReadBlobOptions): Promise<Readable> {
  const { blob } = options;
  const range = checkRange(options.range, blob.size);
  const content = await openContent(open, blob, range);
  try {
    if (lengthOf(range) > BUFFERED_LIMIT) return await openStream(readerOf(content, range, options), options.translate);
    const bytes = await readHere(content.source, content.pieces, blob);
    if (needsDigest(blob, range)) compareDigest(bytes, blob.sha256);
    await content.source.close();
    return streamOf(bytes);
  } catch (error) {
    await content.source.close();
    throw error;
  }
}

/** Implements `BlobReader.openInline`. */
export function openInline(bytes: Buffer, blob: Omit<StoredBlob, 'path'>): Buffer {
  const content = decodeWhole(bytes, blob);
  if (!isSealed(blob.format)) compareDigest(content, blob.sha256);
  return content;
}

/**
 * Whether SHA-256 is compared. What is sealed has been authenticated segment by segment, which tells as much of what
 * happened since it was stored, and for half of the cost.
 */
function needsDigest(blob: StoredBlob, range: ByteRange): boolean {
  return !isSealed(blob.format) && range.start === 0 && range.end === blob.size - 1;
}

function compareDigest(content: Buffer, sha256: Buffer): void {
  if (!checksumOf('SHA256', content).equals(sha256)) throw corrupt('has another digest');
}

function readerOf({ source, pieces }: OpenContent, range: ByteRange, options: ReadBlobOptions): ContentReader {
  const { blob, hashes, slots } = options;
  const isVerified = needsDigest(blob, range);
  if (blob.format === 0 && !isVerified) return new PlainReader(source, pieces);
  if (blob.format === 0) {
    const [job] = hashes.start({ algorithms: ['SHA256'] });
    return new VerifyingReader({ source, pieces, job, slots, sha256: blob.sha256 });
  }
  const [job] = hashes.start({ algorithms: isVerified ? ['SHA256'] : [], decode: blob });
  return new DecodingReader({ source, pieces, job, slots, sha256: isVerified ? blob.sha256 : undefined });
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

/** With its first piece read: what is wrong there can still be an answer. */
async function openStream(reader: ContentReader, translate: ReadBlobOptions['translate']): Promise<Readable> {
  try {
    return new BlobStream(reader, { first: await reader.next(), translate });
  } catch (error) {
    await reader.close();
    throw error;
  }
}

class BlobStream extends Readable {
  readonly #reader: ContentReader;
  readonly #translate: (error: unknown) => unknown;
  #first: ReadPiece | undefined;

  constructor(reader: ContentReader, { first, translate }: { first: ReadPiece } & Pick<ReadBlobOptions, 'translate'>) {
    super({ highWaterMark: 2 * PIECE_SIZE });
    this.#reader = reader;
    this.#first = first;
    this.#translate = translate ?? ((error) => error);
  }

  override _read(): void {
    const first = this.#first;
    this.#first = undefined;
    (first ? Promise.resolve(first) : this.#reader.next()).then(
      ({ bytes, last }) => this.#deliver(bytes, last ? 'last' : 'more follow'),
      (error: unknown) => this.destroy(this.#translate(error) as Error),
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#reader.close().then(
      () => callback(error),
      (closeError: Error) => callback(error ?? closeError),
    );
  }

  #deliver(bytes: Buffer, place: 'last' | 'more follow'): void {
    if (this.destroyed) return;
    this.push(bytes);
    if (place === 'last') this.push(null);
  }
}
