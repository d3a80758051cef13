import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Client } from 'ldapts';
import { describeRefusal, LdapFailure, resultCodeOf } from './ldap-failure.js';
import type { LdapSettings } from './ldap-settings.js';

/** Where a server is. */
export interface ServerAddress {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte on, as `ldaps://` says. */
  readonly isSecure: boolean;
}

const startTlsOid = '1.3.6.1.4.1.1466.20037';
const defaultPorts = { secure: 636, plain: 389 };

/** The server that a URL of the settings names. */
export function addressOf(url: string): ServerAddress {
  const { protocol, hostname, port } = new URL(url);
  const isSecure = protocol === 'ldaps:';
  return {
    url,
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? defaultPorts[isSecure ? 'secure' : 'plain'] : Number(port),
    isSecure,
  };
}

/** Reaches the server by TCP. @throws LdapFailure UNREACHABLE or TIMEOUT. */
export async function reachServer(address: ServerAddress, settings: LdapSettings): Promise<Socket> {
  const socket = connect({ host: address.host, port: address.port, keepAlive: true, noDelay: true });
  try {
    await opened(socket, 'connect', settings.connectTimeoutMs);
    return socket;
  } catch (error) {
    socket.destroy();
    throw failureOf(error, 'UNREACHABLE', `${address.url} cannot be reached`);
  }
}

/**
 * Makes the connection one that nobody else reads, as the settings demand. What fails here is fatal: nothing is ever
 * sent in the clear instead. @throws LdapFailure TLS or TIMEOUT; the socket is closed then.
 */
export async function secureSocket(socket: Socket, address: ServerAddress, settings: LdapSettings): Promise<Socket> {
  if (settings.transport === 'CLEARTEXT') {
    return socket;
  }
  try {
    if (!address.isSecure) {
      await requestStartTls(socket, settings);
    }
    return await handshake(socket, address, settings);
  } catch (error) {
    socket.destroy();
    throw failureOf(error, 'TLS', `${address.url} does not speak TLS as it has to`);
  }
}

/** Asks with a client of its own, so that nothing that arrived before TLS is taken for an answer of later. */
async function requestStartTls(socket: Socket, settings: LdapSettings): Promise<void> {
  const client = clientOn(socket, settings.connectTimeoutMs);
  await client.exop(startTlsOid);
  socket.removeAllListeners('data');
}

async function handshake(socket: Socket, address: ServerAddress, settings: LdapSettings): Promise<TLSSocket> {
  const name = settings.serverName ?? address.host;
  const secured = connectTls({
    socket,
    host: name,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(settings.caCertificates === null ? {} : { ca: settings.caCertificates }),
  });
  await opened(secured, 'secureConnect', settings.connectTimeoutMs);
  return secured;
}

/** A client that speaks over this connection and never opens another one. */
export function clientOn(socket: Socket, timeoutMs: number): Client {
  let isUsed = false;
  return new Client({
    // Only the socket counts; TLS is on it already where it has to be.
    url: 'ldap://directory',
    timeout: timeoutMs,
    createConnection: () => {
      if (isUsed || socket.destroyed) {
        throw new LdapFailure('UNREACHABLE', 'The connection was closed.');
      }
      isUsed = true;
      return socket;
    },
  });
}

/** Waits for the event, an error, or the end of patience. */
function opened(socket: Socket, event: 'connect' | 'secureConnect', limitMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    reject(new LdapFailure('TIMEOUT', `no answer within ${limitMs} ms`));
  }, limitMs);
  const onClose = (): void => reject(new Error('the server closed the connection'));
  socket.once(event, resolve).once('error', reject).once('close', onClose);
  return promise.finally(() => {
    clearTimeout(timer);
    socket.off(event, resolve).off('close', onClose);
  });
}

/** What went wrong, with the server's name before it. */
export function failureOf(error: unknown, problem: 'UNREACHABLE' | 'TLS' | 'PROTOCOL', what: string): LdapFailure {
  const text = resultCodeOf(error) === undefined ? messageOf(error) : describeRefusal(error);
  const isTimeout = (error instanceof LdapFailure && error.problem === 'TIMEOUT') || /timed out/i.test(text);
  return new LdapFailure(isTimeout ? 'TIMEOUT' : problem, `${what}: ${text}`, error);
}

function messageOf(error: unknown): string {
  // Where a name has several addresses, each has an error of its own, and the sum has no text.
  const inner = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  return inner instanceof Error && inner.message !== '' ? inner.message : String(inner);
}
