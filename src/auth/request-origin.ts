import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type AddressRange, formatAddress, isInRange, parseAddress } from '../config/address-range.js';
import type { ContextSource } from './policy/policy-context.js';

/** Where a request comes from: what the socket says, and, where that is a trusted proxy, what the proxy says. */
export interface RequestOrigin {
  /** In its shortest form, IPv4 without IPv6 around it; null when the connection is gone. */
  readonly address: string | null;
  /** Whether the client spoke TLS, to this server or to the proxy before it. */
  readonly transport: 'tls' | 'clear';
  /** `1.2`, `1.3`; only proxies that tell it make it known. */
  readonly tlsVersion: string | undefined;
}

type Message = Pick<IncomingMessage, 'headers' | 'socket'>;

/**
 * The origin of a request. `X-Forwarded-For` and `X-Forwarded-Proto` are believed of trusted proxies alone: of the
 * addresses the last one that is not itself a trusted proxy's, for what stands before it anybody may have written.
 */
export function originOf({ headers, socket }: Message, trusted: readonly AddressRange[]): RequestOrigin {
  const peer = parseAddress(socket.remoteAddress ?? '');
  const isTrusted = (address: readonly number[]) => trusted.some((range) => isInRange(address, range));
  if (peer === undefined || !isTrusted(peer)) {
    const transport = (socket as Partial<TLSSocket>).encrypted === true ? 'tls' : 'clear';
    return { address: peer === undefined ? null : formatAddress(peer), transport, tlsVersion: undefined };
  }
  let client = peer;
  for (const entry of listOf(headers['x-forwarded-for']).reverse()) {
    const address = parseAddress(withoutPort(entry));
    if (address === undefined) {
      break;
    }
    client = address;
    if (!isTrusted(address)) {
      break;
    }
  }
  const isSecure = listOf(headers['x-forwarded-proto']).at(-1)?.toLowerCase() === 'https';
  return {
    address: formatAddress(client),
    transport: isSecure ? 'tls' : 'clear',
    tlsVersion: isSecure ? /^TLSv(1(?:\.\d)?)$/.exec(String(headers['x-amzn-tls-version'] ?? ''))?.[1] : undefined,
  };
}

/** Of what a client says of itself no more is compared, for it may say more than patterns are fast with. */
const longestText = 2048;

/** What origin and headers say under condition keys, whichever port the request came to. */
export function originFacts({ transport, tlsVersion }: RequestOrigin, { headers }: Message): ContextSource {
  return (key) => {
    switch (key) {
      case 'aws:securetransport':
        return String(transport === 'tls');
      case 's3:tlsversion':
        return tlsVersion;
      case 'aws:referer':
        return headers.referer?.slice(0, longestText);
      case 'aws:useragent':
        return headers['user-agent']?.slice(0, longestText);
      default:
        return undefined;
    }
  };
}

function listOf(header: string | string[] | undefined): string[] {
  return String(header ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^([\d.]+):\d+$/.exec(entry)?.[1] ?? entry;
}
