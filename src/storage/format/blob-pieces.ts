import type { ByteRange } from '../blob-store.js';
import {
  type EncodedBlob,
  FRAME_SIZE,
  HEADER_SIZE,
  isCompressed,
  isSealed,
  payloadSizeOf,
  SEGMENT_SIZE,
  segmentCount,
  segmentStart,
} from './blob-format.js';
import type { FrameIndex, FrameSpan } from './seek-table.js';

/** Content that one piece has at most. */
export const PIECE_SIZE = 512 * 1024;

const FRAMES_IN_PIECE = PIECE_SIZE / FRAME_SIZE;

/** Stored bytes that are decoded together, and what they give. */
export interface Piece {
  /** What to read, at the path; not more than 1 MiB. A piece that holds the payload's first bytes holds the header, too. */
  stored: ByteRange;
  /** The bytes that come of it, in the payload (when `frames` is absent, or the format is not compressed) or in the content. */
  content: ByteRange;
  /** Where in the payload lie the bytes that are meant. */
  payload: ByteRange;
  /** The frames that make up these bytes of the payload. */
  frames?: { first: number; sizes: number[] };
  /** Bytes of memory that decoding needs. */
  room: number;
}

/** The frames that have the content of a range. */
export function frameSpan({ start, end }: ByteRange): FrameSpan {
  return { first: Math.floor(start / FRAME_SIZE), last: Math.floor(end / FRAME_SIZE) };
}

/**
 * The pieces which give a range of the content, in order and without a gap. A compressed blob needs an index of the
 * frames that have the range.
 */
export function planPieces(blob: EncodedBlob, range: ByteRange, index?: FrameIndex): Generator<Piece> {
  if (!isCompressed(blob.format)) return planPayload(blob, range);
  if (!index) throw new Error('A compressed blob is read with the index of its frames.');
  return planFrames(blob, range, index);
}

/** The pieces which give a range of the payload, in order and without a gap. */
export function* planPayload(blob: EncodedBlob, { start, end }: ByteRange): Generator<Piece> {
  let position = start;
  do {
    const next = Math.min(end + 1, PIECE_SIZE * (Math.floor(position / PIECE_SIZE) + 1));
    const payload = { start: position, end: next - 1 };
    const stored = storedPayload(blob, payload);
    yield { stored, content: payload, payload, room: lengthOf(stored) };
    position = next;
  } while (position <= end);
}

function* planFrames(blob: EncodedBlob, range: ByteRange, index: FrameIndex): Generator<Piece> {
  const { first, last } = frameSpan(range);
  let offset = index.start;
  for (let frame = first; frame <= last; ) {
    const next = Math.min(last + 1, FRAMES_IN_PIECE * (Math.floor(frame / FRAMES_IN_PIECE) + 1));
    const sizes = [...index.sizes.subarray(frame - index.first, next - index.first)];
    const end = sizes.reduce((sum, size) => sum + size, offset);
    const payload = { start: offset, end: end - 1 };
    const content = {
      start: Math.max(range.start, frame * FRAME_SIZE),
      end: Math.min(range.end, next * FRAME_SIZE - 1),
    };
    const stored = storedPayload(blob, payload);
    const room = Math.max(lengthOf(stored), sizes.length * FRAME_SIZE);
    yield { stored, content, payload, frames: { first: frame, sizes }, room };
    offset = end;
    frame = next;
  }
}

/** Where the pieces of indexed frames lie, from the first byte to the last. */
export function storedPieces(blob: EncodedBlob, index: FrameIndex): ByteRange {
  const end = index.sizes.reduce((sum, size) => sum + size, index.start);
  return storedPayload(blob, { start: index.start, end: end - 1 });
}

/** What has to be read to have a range of the payload. */
export function storedPayload(blob: EncodedBlob, { start, end }: ByteRange): ByteRange {
  if (blob.format === 0) return { start, end };
  if (!isSealed(blob.format)) return { start: start === 0 ? 0 : HEADER_SIZE + start, end: HEADER_SIZE + end };
  const { first, last } = segmentSpan(blob, { start, end });
  return {
    start: first === 0 ? 0 : segmentStart(first),
    end: Math.min(segmentStart(last + 1), blob.storedSize) - 1,
  };
}

/** The sealed segments that have a range of the payload; an empty payload has one, too. */
export function segmentSpan(
  blob: EncodedBlob,
  { start, end }: ByteRange,
): { first: number; last: number; count: number } {
  const count = segmentCount(payloadSizeOf(blob));
  return {
    first: Math.floor(start / SEGMENT_SIZE),
    last: Math.max(0, Math.floor(end / SEGMENT_SIZE)),
    count,
  };
}

/** How many bytes a range has. */
export function lengthOf({ start, end }: ByteRange): number {
  return end - start + 1;
}
