import { isIP } from 'node:net';
import { NotificationTargetKind } from '../../entities/notification-target.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { hostProblem, type OutgoingBounds, type PrivateNetworks } from '../outgoing-address.js';

/** What can be said of a target when it is created and changed. */
export interface TargetSettings {
  address?: string | undefined;
  destination?: string | undefined;
  username?: string | undefined;
  /** Empty for none. */
  secret?: string | undefined;
  enabled?: boolean | undefined;
}

interface Protocols {
  plain: string;
  tls: string;
  port: number;
  tlsPort: number;
}

const protocols: Readonly<Record<NotificationTargetKind, Protocols>> = {
  WEBHOOK: { plain: 'http:', tls: 'https:', port: 80, tlsPort: 443 },
  NATS: { plain: 'nats:', tls: 'tls:', port: 4222, tlsPort: 4222 },
  AMQP: { plain: 'amqp:', tls: 'amqps:', port: 5672, tlsPort: 5671 },
  KAFKA: { plain: 'kafka:', tls: 'kafkas:', port: 9092, tlsPort: 9093 },
  REDIS: { plain: 'redis:', tls: 'rediss:', port: 6379, tlsPort: 6379 },
};

/** Where requests to targets may go. */
export function notificationBounds(networks: PrivateNetworks): OutgoingBounds {
  return {
    networks,
    setting: 'GRANARY_NOTIFICATION_ALLOW_PRIVATE',
    what: 'The target',
    refuse: (problem) => refused(problem),
  };
}

/** An address, taken apart. */
export interface ParsedAddress {
  readonly url: URL;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** What a target's address says, when the settings permit it. @throws GranaryError InvalidInput */
export function parseTargetAddress(
  { settings }: Granary,
  kind: NotificationTargetKind,
  address: string,
): ParsedAddress {
  const { plain, tls, port, tlsPort } = protocols[kind];
  const url = address.length <= 2048 ? URL.parse(address) : null;
  if (url === null || (url.protocol !== plain && url.protocol !== tls) || url.hostname === '') {
    throw refused(`The address of a target of this kind is a URL that begins with ${tls}// or ${plain}//.`);
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw refused('The address of a target has neither credentials nor a fragment.');
  }
  const bounds = notificationBounds(settings.notificationAllowPrivate);
  const secure = url.protocol === tls;
  if (!secure && bounds.networks === 'off') {
    throw refused(`The address of a target begins with ${tls}//; only ${bounds.setting}=on permits ${plain}//.`);
  }
  // Not every scheme has its hosts normalized; as one of https they are.
  const host = URL.parse(`https://${url.hostname}/`)?.hostname;
  if (host === undefined) {
    throw refused('The address of a target names no host.');
  }
  const problem = hostProblem(new URL(`https://${host}/`), bounds);
  if (problem !== null) {
    throw refused(problem);
  }
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  return { url, host: bare, port: Number(url.port) || (secure ? tlsPort : port), secure };
}

/** The server name for TLS; there is none for an address. */
export function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

/** Checks what does not depend on the network. @throws GranaryError InvalidInput */
export function validateTargetTexts(
  kind: NotificationTargetKind,
  { destination, username, secret }: { destination: string; username: string; secret: string | undefined },
): void {
  if (kind === NotificationTargetKind.WEBHOOK ? destination !== '' : !/^[\x21-\x7e]{1,249}$/.test(destination)) {
    throw refused(
      kind === NotificationTargetKind.WEBHOOK
        ? 'A webhook has no destination beside its address.'
        : 'The destination of a target is 1 to 249 printable characters without spaces.',
      'destination',
    );
  }
  if (!/^[\x20-\x7e]{0,128}$/.test(username)) {
    throw refused('The username of a target has at most 128 printable characters.', 'username');
  }
  if (secret !== undefined && !/^[\x20-\x7e]{0,256}$/.test(secret)) {
    throw refused('The secret of a target has at most 256 printable characters.', 'secret');
  }
}

function refused(message: string, field = 'address'): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['input', field] });
}
