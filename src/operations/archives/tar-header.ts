import { invalidArchive } from './archive-bytes.js';

export const tarBlock = 512;

/** One header of a tar, before what extension headers said of it. Sizes are bytes. */
export interface TarHeader {
  /** One character; `0` for a plain file. */
  type: string;
  name: Buffer;
  size: number;
  /** In seconds since 1970. */
  modifiedAt: number;
  /** The size of a sparse file with its holes, in GNU's own form; undefined for everything else. */
  realSize: number | undefined;
  /** True when the map of a sparse file goes on in the next block. */
  hasMoreMap: boolean;
}

/** True for a block that begins a tar: its magic and its checksum are right. */
export function isTarHeader(block: Buffer): boolean {
  return block.length >= tarBlock && block.toString('latin1', 257, 262) === 'ustar' && hasRightChecksum(block);
}

/**
 * Reads a header, or undefined for the block of zeros that ends a tar. Throws `InvalidArchive` for anything else.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html the format, under "ustar Interchange Format"
 * @see https://www.gnu.org/software/tar/manual/html_node/Standard.html what GNU adds to it
 */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) {
    return undefined;
  }
  if (!hasRightChecksum(block)) {
    throw invalidArchive('a header has a wrong checksum');
  }
  const type = block[156] === 0 ? '0' : block.toString('latin1', 156, 157);
  const isSparse = type === 'S';
  return {
    type,
    name: nameOf(block),
    size: numberAt(block, 124, 12),
    modifiedAt: numberAt(block, 136, 12),
    realSize: isSparse ? numberAt(block, 483, 12) : undefined,
    hasMoreMap: isSparse && block[482] !== 0,
  };
}

/** GNU's magic, with spaces, has other fields where POSIX has the beginning of a long name. */
function nameOf(block: Buffer): Buffer {
  const name = textAt(block, 0, 100);
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? textAt(block, 345, 155) : Buffer.alloc(0);
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

/** The bytes of a field up to NUL, copied out of what is read next. */
function textAt(block: Buffer, start: number, length: number): Buffer {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return Buffer.from(end === -1 ? field : field.subarray(0, end));
}

/** Octal digits, or, with the first bit set, a big-endian number in two's complement. */
function numberAt(block: Buffer, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const bits = BigInt(`0x${field.toString('hex')}`);
    return Number(BigInt.asIntN(8 * length - 1, bits));
  }
  const digits = field.toString('latin1').replace(/\0.*$/s, '').trim();
  if (!/^[0-7]*$/.test(digits)) {
    throw invalidArchive('a header has a number that is none');
  }
  return Number.parseInt(digits || '0', 8);
}

/** The sum of all bytes, the field of the sum itself counted as spaces; old programs counted bytes as signed. */
function hasRightChecksum(block: Buffer): boolean {
  const digits = block.toString('latin1', 148, 156).replace(/\0.*$/s, '').trim();
  const expected = /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : -1;
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < tarBlock; at++) {
    unsigned += at >= 148 && at < 156 ? 0x20 : block.readUInt8(at);
    signed += at >= 148 && at < 156 ? 0x20 : block.readInt8(at);
  }
  return expected === unsigned || expected === signed;
}
