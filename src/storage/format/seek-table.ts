import type { ByteRange } from '../blob-store.js';
import { corrupt, FRAME_SIZE } from './blob-format.js';
import { MAX_COMPRESSED_FRAME } from './frames.js';

// https://github.com/facebook/zstd/blob/dev/contrib/seekable_format/zstd_seekable_compression_format.md
const SKIPPABLE_MAGIC = 0x184d2a5e;
const SEEKABLE_MAGIC = 0x8f92eab1;
const SKIPPABLE_HEADER_SIZE = 8;
const ENTRY_SIZE = 8;
const FOOTER_SIZE = 9;

/** Where some frames of a compressed payload lie, without a gap between them. */
export interface FrameIndex {
  /** The number of the first of them. */
  first: number;
  /** Where that one begins in the payload. */
  start: number;
  /** Compressed bytes of each, in order. */
  sizes: Uint32Array;
}

/** Which frames have the content of a range. */
export interface FrameSpan {
  first: number;
  last: number;
}

/** How many frames this many bytes of content make. */
export function frameCount(contentSize: number): number {
  return Math.ceil(contentSize / FRAME_SIZE);
}

/** Bytes of content in the frame of this index. */
export function frameContentSize(index: number, contentSize: number): number {
  return Math.min(FRAME_SIZE, contentSize - index * FRAME_SIZE);
}

/** The bytes of the table at the end of a compressed payload. */
export function seekTableSize(frames: number): number {
  return SKIPPABLE_HEADER_SIZE + ENTRY_SIZE * frames + FOOTER_SIZE;
}

export function encodeTableHeader(frames: number): Buffer {
  const header = Buffer.alloc(SKIPPABLE_HEADER_SIZE);
  header.writeUInt32LE(SKIPPABLE_MAGIC, 0);
  header.writeUInt32LE(ENTRY_SIZE * frames + FOOTER_SIZE, 4);
  return header;
}

export function encodeTableEntry(compressedSize: number, contentSize: number): Buffer {
  const entry = Buffer.alloc(ENTRY_SIZE);
  entry.writeUInt32LE(compressedSize, 0);
  entry.writeUInt32LE(contentSize, 4);
  return entry;
}

export function encodeTableFooter(frames: number): Buffer {
  const footer = Buffer.alloc(FOOTER_SIZE);
  footer.writeUInt32LE(frames, 0);
  footer.writeUInt32LE(SEEKABLE_MAGIC, 5);
  return footer;
}

export interface SeekTableOptions {
  /** Bytes of the blob's content. */
  size: number;
  payloadSize: number;
  /** The frames whose places are asked for. */
  wanted: FrameSpan;
}

/** How much of a table is read at a time: a blob of 16 GiB has this much. */
const CHUNK_SIZE = 65_536 * ENTRY_SIZE;

/** Reads the table of a compressed payload in chunks of bounded size, and keeps of it what is asked for. */
export class SeekTableReader {
  readonly #options: SeekTableOptions;
  readonly #frames: number;
  readonly #tableStart: number;
  readonly #index: FrameIndex;
  /** The next frame, and where it begins in the payload. */
  #frame = 0;
  #offset = 0;

  /** @throws GranaryError CorruptBlob when the payload is too short for a table. */
  constructor(options: SeekTableOptions) {
    const { size, payloadSize, wanted } = options;
    this.#options = options;
    this.#frames = frameCount(size);
    this.#tableStart = payloadSize - seekTableSize(this.#frames);
    if (this.#tableStart < this.#frames) throw corrupt('is too short for its seek table');
    this.#index = { first: wanted.first, start: 0, sizes: new Uint32Array(wanted.last - wanted.first + 1) };
  }

  /** Where the table is in the payload. */
  get range(): ByteRange {
    return { start: this.#tableStart, end: this.#options.payloadSize - 1 };
  }

  /** The ranges of the payload to read, and to pass to `add` in this order. */
  *chunks(): Generator<ByteRange> {
    const { payloadSize } = this.#options;
    let start = this.#tableStart;
    while (payloadSize - start > CHUNK_SIZE + FOOTER_SIZE) {
      yield { start, end: start + CHUNK_SIZE - 1 };
      start += CHUNK_SIZE;
    }
    yield { start, end: payloadSize - 1 };
  }

  /** @throws GranaryError CorruptBlob when the table says anything else than the sizes at hand allow. */
  add(chunk: Buffer): void {
    let position = 0;
    if (this.#frame === 0) {
      position = SKIPPABLE_HEADER_SIZE;
      this.#expect(chunk.subarray(0, position), encodeTableHeader(this.#frames));
    }
    for (; this.#frame < this.#frames && position < chunk.length; position += ENTRY_SIZE) {
      this.#addEntry(chunk.readUInt32LE(position), chunk.readUInt32LE(position + 4));
    }
    if (this.#frame === this.#frames) this.#expect(chunk.subarray(position), encodeTableFooter(this.#frames));
  }

  /** @throws GranaryError CorruptBlob when the frames do not fill the payload up to the table. */
  finish(): FrameIndex {
    if (this.#offset !== this.#tableStart) throw corrupt('has a seek table that does not fit its frames');
    return this.#index;
  }

  #addEntry(compressed: number, content: number): void {
    const { size, wanted } = this.#options;
    const isPossible = compressed > 0 && compressed <= MAX_COMPRESSED_FRAME;
    if (!isPossible || content !== frameContentSize(this.#frame, size)) {
      throw corrupt('has a seek table with impossible sizes');
    }
    if (this.#frame === wanted.first) this.#index.start = this.#offset;
    if (this.#frame >= wanted.first && this.#frame <= wanted.last) {
      this.#index.sizes[this.#frame - wanted.first] = compressed;
    }
    this.#offset += compressed;
    this.#frame += 1;
  }

  #expect(bytes: Buffer, expected: Buffer): void {
    if (!bytes.equals(expected)) throw corrupt('has a malformed seek table');
  }
}
