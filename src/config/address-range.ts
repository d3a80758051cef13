import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

/** The bytes of an address: 4, or 16. IPv4 in IPv6's clothes (`::ffff:192.0.2.1`) is IPv4. */
export type Address = readonly number[];

/** The addresses that begin with the same bits. */
export interface AddressRange {
  readonly bytes: Address;
  readonly bits: number;
}

/** Requests of one sender follow each other: its address is read and written again and again. */
const read = new LRUCache<string, Address>({ max: 10_000 });
const written = new WeakMap<Address, string>();

/** An address as sockets and proxies write it; undefined for anything else, short forms (`10.1`) and octal ones too. */
export function parseAddress(text: string): Address | undefined {
  const known = read.get(text);
  if (known !== undefined) {
    return known;
  }
  const address = readAddress(text.includes('%') ? text.slice(0, text.indexOf('%')) : text);
  if (address !== undefined) {
    read.set(text, address);
  }
  return address;
}

function readAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return ipaddr.IPv4.parse(text).octets;
  }
  return text.includes(':') && ipaddr.IPv6.isValid(text) ? ipaddr.process(text).toByteArray() : undefined;
}

/** An address, or one with the length of its prefix: `192.0.2.0/24`, `2001:db8::/32`. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, address = text, length] = /^([^/%]+)\/(\d{1,3})$/.exec(text) ?? [];
  const bytes = address.includes('%') ? undefined : parseAddress(address);
  if (bytes === undefined) {
    return undefined;
  }
  const most = address.includes(':') ? 128 : 32;
  const bits = length === undefined ? most : Number(length);
  // Of IPv4 in IPv6's clothes the first 96 bits are the clothes.
  const own = bits - (most - 8 * bytes.length);
  return bits <= most && own >= 0 ? { bytes, bits: own } : undefined;
}

/** True when the address is in the range; never across families. */
export function isInRange(address: Address, { bytes, bits }: AddressRange): boolean {
  if (address.length !== bytes.length) {
    return false;
  }
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) {
    if (address[i] !== bytes[i]) {
      return false;
    }
  }
  const rest = 8 - (bits & 7);
  return rest === 8 || (address[whole] ?? 0) >> rest === (bytes[whole] ?? 0) >> rest;
}

/** An address in its shortest form (RFC 5952). */
export function formatAddress(bytes: Address): string {
  const known = written.get(bytes);
  if (known !== undefined) {
    return known;
  }
  const address = ipaddr.fromByteArray([...bytes]);
  const text = address.kind() === 'ipv6' ? (address as ipaddr.IPv6).toRFC5952String() : address.toString();
  written.set(bytes, text);
  return text;
}
