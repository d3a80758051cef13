import type { BlobSource } from './blob-driver.js';
import type { ByteRange, StoredBlob } from './blob-store.js';
import { BlobDecoder } from './format/blob-decoder.js';
import { isCompressed, payloadSizeOf } from './format/blob-format.js';
import {
  frameSpan,
  lengthOf,
  type Piece,
  planPayload,
  planPieces,
  storedPayload,
  storedPieces,
} from './format/blob-pieces.js';
import { type FrameIndex, SeekTableReader } from './format/seek-table.js';

/** Opens a blob's stored bytes for reading this range of them. */
export type OpenSource = (range: ByteRange) => Promise<BlobSource>;

/** A range of a blob's content, open for reading. */
export interface OpenContent {
  source: BlobSource;
  pieces: Generator<Piece>;
  /** Bytes that were read to get so far. */
  bytesRead: number;
}

/** Finds out which stored bytes make up a range of the content, and opens them. */
export async function openContent(open: OpenSource, blob: StoredBlob, range: ByteRange): Promise<OpenContent> {
  const payloadSize = payloadSizeOf(blob);
  if (!isCompressed(blob.format)) {
    return { source: await open(storedPayload(blob, range)), pieces: planPayload(blob, range), bytesRead: 0 };
  }
  const { index, bytesRead } = await readFrameIndex(open, blob, { range, payloadSize });
  return { source: await open(storedPieces(blob, index)), pieces: planPieces(blob, range, index), bytesRead };
}

async function readFrameIndex(
  open: OpenSource,
  blob: StoredBlob,
  { range, payloadSize }: { range: ByteRange; payloadSize: number },
): Promise<{ index: FrameIndex; bytesRead: number }> {
  const table = new SeekTableReader({ size: blob.size, payloadSize, wanted: frameSpan(range) });
  const stored = storedPayload(blob, table.range);
  const source = await open(stored);
  try {
    for (const chunk of table.chunks()) table.add(await readHere(source, planPayload(blob, chunk), blob));
  } finally {
    await source.close();
  }
  return { index: table.finish(), bytesRead: lengthOf(stored) };
}

/** Reads and decodes pieces on the event loop: up to 1 MiB that is faster than a trip to another thread. */
export async function readHere(source: BlobSource, pieces: Iterable<Piece>, blob: StoredBlob): Promise<Buffer> {
  const decoder = new BlobDecoder(blob);
  const contents: Uint8Array[] = [];
  for (const piece of pieces) {
    const size = lengthOf(piece.stored);
    const memory = Buffer.allocUnsafeSlow(piece.room);
    const stored = memory.subarray(0, size);
    await source.readInto(stored, piece.stored.start);
    contents.push(decoder.decode(piece, stored, memory));
  }
  const [only] = contents;
  return only && contents.length === 1 ? asBuffer(only) : Buffer.concat(contents);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
