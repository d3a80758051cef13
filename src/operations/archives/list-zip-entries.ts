import { isUtf8 } from 'node:buffer';
import {
  type Entry,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
  type ZipFile,
} from 'yauzl';
import { GranaryError, isGranaryError } from '../../errors.js';
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

/** Systems whose zips have file modes: Unix, and macOS. */
const unixSystems = new Set([3, 19]);

/** The general purpose bit that says so. */
const UTF8_FLAG = 0x0800;

/** File types in a mode: see inode(7). */
const typeMask = 0o170000;

/**
 * The entries of a zip, by its directory: nothing else is read, so that nothing can be unpacked by it. A position is
 * the number of entries before it, and an offset.
 */
export async function listZipEntries(bytes: ArchiveBytes, { limit, after }: ArchivePageRequest): Promise<ArchivePage> {
  try {
    const zip = await fromRandomAccessReaderPromise(new RangeReader(bytes), bytes.size, {
      autoClose: false,
      // Names are looked at here: one that would be dangerous to unpack is none to hide.
      decodeStrings: false,
      validateEntrySizes: false,
    });
    if (after !== undefined) {
      goTo(zip, after, bytes.size);
    }
    return await readPage(zip, limit);
  } catch (error) {
    throw isGranaryError(error) ? error : invalidArchive('its directory is damaged', error);
  }
}

async function readPage(zip: ZipFile, limit: number): Promise<ArchivePage> {
  const entries: ArchiveEntry[] = [];
  for await (const entry of zip.eachEntry()) {
    if (entries.length === limit) {
      return { entries, truncated: true };
    }
    const { entriesRead, readEntryCursor } = placeIn(zip);
    entries.push(toEntry(entry, `${entriesRead}:${readEntryCursor}`));
  }
  return { entries, truncated: false };
}

/** Where the next entry of a directory stands, and how many were read: not documented. */
interface DirectoryPlace {
  entriesRead: number;
  readEntryCursor: number;
}

/** The declared type of the cursor is not what it is, so it is looked at. */
function placeIn(zip: object): DirectoryPlace {
  if (!hasPlace(zip)) {
    throw new GranaryError('Internal', 'The zip reader does not say where it is.');
  }
  return zip;
}

function hasPlace(zip: object): zip is DirectoryPlace {
  return (
    'entriesRead' in zip &&
    typeof zip.entriesRead === 'number' &&
    'readEntryCursor' in zip &&
    typeof zip.readEntryCursor === 'number'
  );
}

/** Goes on where an earlier page ended, instead of reading the directory from its beginning every time. */
function goTo(zip: ZipFile, after: string, size: number): void {
  const [, read, offset] = /^(\d{1,16}):(\d{1,16})$/.exec(after) ?? [];
  const [entriesRead, cursor] = [Number(read ?? 'NaN'), Number(offset ?? 'NaN')];
  const place = placeIn(zip);
  if (!(entriesRead <= zip.entryCount && cursor >= place.readEntryCursor && cursor <= size)) {
    throw invalidCursor();
  }
  place.entriesRead = entriesRead;
  place.readEntryCursor = cursor;
}

function toEntry(entry: Entry, position: string): ArchiveEntry {
  const path = archivePath(nameOf(entry));
  return {
    path,
    size: archiveSize(entry.uncompressedSize),
    compressedSize: archiveSize(entry.compressedSize),
    modifiedAt: archiveDate(entry.getLastModDate({ timezone: 'UTC' }).getTime()),
    kind: kindOf(entry, path),
    position,
  };
}

/** Many programs write UTF-8 without saying so; text in the old code page is almost never valid UTF-8 by chance. */
function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): Buffer {
  const flags = isUtf8(fileNameRaw) ? generalPurposeBitFlag | UTF8_FLAG : generalPurposeBitFlag;
  return Buffer.from(getFileNameLowLevel(flags, fileNameRaw, extraFields, true));
}

function kindOf({ versionMadeBy, externalFileAttributes }: Entry, path: string): ArchiveEntryKind {
  const mode = unixSystems.has(versionMadeBy >> 8) ? (externalFileAttributes >>> 16) & typeMask : 0;
  switch (mode) {
    case 0o120000:
      return 'SYMLINK';
    case 0o040000:
      return 'DIRECTORY';
    case 0:
    case 0o100000:
      return path.endsWith('/') ? 'DIRECTORY' : 'FILE';
    default:
      return 'OTHER';
  }
}

class RangeReader extends RandomAccessReader {
  readonly #bytes: ArchiveBytes;

  constructor(bytes: ArchiveBytes) {
    super();
    this.#bytes = bytes;
  }

  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#bytes.read(position, length).then((bytes) => {
      bytes.copy(target, offset);
      callback(null);
    }, callback);
  }
}
