import { crc32 } from 'node:zlib';
import type { Query } from './query.js';
import { s3Error } from './s3-error.js';
import { urlEncodeKey } from './uri-encoding.js';

const maxPage = 1000;

const maxInteger = 2 ** 31 - 1;

/** A page size such as `max-keys`: a whole number, at most 1000, which is also its default. */
export function parsePageSize(query: Query, name: string, limit = maxPage): number {
  const text = query.get(name);
  if (text === undefined || text === '') {
    return limit;
  }
  return Math.min(parseWhole(text, name), limit);
}

/** Where a page begins whose entries have numbers; 0 is before them all. */
export function parseNumberMarker(query: Query, name: string): number {
  const text = query.get(name);
  const number = text === undefined || text === '' ? 0 : parseWhole(text, name);
  if (number > maxInteger) {
    throw invalid(name, text ?? '', `Provided ${name} not an integer or within integer range`);
  }
  return number;
}

function parseWhole(text: string, name: string): number {
  if (/^-\d{1,10}$/.test(text)) {
    throw invalid(name, text, `Argument ${name} must be an integer between 0 and ${maxInteger}`);
  }
  if (!/^\d+$/.test(text)) {
    throw invalid(name, text, `Provided ${name} not an integer or within integer range`);
  }
  return Number(text);
}

/** How names are to be written in a listing: as they are, or percent-encoded for what XML cannot carry. */
export function parseEncoding(query: Query): { type: 'url' | undefined; encode: (name: string) => string } {
  const type = query.get('encoding-type');
  if (type === undefined || type === '') {
    return { type: undefined, encode: (name) => name };
  }
  if (type.toLowerCase() !== 'url') {
    throw invalid('encoding-type', type, 'Invalid Encoding Method specified in Request');
  }
  return { type: 'url', encode: urlEncodeKey };
}

/** A continuation token for the name that a page ended with. It is opaque, and a changed one is noticed. */
export function formatToken(name: string): string {
  const bytes = Buffer.from(name);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return Buffer.concat([sum, bytes]).toString('base64url');
}

/** The name behind a continuation token; an empty one stands for the beginning. */
export function parseToken(token: string | undefined): string | undefined {
  if (token === undefined || token === '') {
    return undefined;
  }
  const bytes = Buffer.from(token, 'base64url');
  const name = bytes.toString('utf8', 4);
  if (bytes.length < 5 || formatToken(name) !== token) {
    throw invalid('continuation-token', token, 'The continuation token provided is incorrect');
  }
  return name;
}

function invalid(name: string, value: string, message: string): Error {
  return s3Error('InvalidArgument', message, { ArgumentName: name, ArgumentValue: value });
}
