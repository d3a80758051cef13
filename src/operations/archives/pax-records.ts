import { invalidArchive } from './archive-bytes.js';

/**
 * Reads the records of an extended header: `<length> <keyword>=<value>\n`, where the length counts the whole record.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html under "pax Extended Header"
 */
export function parsePaxRecords(bytes: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  let at = 0;
  while (at < bytes.length && bytes[at] !== 0) {
    const space = bytes.indexOf(0x20, at);
    const digits = space === -1 || space - at > 10 ? '' : bytes.toString('latin1', at, space);
    const end = at + Number(digits || 'NaN');
    const equals = bytes.indexOf(0x3d, space);
    if (!/^\d+$/.test(digits) || !(end <= bytes.length) || equals === -1 || equals >= end || bytes[end - 1] !== 0x0a) {
      throw invalidArchive('an extended header is damaged');
    }
    records.set(bytes.toString('utf8', space + 1, equals), Buffer.from(bytes.subarray(equals + 1, end - 1)));
    at = end;
  }
  return records;
}
