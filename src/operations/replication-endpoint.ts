import { lookup as resolveHost } from 'node:dns';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { GranaryError } from '../errors.js';

/** Whether replication may go to loopback and private networks, as the setting says. */
export type PrivateNetworks = 'on' | 'off';

/** Addresses that no target has, among them the metadata services of clouds. */
const neverTargets = blockList(
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ['fd00:ec2::', 32],
  ['fe80::', 10],
  ['ff00::', 8],
  ['::', 128],
);

/** https://www.rfc-editor.org/rfc/rfc6890, https://www.rfc-editor.org/rfc/rfc4193 */
const privateTargets = blockList(
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::1', 128],
  ['fc00::', 7],
);

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

function problemOf(address: string, networks: PrivateNetworks): string | null {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (neverTargets.check(address, family)) {
    return 'The endpoint is at a link-local or reserved address.';
  }
  return networks === 'off' && privateTargets.check(address, family)
    ? 'The endpoint is in a private network, which only GRANARY_REPLICATION_ALLOW_PRIVATE=on permits.'
    : null;
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
