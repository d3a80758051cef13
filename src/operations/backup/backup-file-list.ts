import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { GranaryError } from '../../errors.js';
import { assertBlobPath } from '../../storage/blob-path.js';

/** One file of a blob, as a line of a generation's list has it. */
export interface BackedUpFile {
  /** In the store, and below `blobs/` of the backup. */
  path: string;
  size: number;
  /** Of the stored bytes, hexadecimal; empty for bytes that no store had. */
  sha256: string;
  /** Other paths at which stores have the same bytes. */
  copies: string[];
}

/** The lines of a list that was written by {@link formatFile}, in the order of their paths. */
export async function* readFileList(path: string): AsyncGenerator<BackedUpFile> {
  for await (const line of readLines(path)) {
    yield parseFile(line);
  }
}

/** The lines of a compressed text of ASCII. */
export async function* readLines(path: string): AsyncGenerator<string> {
  const text = createZstdDecompress();
  const ended = pipeline(createReadStream(path), text);
  // The reader below gets the same error; nobody else waits for this one while it reads.
  ended.catch(() => undefined);
  let rest = '';
  for await (const piece of text) {
    const lines = (rest + (piece as Buffer).toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** One line of the list of files, with its line feed. */
export function formatFile({ path, size, sha256, copies }: BackedUpFile): string {
  return `${[path, size, sha256, copies.join(',')].join('\t')}\n`;
}

/** Goes through two lists in the order of their paths: what the second has for each entry of the first. */
export async function* matchFiles<T extends { path: string }>(
  entries: AsyncIterable<T>,
  known: AsyncIterator<BackedUpFile>,
): AsyncGenerator<[T, BackedUpFile | undefined]> {
  let next = await known.next();
  for await (const entry of entries) {
    while (!next.done && next.value.path < entry.path) {
      next = await known.next();
    }
    yield [entry, !next.done && next.value.path === entry.path ? next.value : undefined];
  }
}

function parseFile(line: string): BackedUpFile {
  const [path = '', size = '', sha256 = '', copies = ''] = line.split('\t');
  if (!/^\d+$/.test(size) || !/^([0-9a-f]{64})?$/.test(sha256)) {
    throw new GranaryError('InvalidInput', 'A list of files in the backup is damaged.', { reason: 'InvalidBackup' });
  }
  const others = copies === '' ? [] : copies.split(',').map(assertBlobPath);
  return { path: assertBlobPath(path), size: Number(size), sha256, copies: others };
}
