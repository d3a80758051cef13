import { type ArchiveBytes, invalidArchive } from './archive-bytes.js';
import { invalidCursor } from './archive-cursor.js';
import {
  type ArchiveEntry,
  type ArchiveEntryKind,
  type ArchivePage,
  type ArchivePageRequest,
  archiveDate,
  archivePath,
  archiveSize,
} from './archive-entry.js';
import { parsePaxRecords } from './pax-records.js';
import { parseTarHeader, type TarHeader, tarBlock } from './tar-header.js';

/** How long an extended header may be: bytes. It is read whole. */
const longestExtension = 256 * 1024;

/** What extension headers say of the entry behind them. */
interface Extensions {
  name?: Buffer;
  records: Map<string, Buffer>;
}

/** The entries of a tar, by its headers: the content between them is skipped, not read. A position is an offset. */
export async function listTarEntries(bytes: ArchiveBytes, { limit, after }: ArchivePageRequest): Promise<ArchivePage> {
  const entries: ArchiveEntry[] = [];
  let offset = after === undefined ? 0 : offsetOf(after, bytes.size);
  while (entries.length <= limit) {
    const found = await readEntry(bytes, offset);
    if (found === undefined) {
      return { entries, truncated: false };
    }
    entries.push(found.entry);
    offset = found.next;
  }
  return { entries: entries.slice(0, limit), truncated: true };
}

/** The next entry with its extension headers; undefined at the end, which may be that of the content. */
async function readEntry(
  bytes: ArchiveBytes,
  start: number,
): Promise<{ entry: ArchiveEntry; next: number } | undefined> {
  const extensions: Extensions = { records: new Map() };
  let offset = start;
  while (offset < bytes.size) {
    const header = parseTarHeader(await bytes.read(offset, tarBlock));
    if (header === undefined) {
      return undefined;
    }
    offset += tarBlock;
    if (!(await extend(extensions, header, { bytes, offset }))) {
      const dataAt = header.hasMoreMap ? await skipMap(bytes, offset) : offset;
      return toEntry(header, extensions, { dataAt, end: bytes.size });
    }
    offset = endOfData(offset, archiveSize(header.size), bytes.size);
  }
  return undefined;
}

/** Takes in what an extension header says; false for the header of an entry. */
async function extend(
  extensions: Extensions,
  { type, size }: TarHeader,
  { bytes, offset }: { bytes: ArchiveBytes; offset: number },
): Promise<boolean> {
  switch (type) {
    case 'L':
      extensions.name = untilNul(await readExtension(bytes, offset, size));
      return true;
    case 'x':
      extensions.records = parsePaxRecords(await readExtension(bytes, offset, size));
      return true;
    // Long targets of links, what holds for all that follows, and the name of the volume.
    case 'K':
    case 'g':
    case 'V':
      return true;
    default:
      return false;
  }
}

async function readExtension(bytes: ArchiveBytes, offset: number, size: number): Promise<Buffer> {
  if (archiveSize(size) > longestExtension) {
    throw invalidArchive('an extended header is too long');
  }
  return bytes.read(offset, size);
}

/** Of a sparse file, further blocks with the places of its pieces stand before its data. */
async function skipMap(bytes: ArchiveBytes, start: number): Promise<number> {
  let offset = start;
  let hasMore = true;
  while (hasMore) {
    hasMore = (await bytes.read(offset, tarBlock))[504] !== 0;
    offset += tarBlock;
  }
  return offset;
}

function toEntry(
  header: TarHeader,
  { name, records }: Extensions,
  place: { dataAt: number; end: number },
): { entry: ArchiveEntry; next: number } {
  const path = archivePath(records.get('GNU.sparse.name') ?? records.get('path') ?? name ?? header.name);
  const stored = archiveSize(hasData(header.type) ? (numberOf(records.get('size')) ?? header.size) : 0);
  const realSize = numberOf(records.get('GNU.sparse.realsize')) ?? numberOf(records.get('GNU.sparse.size'));
  const next = endOfData(place.dataAt, stored, place.end);
  const entry = {
    path,
    size: archiveSize(realSize ?? header.realSize ?? stored),
    compressedSize: stored,
    modifiedAt: archiveDate((numberOf(records.get('mtime')) ?? header.modifiedAt) * 1000),
    kind: kindOf(header.type, path),
    position: String(next),
  };
  return { entry, next };
}

function kindOf(type: string, path: string): ArchiveEntryKind {
  switch (type) {
    case '0':
      // Programs from before there was a type for folders.
      return path.endsWith('/') ? 'DIRECTORY' : 'FILE';
    case '7':
    case 'S':
      return 'FILE';
    case '5':
    case 'D':
      return 'DIRECTORY';
    case '2':
      return 'SYMLINK';
    default:
      return 'OTHER';
  }
}

/** Links, devices, folders and pipes may say a size, but have no data. */
function hasData(type: string): boolean {
  return !/^[1-6]$/.test(type);
}

/** Data fills whole blocks. What would end behind the archive does not; the last block may lack its filling. */
function endOfData(start: number, size: number, end: number): number {
  if (start + size > end) {
    throw invalidArchive('it is cut off, or points beyond its end');
  }
  return start + Math.ceil(size / tarBlock) * tarBlock;
}

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end));
}

/** A decimal number of an extended header; NaN for what is none, which no size and no date takes. */
function numberOf(value: Buffer | undefined): number | undefined {
  const text = value?.toString('latin1');
  return text === undefined ? undefined : /^-?\d{1,20}(?:\.\d*)?$/.test(text) ? Number(text) : Number.NaN;
}

function offsetOf(position: string, size: number): number {
  const offset = /^\d{1,16}$/.test(position) ? Number(position) : Number.NaN;
  if (!Number.isSafeInteger(offset) || offset % tarBlock !== 0 || offset > size + tarBlock) {
    throw invalidCursor();
  }
  return offset;
}
