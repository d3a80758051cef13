import type { Compression, Seal } from '../blob-store.js';
import {
  BlobFormat,
  encodeHeader,
  FRAME_SIZE,
  HEADER_SIZE,
  isCompressed,
  isSealed,
  SEGMENT_SIZE,
  TAG_SIZE,
} from './blob-format.js';
import { compressFrame, isWorthwhile } from './frames.js';
import { encodeTableEntry, encodeTableFooter, encodeTableHeader } from './seek-table.js';
import { Segments } from './segments.js';

/** Content that may be given to one call of `update`. */
export const MAX_UPDATE = 1024 * 1024;

/**
 * What a target has room for: 1 MiB of content, which may complete a frame and a segment that were begun before, grown
 * by frames that do not shrink, by tags and by the header.
 */
export const TARGET_SIZE = 1024 * 1024 + 512 * 1024;

/** Of the table this much is written at a time, so that it fits into a target with what was left before it. */
const TABLE_ENTRIES_AT_ONCE = 65_536;

export interface Encoding {
  format: number;
  seal: Seal | null;
}

/** Turns content into the stored bytes of one format other than raw, piece by piece, and with memory for 320 KiB of it. */
export class BlobEncoder {
  readonly #payload: PayloadWriter;
  readonly #frames: FrameWriter | undefined;

  constructor(encoding: Encoding) {
    this.#payload = new PayloadWriter(encoding);
    this.#frames = isCompressed(encoding.format) ? new FrameWriter(this.#payload) : undefined;
  }

  /** Takes up to `MAX_UPDATE` bytes; returns how many stored bytes it wrote to the target, which has `TARGET_SIZE`. */
  update(content: Uint8Array, target: Uint8Array): number {
    this.#payload.begin(target);
    (this.#frames ?? this.#payload).add(content);
    return this.#payload.written;
  }

  /** Writes what comes after all content, `TARGET_SIZE` bytes at most; to be called again until it is `done`. */
  finish(target: Uint8Array): { length: number; done: boolean } {
    this.#payload.begin(target);
    const done = this.#frames?.finish() ?? true;
    if (done) this.#payload.finish();
    return { length: this.#payload.written, done };
  }
}

/** Cuts content into frames, and remembers their sizes for the table: 16 bytes for each MiB of content. */
class FrameWriter {
  readonly #payload: PayloadWriter;
  readonly #carry = Buffer.allocUnsafeSlow(FRAME_SIZE);
  #carried = 0;
  #sizes = new Uint32Array(1024);
  #frames = 0;
  #lastContent = FRAME_SIZE;
  #tableEntries: number | undefined;

  constructor(payload: PayloadWriter) {
    this.#payload = payload;
  }

  add(content: Uint8Array): void {
    let taken = 0;
    while (taken < content.length) {
      const isWhole = this.#carried === 0 && content.length - taken >= FRAME_SIZE;
      const piece = content.subarray(taken, taken + FRAME_SIZE - this.#carried);
      taken += piece.length;
      if (isWhole) this.#compress(piece);
      else this.#carryOn(piece);
    }
  }

  /** Writes the last frame, then the table part by part; true when all of it is written. */
  finish(): boolean {
    if (this.#tableEntries === undefined) {
      if (this.#carried > 0) this.#compress(this.#carry.subarray(0, this.#carried));
      this.#payload.add(encodeTableHeader(this.#frames));
      this.#tableEntries = 0;
    }
    const end = Math.min(this.#frames, this.#tableEntries + TABLE_ENTRIES_AT_ONCE);
    for (let i = this.#tableEntries; i < end; i++) {
      const isLast = i === this.#frames - 1;
      this.#payload.add(encodeTableEntry(this.#sizes[i] ?? 0, isLast ? this.#lastContent : FRAME_SIZE));
    }
    this.#tableEntries = end;
    if (end < this.#frames) return false;
    this.#payload.add(encodeTableFooter(this.#frames));
    return true;
  }

  #carryOn(piece: Uint8Array): void {
    this.#carry.set(piece, this.#carried);
    this.#carried += piece.length;
    if (this.#carried < FRAME_SIZE) return;
    this.#compress(this.#carry);
    this.#carried = 0;
  }

  #compress(content: Uint8Array): void {
    const frame = compressFrame(content);
    this.#payload.add(frame);
    this.#remember(frame.length);
    this.#lastContent = content.length;
  }

  #remember(size: number): void {
    if (this.#frames === this.#sizes.length) {
      const larger = new Uint32Array(2 * this.#frames);
      larger.set(this.#sizes);
      this.#sizes = larger;
    }
    this.#sizes[this.#frames] = size;
    this.#frames += 1;
  }
}

/** Writes header and payload, sealed where that is the format. */
class PayloadWriter {
  readonly #segments: Segments | undefined;
  readonly #carry = Buffer.allocUnsafeSlow(SEGMENT_SIZE);
  #header: Buffer | undefined;
  #carried = 0;
  #index = 0;
  #target: Uint8Array = this.#carry;
  #written = 0;

  constructor({ format, seal }: Encoding) {
    this.#header = encodeHeader(format, seal);
    this.#segments = isSealed(format) ? new Segments(format, seal) : undefined;
  }

  /** Bytes in the target. */
  get written(): number {
    return this.#written;
  }

  begin(target: Uint8Array): void {
    this.#target = target;
    this.#written = 0;
    if (this.#header) this.#write(this.#header);
    this.#header = undefined;
  }

  add(payload: Uint8Array): void {
    if (!this.#segments) {
      this.#write(payload);
      return;
    }
    let taken = 0;
    while (taken < payload.length) {
      // A full segment waits until there is more: only then it is known not to be the last.
      if (this.#carried === SEGMENT_SIZE) this.#sealCarried(this.#segments, 'more follow');
      const rest = payload.length - taken;
      const isWhole = this.#carried === 0 && rest > SEGMENT_SIZE;
      const piece = payload.subarray(taken, taken + SEGMENT_SIZE - this.#carried);
      taken += piece.length;
      if (isWhole) this.#seal(this.#segments, piece, 'more follow');
      else this.#carryOn(piece);
    }
  }

  finish(): void {
    if (this.#segments) this.#sealCarried(this.#segments, 'last');
  }

  #carryOn(piece: Uint8Array): void {
    this.#carry.set(piece, this.#carried);
    this.#carried += piece.length;
  }

  #sealCarried(segments: Segments, place: 'more follow' | 'last'): void {
    this.#seal(segments, this.#carry.subarray(0, this.#carried), place);
    this.#carried = 0;
  }

  #seal(segments: Segments, plain: Uint8Array, place: 'more follow' | 'last'): void {
    const target = this.#target.subarray(this.#written);
    this.#written += segments.seal(plain, { index: this.#index, last: place === 'last' }, target);
    this.#index += 1;
  }

  #write(bytes: Uint8Array): void {
    this.#target.set(bytes, this.#written);
    this.#written += bytes.length;
  }
}

/** The format of content that is sealed or not, and compressed or not. */
export function formatOf(seal: Seal | null, compressed: 'compressed' | 'as it is'): number {
  return (seal ? BlobFormat.SEALED : 0) | (compressed === 'compressed' ? BlobFormat.COMPRESSED : 0);
}

/** Encodes content that is all in memory, at once. Raw stored bytes are the very content. */
export function encodeWhole(
  content: Buffer,
  { seal, compression }: { seal: Seal | null; compression: Compression },
): { stored: Buffer; format: number } {
  const format = formatOf(seal, pays(content, compression) ? 'compressed' : 'as it is');
  if (format === 0) return { stored: content, format };
  if (format === BlobFormat.SEALED) return { stored: sealWhole(content, seal), format };
  const encoder = new BlobEncoder({ format, seal });
  const pieces: Buffer[] = [];
  const target = Buffer.allocUnsafe(Math.min(TARGET_SIZE, content.length + FRAME_SIZE));
  for (let start = 0; start < content.length; start += MAX_UPDATE) {
    const length = encoder.update(content.subarray(start, start + MAX_UPDATE), target);
    pieces.push(Buffer.from(target.subarray(0, length)));
  }
  for (let done = false; !done; ) {
    const end = encoder.finish(target);
    pieces.push(Buffer.from(target.subarray(0, end.length)));
    done = end.done;
  }
  return { stored: Buffer.concat(pieces), format };
}

/** Without the encoder, whose memory is for large content: most content is small. */
function sealWhole(content: Buffer, seal: Seal | null): Buffer {
  const segments = new Segments(BlobFormat.SEALED, seal);
  const count = Math.max(1, Math.ceil(content.length / SEGMENT_SIZE));
  const stored = Buffer.allocUnsafe(HEADER_SIZE + content.length + count * TAG_SIZE);
  let written = encodeHeader(BlobFormat.SEALED, seal).copy(stored);
  for (let index = 0; index < count; index++) {
    const plain = content.subarray(index * SEGMENT_SIZE, (index + 1) * SEGMENT_SIZE);
    written += segments.seal(plain, { index, last: index === count - 1 }, stored.subarray(written));
  }
  return stored;
}

function pays(content: Buffer, compression: Compression): boolean {
  switch (compression) {
    case 'off':
      return false;
    case 'always':
      return true;
    case 'sample': {
      const sample = content.subarray(0, FRAME_SIZE);
      return isWorthwhile(sample, compressFrame(sample));
    }
    default:
      return compression satisfies never;
  }
}
