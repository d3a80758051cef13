import { z } from 'zod';
import { type AddressRange, parseAddressRange } from './address-range.js';

/** How one setting is read from its text. */
export interface Setting<T> {
  /** The name of the environment variable. */
  readonly variable: string;
  readonly schema: z.ZodType<T, string | undefined>;
  /** A value that would do, shown beside what was wrong. */
  readonly example: string;
}

/** How each setting of a group is read. */
export type SettingTable<Settings> = { readonly [Field in keyof Settings]: Setting<Settings[Field]> };

export const day = 24 * 60 * 60;
export const year = 365 * day;

/** Text of a form; without it, chain a default or `optional`. */
export function text(pattern: RegExp, problem: string): z.ZodString {
  return z.string().regex(pattern, problem);
}

const byteUnits: Record<string, number> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** A whole number in plain digits, between two limits (both allowed). */
export function wholeNumber(fallback: number, least: number, most: number): z.ZodType<number, string | undefined> {
  return z
    .string()
    .default(String(fallback))
    .refine((text) => /^\d{1,15}$/.test(text), 'is not a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `is not between ${least} and ${most}`);
}

/** A number of bytes: plain digits, or digits with KiB, MiB, GiB or TiB. */
export function byteCount(fallback: number, least: number, most: number): z.ZodType<number, string | undefined> {
  return z
    .string()
    .default(String(fallback))
    .refine((text) => parseBytes(text) !== undefined, 'is not a number of bytes')
    .transform((text) => parseBytes(text) ?? Number.NaN)
    .refine((value) => value >= least && value <= most, `is not between ${least} and ${most} bytes`);
}

/** So many requests in so many seconds, or no limit. */
export interface RateSetting {
  readonly requests: number;
  readonly windowMs: number;
}

/** A limit of requests: `600/60` for 600 in 60 seconds, or `off`. */
export function requestRate(fallback: string): z.ZodType<RateSetting | null, string | undefined> {
  return z
    .string()
    .default(fallback)
    .refine((text) => text === 'off' || /^[1-9]\d{0,8}\/[1-9]\d{0,4}$/.test(text), 'is not requests/seconds or off')
    .transform((text) => {
      const [requests = 0, seconds = 0] = text === 'off' ? [] : text.split('/').map(Number);
      return text === 'off' ? null : { requests, windowMs: seconds * 1000 };
    });
}

/** One of a few words. */
export function oneOf<const T extends [string, ...string[]]>(
  words: T,
  fallback: T[number],
): z.ZodType<T[number], string | undefined> {
  return z
    .string()
    .default(fallback)
    .refine((text): text is T[number] => words.includes(text), `is not one of ${words.join(', ')}`);
}

/** An absolute address with one of the schemes (`https:`), given back without a slash at its end. */
export function address(schemes: string[]): z.ZodType<string | undefined, string | undefined> {
  return z
    .string()
    .refine((text) => schemes.includes(URL.parse(text)?.protocol ?? ''), `is not an address (${schemes.join(' or ')})`)
    .transform((text) => text.replace(/\/+$/, ''))
    .optional();
}

/** Host names without a port, separated by commas; given back in lower case. */
export function hostNames(prefix: '' | '(\\*\\.)?' = ''): z.ZodType<readonly string[], string | undefined> {
  const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
  const name = new RegExp(`^${prefix}${label}(\\.${label})*$`);
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .toLowerCase()
        .split(',')
        .map((host) => host.trim())
        .filter((host) => host !== ''),
    )
    .refine((hosts) => hosts.every((host) => name.test(host)), 'is not a list of host names');
}

/** Origins of pages as browsers write them (`https://app.example.com`), separated by commas, or `*`. */
export function webOrigins(): z.ZodType<readonly string[], string | undefined> {
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ''),
    )
    .refine(
      (origins) => origins.every((origin) => origin === '*' || isWebOrigin(origin)),
      'is not a list of origins (scheme, host and port, without a path)',
    );
}

/** Addresses and ranges of them, separated by commas. */
export function addressRanges(): z.ZodType<AddressRange[], string | undefined> {
  return z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((range) => range.trim())
        .filter((range) => range !== '')
        .map(parseAddressRange),
    )
    .refine(
      (ranges): ranges is AddressRange[] => !ranges.includes(undefined),
      'is not a list of IP addresses and ranges',
    );
}

/**
 * The address of a PostgreSQL, as libpq reads it: the host may be missing when it stands in the query, as it does for
 * a Unix socket. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function databaseAddress(): z.ZodType<string | undefined, string | undefined> {
  const schemes = ['postgres:', 'postgresql:'];
  return z
    .string()
    .refine(
      (text) => schemes.includes(URL.parse(text.replace('@/', '@localhost/'))?.protocol ?? ''),
      `is not an address (${schemes.join(' or ')})`,
    )
    .optional();
}

function isWebOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text && !text.includes('*');
}

function parseBytes(text: string): number | undefined {
  const match = /^(\d{1,15}) ?(KiB|MiB|GiB|TiB)?$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (byteUnits[match[2] ?? ''] ?? 1);
}
