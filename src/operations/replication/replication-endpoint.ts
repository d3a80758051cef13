import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { GranaryError } from '../../errors.js';
import { guardedAgents, hostProblem, type OutgoingBounds, type PrivateNetworks } from '../outgoing-address.js';

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
  const problem = hostProblem(new URL(endpoint), boundsOf(networks));
  if (problem !== null) {
    throw invalidEndpoint(problem);
  }
}

/** Agents for connections to targets, within the bounds of the setting. */
export function replicationAgents(networks: PrivateNetworks): { httpAgent: HttpAgent; httpsAgent: HttpsAgent } {
  return guardedAgents(boundsOf(networks), { keepAlive: true, maxSockets: 32 });
}

function boundsOf(networks: PrivateNetworks): OutgoingBounds {
  return { networks, setting: 'GRANARY_REPLICATION_ALLOW_PRIVATE', what: 'The endpoint', refuse: invalidEndpoint };
}

function invalidEndpoint(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['targets', 'endpoint'] });
}
