/**
 * Dates on the wire: ISO 8601 basic for signatures, RFC 9110 section 5.6.7 for headers, ISO 8601 with whole seconds
 * in documents (as S3 writes them, so that a listing and a HEAD agree).
 */

/** Milliseconds since the epoch of `20130524T000000Z`; undefined when it is not of that form or no such time exists. */
export function parseBasicDate(text: string): number | undefined {
  if (text.length !== 16 || text[8] !== 'T' || text[15] !== 'Z') {
    return undefined;
  }
  const day = digits(text, 0, 8);
  const time = digits(text, 9, 15);
  if (day < 0 || time < 0) {
    return undefined;
  }
  const [year, month, date] = [Math.trunc(day / 10_000), Math.trunc(day / 100) % 100, day % 100];
  const [hours, minutes, seconds] = [Math.trunc(time / 10_000), Math.trunc(time / 100) % 100, time % 100];
  const at = new Date(Date.UTC(year, month - 1, date, hours, minutes, seconds));
  // Date makes 31 April the 1 May, 24 o'clock the next day, and the year 77 one of the last century.
  const exists = at.getUTCDate() === date && at.getUTCMonth() + 1 === month && at.getUTCFullYear() === year;
  return exists && hours < 24 && minutes < 60 && seconds < 60 ? at.getTime() : undefined;
}

/** The form that signatures use, for example `20130524T000000Z`. */
export function formatBasicDate(at: number): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}

/** An HTTP date header; undefined when absent or not a date, for RFC 9110 section 13.1.3 has such a header ignored. */
export function parseHttpDate(text: string | undefined): Date | undefined {
  if (text === undefined) {
    return undefined;
  }
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at);
}

/** For example `Fri, 24 May 2013 00:00:00 GMT`. */
export function formatHttpDate(date: Date): string {
  return date.toUTCString();
}

/** For example `2013-05-24T00:00:00.000Z`, always with whole seconds. */
export function formatDocumentDate(date: Date): string {
  return `${date.toISOString().slice(0, 19)}.000Z`;
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) {
      return -1;
    }
    value = value * 10 + digit;
  }
  return value;
}
