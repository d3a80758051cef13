import { zipEntryName } from '../../../src/operations/archives/zip-entry-name.js';
import {
  dataDescriptor,
  directoryRecord,
  endOfDirectory,
  localHeader,
} from '../../../src/operations/archives/zip-records.js';

const limit = 0xffffffff;

function entryOf(size: number, crc32?: number) {
  return { name: Buffer.from('ä'), kind: 'file', modifiedAt: new Date('2024-02-29T12:34:57Z'), size, crc32 } as const;
}

test('a header has the size and the checksum when they are known, and says where they are when they are not', () => {
  const known = localHeader(entryOf(5, 0x12345678));
  expect([known.readUInt16LE(6), known.readUInt32LE(14), known.readUInt32LE(18)]).toEqual([0x800, 0x12345678, 5]);
  const pending = localHeader(entryOf(5));
  expect([pending.readUInt16LE(6), pending.readUInt32LE(14), pending.readUInt32LE(18)]).toEqual([0x808, 0, 0]);
  expect(dataDescriptor(entryOf(5), 7).toString('hex')).toBe('504b0708070000000500000005000000');
});

test('the time is there in the old form, in UTC, and exactly', () => {
  const header = localHeader(entryOf(5, 1));
  expect(header.readUInt16LE(12)).toBe(((2024 - 1980) << 9) | (2 << 5) | 29);
  expect(header.readUInt16LE(10)).toBe((12 << 11) | (34 << 5) | 28);
  const extra = header.subarray(32);
  expect([extra.readUInt16LE(0), extra.readInt32LE(5)]).toEqual([0x5455, Date.parse('2024-02-29T12:34:57Z') / 1000]);
});

test.each([
  [limit - 1, limit - 1, 0, 20],
  [limit, limit - 1, 20, 45],
  [5, limit, 12, 20],
  [limit, limit, 28, 45],
])('of the size %d and the offset %d, what needs 64 bits has them', (size, offset, extraLength, version) => {
  const header = localHeader(entryOf(size, 1));
  expect(header.readUInt16LE(4)).toBe(version);
  const record = directoryRecord(entryOf(size, 1), { offset, crc32: 1 });
  expect(record.readUInt16LE(30) - 9).toBe(extraLength);
  expect([record.readUInt32LE(24), record.readUInt32LE(42)]).toEqual([size, offset]);
  expect(dataDescriptor(entryOf(size), 1)).toHaveLength(size === limit ? 24 : 16);
});

test.each([
  [{ entries: 0xfffe, size: 10, offset: 20 }, 22],
  [{ entries: 0xffff, size: 10, offset: 20 }, 98],
  [{ entries: 1, size: limit, offset: 20 }, 98],
  [{ entries: 1, size: 10, offset: limit }, 98],
])('the end of %j has %d bytes', (directory, length) => {
  const end = endOfDirectory(directory);
  expect(end).toHaveLength(length);
  if (length > 22) {
    expect(end.readBigUInt64LE(32)).toBe(BigInt(directory.entries));
    expect(end.readBigUInt64LE(48)).toBe(BigInt(directory.offset));
    expect(end.readBigUInt64LE(64)).toBe(BigInt(directory.offset + directory.size));
  }
});

test.each([
  ['a/b.txt', 'a/', 'b.txt'],
  ['a/', 'a/', undefined],
  ['a/b/', 'a/', 'b/'],
  ['größe…', '', 'größe…'],
  ['...', '', '...'],
  ['../x', '', expect.stringMatching(/^__~[0-9a-f]{16}\/x$/)],
  ['a/../', 'a/', expect.stringMatching(/^__~[0-9a-f]{16}\/$/)],
  ['/x.tar.gz', '', expect.stringMatching(/^_~[0-9a-f]{16}\/x\.tar\.gz$/)],
  ['c:\\x', '', expect.stringMatching(/^c__x~[0-9a-f]{16}$/)],
  ['x~0123456789abcdef', '', expect.stringMatching(/^x~0123456789abcdef~[0-9a-f]{16}$/)],
  ['x\\y.tar.gz', '', expect.stringMatching(/^x_y\.tar~[0-9a-f]{16}\.gz$/)],
  ['x\\y/z', '', expect.stringMatching(/^x_y~[0-9a-f]{16}\/z$/)],
  ['\n', '', expect.stringMatching(/^_~[0-9a-f]{16}$/)],
])('the key %j below %j is called %j', (key, base, name) => {
  expect(zipEntryName(key, base)).toEqual(name);
});
