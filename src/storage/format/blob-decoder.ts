import {
  corrupt,
  type EncodedBlob,
  encodeHeader,
  FRAME_SIZE,
  HEADER_SIZE,
  isCompressed,
  isSealed,
  payloadSizeOf,
  SEGMENT_SIZE,
  TAG_SIZE,
} from './blob-format.js';
import { frameSpan, lengthOf, type Piece, planPayload, planPieces, segmentSpan } from './blob-pieces.js';
import { decompressFrame } from './frames.js';
import { type FrameIndex, frameContentSize, SeekTableReader } from './seek-table.js';
import { Segments } from './segments.js';

/** Turns pieces of one blob's stored bytes into what they stand for. */
export class BlobDecoder {
  readonly #blob: EncodedBlob;
  readonly #header: Buffer;
  readonly #segments: Segments | undefined;

  constructor(blob: EncodedBlob) {
    this.#blob = blob;
    this.#header = encodeHeader(blob.format, blob.seal);
    this.#segments = isSealed(blob.format) ? new Segments(blob.format, blob.seal) : undefined;
  }

  /**
   * Decodes the stored bytes of a piece. The target has the piece's `room`, and may begin with the very same memory. Returns the part of it that has the content.
   * @throws GranaryError CorruptBlob when they are not what was stored, as far as the format can tell.
   */
  decode(piece: Piece, stored: Uint8Array, target: Uint8Array): Uint8Array {
    const payload = this.#open(piece, stored, target);
    return piece.frames ? this.#decompress(piece, piece.frames, { payload, target }) : payload;
  }

  #open(piece: Piece, stored: Uint8Array, target: Uint8Array): Uint8Array {
    const body = this.#blob.format !== 0 && piece.stored.start === 0 ? this.#behindHeader(stored) : stored;
    if (this.#segments) return this.#openSegments(this.#segments, piece, { body, target });
    target.set(body);
    return target.subarray(0, lengthOf(piece.payload));
  }

  #behindHeader(stored: Uint8Array): Uint8Array {
    if (!this.#header.equals(stored.subarray(0, HEADER_SIZE))) throw corrupt('has another header');
    return stored.subarray(HEADER_SIZE);
  }

  #openSegments(segments: Segments, { payload }: Piece, { body, target }: Memory): Uint8Array {
    const { first, last, count } = segmentSpan(this.#blob, payload);
    let read = 0;
    let opened = 0;
    for (let index = first; index <= last; index++) {
      const sealed = body.subarray(read, read + SEGMENT_SIZE + TAG_SIZE);
      const plain = segments.open(sealed, { index, last: index === count - 1 });
      target.set(plain, opened);
      read += sealed.length;
      opened += plain.length;
    }
    const skipped = payload.start - first * SEGMENT_SIZE;
    return target.subarray(skipped, skipped + lengthOf(payload));
  }

  #decompress(piece: Piece, frames: NonNullable<Piece['frames']>, { payload, target }: Opened): Uint8Array {
    let read = 0;
    // All of them before the first is written, as the target may be where they come from.
    const contents = frames.sizes.map((size, i) => {
      const frame = payload.subarray(read, read + size);
      read += size;
      return decompressFrame(frame, frameContentSize(frames.first + i, this.#blob.size));
    });
    let written = 0;
    for (const content of contents) {
      target.set(content, written);
      written += content.length;
    }
    const base = frames.first * FRAME_SIZE;
    return target.subarray(piece.content.start - base, piece.content.end + 1 - base);
  }
}

interface Memory {
  body: Uint8Array;
  target: Uint8Array;
}

interface Opened {
  payload: Uint8Array;
  target: Uint8Array;
}

/**
 * All content of stored bytes that are in memory.
 * @throws GranaryError CorruptBlob
 */
export function decodeWhole(stored: Buffer, blob: EncodedBlob): Buffer {
  const payloadSize = payloadSizeOf(blob);
  if (stored.length !== blob.storedSize) throw corrupt('has another size');
  const decoder = new BlobDecoder(blob);
  const decoded = (pieces: Iterable<Piece>) => Array.from(pieces, (piece) => decodeFrom(decoder, piece, stored));
  const all = { start: 0, end: blob.size - 1 };
  if (!isCompressed(blob.format)) return Buffer.concat(decoded(planPayload(blob, all)));
  const table = new SeekTableReader({ size: blob.size, payloadSize, wanted: frameSpan(all) });
  for (const range of table.chunks()) table.add(Buffer.concat(decoded(planPayload(blob, range))));
  const index: FrameIndex = table.finish();
  return Buffer.concat(decoded(planPieces(blob, all, index)));
}

function decodeFrom(decoder: BlobDecoder, piece: Piece, stored: Buffer): Uint8Array {
  const bytes = stored.subarray(piece.stored.start, piece.stored.end + 1);
  return decoder.decode(piece, bytes, Buffer.allocUnsafe(piece.room));
}
