import type { Received, ReceiveOptions } from './blob-store.js';
import type { BodyDigests } from './body-pipeline.js';
import { BodyReader } from './body-reader.js';
import { type ChecksumAlgorithm, checksumOf, prepareDigest } from './checksums.js';
import { encodeWhole } from './format/blob-encoder.js';
import type { HashPool } from './hash-pool.js';
import { receiveLargeBody } from './large-body.js';
import type { SlotPool } from './slot-pool.js';
import type { Staging } from './staging.js';

/** Up to this size a body is hashed at once on the event loop: a trip to another thread would cost more. */
export const BUFFERED_LIMIT = 1024 * 1024;

/** A body without a declared length starts in a buffer of this size. */
const FIRST_BUFFER = 64 * 1024;

/** At the latest after this a slow sender's bytes go to the disk. */
const FLUSH_AFTER_MS = 10_000;

export interface ReceiveDependencies {
  staging: Staging;
  hashes: HashPool;
  slots: SlotPool;
}

/** Implements `BlobWriter.receive` for every store that stages uploads on a local disk. */
export async function receive(
  stream: AsyncIterable<Uint8Array>,
  options: ReceiveOptions,
  dependencies: ReceiveDependencies,
): Promise<Received> {
  const body = new BodyReader(stream, options);
  try {
    const isLarge = (options.length ?? 0) > BUFFERED_LIMIT;
    const start: BufferedStart = isLarge ? { bytes: NOTHING, whole: false } : await buffer(body, options.length);
    return start.whole
      ? await storeBuffered(start.bytes, options, dependencies)
      : await storeStreamed(start.bytes, body, { options, dependencies });
  } finally {
    body.close();
  }
}

interface BufferedStart {
  bytes: Buffer;
  whole: boolean;
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Reads the body until it ends or has passed the limit. */
async function buffer(body: BodyReader, declared: number | undefined): Promise<BufferedStart> {
  const first = asBuffer((await body.next()) ?? NOTHING);
  // Most small bodies come in one chunk, and need no copy.
  if (first.length === (declared ?? 0)) return { bytes: first, whole: (await body.next()) === undefined };
  let memory: Buffer = Buffer.allocUnsafe(Math.max(declared ?? FIRST_BUFFER, first.length));
  let size = 0;
  for (let chunk: Uint8Array | undefined = first; chunk; chunk = await body.next()) {
    if (size + chunk.length > memory.length) memory = grown(memory.subarray(0, size), size + chunk.length);
    memory.set(chunk, size);
    size += chunk.length;
    if (size > BUFFERED_LIMIT) return { bytes: memory.subarray(0, size), whole: false };
  }
  return { bytes: memory.subarray(0, size), whole: true };
}

function grown(bytes: Buffer, needed: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(needed, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function storeBuffered(
  bytes: Buffer,
  options: ReceiveOptions,
  { staging }: ReceiveDependencies,
): Promise<Received> {
  const isInline = bytes.length <= options.inlineLimit;
  const { seal, compression } = options;
  const { stored, format } = encodeWhole(bytes, { seal, compression: isInline ? 'off' : compression });
  await prepareDigest(options.checksum);
  const digests = digestsOf(bytes, options.checksum);
  const received = { size: bytes.length, storedSize: stored.length, format, ...digests };
  if (isInline) return { ...received, content: { kind: 'inline', bytes: stored } };
  const file = await staging.create(options.name);
  try {
    await file.write(stored, 0);
  } catch (error) {
    await file.cancel();
    throw error;
  }
  return { ...received, content: { kind: 'staged', file } };
}

function digestsOf(bytes: Buffer, checksum: ChecksumAlgorithm | undefined): BodyDigests {
  const sha256 = checksumOf('SHA256', bytes);
  const md5 = checksumOf('MD5', bytes);
  if (!checksum) return { md5, sha256 };
  const known = checksum === 'SHA256' ? sha256 : checksum === 'MD5' ? md5 : undefined;
  return { md5, sha256, checksum: known ?? checksumOf(checksum, bytes) };
}

async function storeStreamed(
  start: Buffer,
  body: BodyReader,
  { options, dependencies }: { options: ReceiveOptions; dependencies: ReceiveDependencies },
): Promise<Received> {
  const { staging, hashes, slots } = dependencies;
  const file = await staging.create(options.name);
  try {
    const flushAfterMs = Math.min(FLUSH_AFTER_MS, Math.ceil(options.idleTimeoutMs / 2));
    const { checksum, seal, compression } = options;
    const staged = await receiveLargeBody(
      { start, rest: body },
      { file, hashes, slots, checksum, seal, compression, flushAfterMs },
    );
    return { size: body.size, ...staged, content: { kind: 'staged', file } };
  } catch (error) {
    await file.cancel();
    throw error;
  }
}
