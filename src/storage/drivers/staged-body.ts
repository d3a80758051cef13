import { createReadStream, type ReadStream } from 'node:fs';
import { GranaryError } from '../../errors.js';
import type { ByteRange } from '../blob-store.js';
import { createDigest } from '../checksums.js';

const READ_SIZE = 256 * 1024;

/** A part of a file; numbers count from 0. */
export interface FilePart {
  number: number;
  range: ByteRange;
}

/** Bytes of a range whose end is included. */
export function lengthOf({ start, end }: ByteRange): number {
  return end - start + 1;
}

/** A file in parts of one size, the last of which may be shorter. */
export function* partsOf(size: number, step: number): Generator<FilePart> {
  for (let start = 0, number = 0; start < size; start += step, number += 1) {
    yield { number, range: { start, end: Math.min(start + step, size) - 1 } };
  }
}

export interface BodySending {
  file: string;
  range: ByteRange;
  signal: AbortSignal;
}

/**
 * Runs one try of a request whose body is a part of a file. SDKs do not watch the bodies that they send: where the file
 * cannot be read, or ends early, the request would wait for the rest. Here it ends at once.
 * @throws the file's trouble rather than the request's, when there was any.
 */
export async function sendFile<T>(
  { file, range, signal }: BodySending,
  send: (body: ReadStream | string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (range.end < range.start) return send('', signal);
  const body = createReadStream(file, { ...range, highWaterMark: READ_SIZE });
  const broken = new AbortController();
  body.once('error', (error) => broken.abort(error));
  body.once('end', () => {
    if (body.bytesRead !== lengthOf(range)) broken.abort(endsEarly());
  });
  try {
    return await send(body, AbortSignal.any([signal, broken.signal]));
  } catch (error) {
    throw broken.signal.aborted ? broken.signal.reason : error;
  } finally {
    body.destroy();
  }
}

/** The digest of a part of a file, so that a service refuses what was changed on its way. */
export async function digestOfPart(algorithm: 'MD5' | 'CRC32C', file: string, range: ByteRange): Promise<Buffer> {
  const digest = createDigest(algorithm);
  if (range.end >= range.start) {
    const chunks: AsyncIterable<Buffer> = createReadStream(file, { ...range, highWaterMark: READ_SIZE });
    for await (const chunk of chunks) digest.update(chunk);
  }
  return digest.digest();
}

export interface PartsWork {
  parts: Iterable<FilePart>;
  parallel: number;
  signal: AbortSignal;
}

/** Works on parts, so many at a time. The first failure ends the others, and all have ended when it is thrown. */
export async function forEachPart(
  { parts, parallel, signal }: PartsWork,
  work: (part: FilePart, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const waiting = parts[Symbol.iterator]();
  const failures: unknown[] = [];
  const worker = async () => {
    for (let next = waiting.next(); !next.done && failures.length === 0; next = waiting.next()) {
      await work(next.value, either);
    }
  };
  const workers = Array.from({ length: parallel }, () =>
    worker().catch((error: unknown) => {
      failures.push(error);
      failed.abort();
    }),
  );
  await Promise.all(workers);
  if (failures.length > 0) throw failures[0];
}

function endsEarly(): GranaryError {
  return new GranaryError('Internal', 'A staging file ended early.');
}
