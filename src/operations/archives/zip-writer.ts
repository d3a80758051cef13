import { crc32 } from 'node:zlib';
import { GranaryError } from '../../errors.js';
import { dataDescriptor, directoryRecord, endOfDirectory, localHeader, type ZipEntry } from './zip-records.js';

/** How large the directory of a zip may be, for it is kept in memory until the end: bytes, some 500,000 files. */
export const largestZipDirectory = 64 * 1024 * 1024;

/** An estimate of a directory's bytes, from the number of its entries and the bytes of their names. */
export function zipDirectorySize({ entries, nameBytes }: { entries: number; nameBytes: number }): number {
  // 46 of the record, 9 of the timestamp, at most 28 for numbers beyond 32 bits.
  return entries * 83 + nameBytes;
}

/**
 * Puts a zip together, entry by entry, without compression and without ever going back. Of what has gone out only the
 * directory is kept.
 */
export class ZipWriter {
  readonly #directory: Buffer[] = [];
  /** The last records, not yet packed: thousands of small buffers take more room than their bytes. */
  #recent: Buffer[] = [];
  #entries = 0;
  #directorySize = 0;
  #offset = 0;

  /**
   * The bytes of one entry. Throws `Internal` when the content has not the size that the entry says, or not the
   * checksum, if that was known.
   */
  async *add(entry: ZipEntry, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const offset = this.#offset;
    yield this.#count(localHeader(entry));
    const found = { size: 0, crc32: 0 };
    for await (const piece of content) {
      found.size += piece.length;
      found.crc32 = crc32(piece, found.crc32);
      yield this.#count(piece);
    }
    if (found.size !== entry.size || (entry.crc32 ?? found.crc32) !== found.crc32) {
      throw new GranaryError('Internal', 'The stored bytes are not the ones that were written', {
        reason: 'CorruptBlob',
      });
    }
    if (entry.crc32 === undefined) {
      yield this.#count(dataDescriptor(entry, found.crc32));
    }
    this.#keep(directoryRecord(entry, { offset, crc32: found.crc32 }));
  }

  /** The directory and the end, after which nothing may be added. */
  *end(): Generator<Uint8Array> {
    const offset = this.#offset;
    for (const records of [...this.#directory, ...this.#recent]) {
      yield this.#count(records);
    }
    yield endOfDirectory({ entries: this.#entries, size: this.#directorySize, offset });
  }

  #count(bytes: Uint8Array): Uint8Array {
    this.#offset += bytes.length;
    return bytes;
  }

  #keep(record: Buffer): void {
    this.#directorySize += record.length;
    if (this.#directorySize > largestZipDirectory) {
      throw tooManyObjects();
    }
    this.#entries += 1;
    this.#recent.push(record);
    if (this.#recent.length === 1000) {
      this.#directory.push(Buffer.concat(this.#recent));
      this.#recent = [];
    }
  }
}

/** The error for a folder whose names take more memory than one download may. */
export function tooManyObjects(): GranaryError {
  return new GranaryError('InvalidInput', 'The folder has too many objects for one zip. Download its folders.', {
    reason: 'FolderTooLarge',
    field: ['prefix'],
  });
}
