/**
 * One entry of a zip, stored as it is. Numbers are bytes. Records after PKWARE's APPNOTE.TXT 6.3.10; the names of
 * sections below are its.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export interface ZipEntry {
  /** UTF-8, slashes between folders; a folder's ends in one. */
  name: Buffer;
  kind: 'file' | 'directory';
  modifiedAt: Date;
  size: number;
  /** Undefined when it is known only after the content: then a data descriptor follows that. */
  crc32: number | undefined;
}

/** Beyond these a field says "look in the zip64 record". */
const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;

/** General purpose bits: a data descriptor follows (3), the name is UTF-8 (11). */
const DESCRIPTOR_FLAG = 0x0008;
const UTF8_FLAG = 0x0800;

const VERSION_PLAIN = 20;
const VERSION_ZIP64 = 45;
const MADE_ON_UNIX = 3 << 8;

const UNIX_FILE = 0o100644;
const UNIX_DIRECTORY = 0o040755;
const DOS_DIRECTORY = 0x10;

/** Section 4.3.7, with the name and the extra fields. */
export function localHeader(entry: ZipEntry): Buffer {
  const isLarge = isZip64(entry);
  const isPending = entry.crc32 === undefined;
  const size = isPending ? 0 : entry.size;
  const extra = Buffer.concat([timestamp(entry.modifiedAt), isLarge ? zip64Field([size, size]) : Buffer.alloc(0)]);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  writeCommon(header.subarray(4), entry, { size: isLarge ? MAX_32 : size, extraLength: extra.length });
  return Buffer.concat([header, entry.name, extra]);
}

/** Section 4.3.9: what stands behind content whose checksum was not known before it. */
export function dataDescriptor(entry: ZipEntry, crc32: number): Buffer {
  const descriptor = Buffer.alloc(isZip64(entry) ? 24 : 16);
  descriptor.writeUInt32LE(0x08074b50, 0);
  descriptor.writeUInt32LE(crc32, 4);
  if (isZip64(entry)) {
    descriptor.writeBigUInt64LE(BigInt(entry.size), 8);
    descriptor.writeBigUInt64LE(BigInt(entry.size), 16);
  } else {
    descriptor.writeUInt32LE(entry.size, 8);
    descriptor.writeUInt32LE(entry.size, 12);
  }
  return descriptor;
}

/** Section 4.3.12. `offset` is where the local header stands; `crc32` is of the content, whenever it became known. */
export function directoryRecord(entry: ZipEntry, place: { offset: number; crc32: number }): Buffer {
  const large = [
    ...(isZip64(entry) ? [entry.size, entry.size] : []),
    ...(place.offset >= MAX_32 ? [place.offset] : []),
  ];
  const extra = Buffer.concat([timestamp(entry.modifiedAt), large.length > 0 ? zip64Field(large) : Buffer.alloc(0)]);
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE(MADE_ON_UNIX | VERSION_ZIP64, 4);
  writeCommon(record.subarray(6), entry, { size: Math.min(entry.size, MAX_32), extraLength: extra.length });
  record.writeUInt32LE(place.crc32, 16);
  if (large.length > 0) {
    record.writeUInt16LE(VERSION_ZIP64, 6);
  }
  const isDirectory = entry.kind === 'directory';
  record.writeUInt32LE((isDirectory ? (UNIX_DIRECTORY << 16) | DOS_DIRECTORY : UNIX_FILE << 16) >>> 0, 38);
  record.writeUInt32LE(Math.min(place.offset, MAX_32), 42);
  return Buffer.concat([record, entry.name, extra]);
}

/** Sections 4.3.14 to 4.3.16: the end of a zip, with the zip64 records before it where a number needs them. */
export function endOfDirectory({ entries, size, offset }: { entries: number; size: number; offset: number }): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(entries, MAX_16), 8);
  end.writeUInt16LE(Math.min(entries, MAX_16), 10);
  end.writeUInt32LE(Math.min(size, MAX_32), 12);
  end.writeUInt32LE(Math.min(offset, MAX_32), 16);
  if (entries < MAX_16 && size < MAX_32 && offset < MAX_32) {
    return end;
  }
  const large = Buffer.alloc(56);
  large.writeUInt32LE(0x06064b50, 0);
  large.writeBigUInt64LE(44n, 4);
  large.writeUInt16LE(MADE_ON_UNIX | VERSION_ZIP64, 12);
  large.writeUInt16LE(VERSION_ZIP64, 14);
  large.writeBigUInt64LE(BigInt(entries), 24);
  large.writeBigUInt64LE(BigInt(entries), 32);
  large.writeBigUInt64LE(BigInt(size), 40);
  large.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([large, locator, end]);
}

/** The 26 bytes that a local header and a directory record have in common, from the version needed on. */
function writeCommon(target: Buffer, entry: ZipEntry, { size, extraLength }: { size: number; extraLength: number }) {
  target.writeUInt16LE(isZip64(entry) ? VERSION_ZIP64 : VERSION_PLAIN, 0);
  target.writeUInt16LE(UTF8_FLAG | (entry.crc32 === undefined ? DESCRIPTOR_FLAG : 0), 2);
  target.writeUInt16LE(0, 4);
  target.writeUInt32LE(dosTime(entry.modifiedAt), 6);
  target.writeUInt32LE(entry.crc32 ?? 0, 10);
  target.writeUInt32LE(size, 14);
  target.writeUInt32LE(size, 18);
  target.writeUInt16LE(entry.name.length, 22);
  target.writeUInt16LE(extraLength, 24);
}

function isZip64({ size }: ZipEntry): boolean {
  return size >= MAX_32;
}

/** Section 4.5.3. */
function zip64Field(values: number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(0x0001, 0);
  field.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) {
    field.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  }
  return field;
}

/** Info-ZIP's extended timestamp: seconds since 1970 in UTC, where the format's own time is local and even. */
function timestamp(date: Date): Buffer {
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x5455, 0);
  field.writeUInt16LE(5, 2);
  field.writeUInt8(1, 4);
  field.writeInt32LE(Math.min(Math.max(Math.floor(date.getTime() / 1000), 0), 0x7fffffff), 5);
  return field;
}

/** MS-DOS time and date, in UTC, which has the years 1980 to 2107. */
function dosTime(date: Date): number {
  const year = Math.min(Math.max(date.getUTCFullYear(), 1980), 2107);
  const day = ((year - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return ((day << 16) | time) >>> 0;
}
