import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { syncDirectory } from '../../storage/drivers/durable-directories.js';

/** A file as it was written. */
export interface FileDigest {
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

/**
 * Writes a file whole: under another name first, synced, then renamed. A crash leaves the file as it was before, or all
 * of it. The directory's own entry is for the caller to sync, once for many files.
 */
export async function writeWhole(
  draftDirectory: string,
  path: string,
  bytes: AsyncIterable<Uint8Array> | NodeJS.ReadableStream,
): Promise<FileDigest> {
  const draft = join(draftDirectory, randomUUID());
  const file = await open(draft, 'wx', 0o600);
  const hash = createHash('sha256');
  let size = 0;
  try {
    const sink = new Writable({
      write(piece: Buffer, _encoding, done) {
        hash.update(piece);
        size += piece.length;
        writeAll(file, piece).then(() => done(), done);
      },
    });
    await pipeline(bytes, sink);
    await file.sync();
    await file.close();
    await rename(draft, path);
  } catch (error) {
    await file.close();
    await rm(draft, { force: true });
    throw error;
  }
  return { bytes: size, sha256: hash.digest('hex') };
}

/** As {@link writeWhole}, of a short text, and with the directory's entry synced. */
export async function writeText(path: string, text: string): Promise<void> {
  const directory = dirname(path);
  await writeWhole(directory, path, toBytes(text));
  await syncDirectory(directory);
}

/** Reads a file to its end. */
export async function digestFile(path: string): Promise<FileDigest> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(piece);
    size += piece.length;
  }
  return { bytes: size, sha256: hash.digest('hex') };
}

/** The size of a file; undefined when there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    return undefinedWhenMissing(error);
  }
}

/** Passes every error on but that something is not there. */
export function undefinedWhenMissing(error: unknown): undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT') {
    return undefined;
  }
  throw error;
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, piece: Buffer): Promise<void> {
  let written = 0;
  while (written < piece.length) {
    written += (await file.write(piece, written)).bytesWritten;
  }
}

async function* toBytes(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text, 'utf8');
}
