import { lookup as resolveHost } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { GranaryError } from '../errors.js';

/** Whether replication may go to loopback and private networks, as the setting says. */
export type PrivateNetworks = 'on' | 'off';

/**
 * Addresses that no target has: link-local, multicast and reserved ones, the metadata services of clouds, and IPv6
 * notations of IPv4 addresses that lead through tunnels. https://www.rfc-editor.org/rfc/rfc6890
 */
const neverTargets = blockList(
  ['0.0.0.0', 8],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['224.0.0.0', 3],
  ['::', 96],
  ['::ffff:0:0:0', 96],
  ['2001::', 32],
  ['2002::', 16],
  ['fd00:42::42', 128],
  ['fd00:ec2::', 32],
  ['fd20:ce::254', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
);

/** Lies in a range that has no other targets. */
const loopback = blockList(['::1', 128]);

/** https://www.rfc-editor.org/rfc/rfc6890 */
const privateTargets = blockList(
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
);

/** Where public IPv6 addresses are. https://www.rfc-editor.org/rfc/rfc4291#section-2.4 */
const globalUnicast = blockList(['2000::', 3]);

/** IPv4 behind a translator: https://www.rfc-editor.org/rfc/rfc6052, https://www.rfc-editor.org/rfc/rfc8215 */
const translated = blockList(['64:ff9b::', 96], ['64:ff9b:1::', 48]);

/** Which bytes of a translated address are the IPv4 one, for prefixes of 48, 56, 64 and 96 bits. */
const translatedBytes = [
  [6, 7, 9, 10],
  [7, 9, 10, 11],
  [9, 10, 11, 12],
  [12, 13, 14, 15],
];

/** The address of an S3 service, without a slash at its end; throws `InvalidInput` for any other kind of address. */
export function parseEndpoint(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw invalidEndpoint('The endpoint of a target is an address that begins with https:// or http://.');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '' || url.pathname !== '/') {
    throw invalidEndpoint('The endpoint of a target has a host and perhaps a port: no user, path, query or fragment.');
  }
  return url.origin;
}

/** Throws `InvalidInput` when the endpoint names an address that is out of bounds; names are looked at when they are resolved. */
export function checkEndpointAddress(endpoint: string, networks: PrivateNetworks): void {
  const host = new URL(endpoint).hostname.replace(/^\[(.*)\]$/, '$1');
  const problem = isIP(host) === 0 ? null : problemOf(host, networks);
  if (problem !== null) {
    throw invalidEndpoint(problem);
  }
}

/**
 * Agents that connect to permitted addresses only. The address is judged when the connection is made, so that a name
 * cannot lead elsewhere later than it was checked.
 */
export function guardedAgents(networks: PrivateNetworks): { httpAgent: HttpAgent; httpsAgent: HttpsAgent } {
  const options = { keepAlive: true, maxSockets: 32, lookup: guardedLookup(networks) };
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
}

function guardedLookup(networks: PrivateNetworks): LookupFunction {
  return (hostname, options, callback) => {
    resolveHost(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const [first] = addresses;
      const problem = addresses.map(({ address }) => problemOf(address, networks)).find((found) => found !== null);
      if (first === undefined || problem !== undefined) {
        callback(invalidEndpoint(problem ?? 'The endpoint has no address.'), '', 0);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

function problemOf(zoned: string, networks: PrivateNetworks): string | null {
  const address = zoned.replace(/%.*$/, '');
  if (isNeverTarget(address)) {
    return 'The endpoint is at a link-local or reserved address.';
  }
  return networks === 'off' && isPrivate(address)
    ? 'The endpoint is in a private network, which only GRANARY_REPLICATION_ALLOW_PRIVATE=on permits.'
    : null;
}

function isNeverTarget(address: string): boolean {
  if (isIP(address) === 4) {
    return neverTargets.check(address, 'ipv4');
  }
  return translated.check(address, 'ipv6')
    ? translatedAddresses(address).some((inner) => neverTargets.check(inner, 'ipv4'))
    : neverTargets.check(address, 'ipv6') && !loopback.check(address, 'ipv6');
}

function isPrivate(address: string): boolean {
  return isIP(address) === 4 ? privateTargets.check(address, 'ipv4') : !globalUnicast.check(address, 'ipv6');
}

/** What a translator may make of an address; which of them depends on the length of its prefix. None begins with 0. */
function translatedAddresses(address: string): string[] {
  const bytes = bytesOf(address);
  return translatedBytes
    .filter(([first]) => first !== undefined && bytes[first] !== 0)
    .map((positions) => positions.map((position) => bytes[position]).join('.'));
}

/** The 16 bytes of an IPv6 address. */
function bytesOf(address: string): number[] {
  // A URL has only hexadecimal groups, without the dotted form.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [before, after] = [head, tail ?? ''].map((text) => (text === '' ? [] : text.split(':')));
  const zeros = Array.from({ length: 8 - (before?.length ?? 0) - (after?.length ?? 0) }, () => '0');
  return [...(before ?? []), ...zeros, ...(after ?? [])].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}

/** IPv4 addresses that are written as IPv6 ones are found as well. */
function blockList(...subnets: [address: string, prefix: number][]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of subnets) {
    list.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function invalidEndpoint(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['targets', 'endpoint'] });
}
