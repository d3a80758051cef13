import { lookup as resolveHost } from 'node:dns';
import { type AgentOptions, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Whether requests that the server sends may go to loopback and private networks, as the setting says. */
export type PrivateNetworks = 'on' | 'off';

/** Where requests of one kind may go. */
export interface OutgoingBounds {
  readonly networks: PrivateNetworks;
  /** The setting that {@link networks} comes from. */
  readonly setting: string;
  /** Begins the sentence that says what is wrong: `The endpoint`. */
  readonly what: string;
  /** The failure for an address that is out of bounds. */
  refuse(problem: string): Error;
}

/**
 * Addresses that nothing we ask is at: link-local, multicast and reserved ones, the metadata services of clouds, and IPv6
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

/** What is wrong with the host of a URL when it is an address; names are looked at when they are resolved. */
export function hostProblem(url: URL, bounds: OutgoingBounds): string | null {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? null : problemOf(host, bounds);
}

/**
 * Agents that connect to permitted addresses only. The address is judged when the connection is made, so that a name
 * cannot lead elsewhere later than it was checked. Addresses in URLs are not looked up: see {@link hostProblem}.
 */
export function guardedAgents(
  bounds: OutgoingBounds,
  limits: Pick<AgentOptions, 'keepAlive' | 'maxSockets'>,
): { httpAgent: HttpAgent; httpsAgent: HttpsAgent } {
  const options = { ...limits, lookup: guardedLookup(bounds) };
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
}

/** Looks names up as `dns.lookup` does, and gives only permitted addresses. */
export function guardedLookup(bounds: OutgoingBounds): LookupFunction {
  return (hostname, options, callback) => {
    resolveHost(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const [first] = addresses;
      const problem = addresses.map(({ address }) => problemOf(address, bounds)).find((found) => found !== null);
      if (first === undefined || problem !== undefined) {
        callback(bounds.refuse(problem ?? `${bounds.what} has no address.`), '', 0);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}

function problemOf(zoned: string, { networks, setting, what }: OutgoingBounds): string | null {
  const address = zoned.replace(/%.*$/, '');
  if (isNeverTarget(address)) {
    return `${what} is at a link-local or reserved address.`;
  }
  return networks === 'off' && isPrivate(address)
    ? `${what} is in a private network, which only ${setting}=on permits.`
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
