import { connect } from '@nats-io/transport-node';
import type { Granary } from '../context.js';
import { permittedAddress } from '../permitted-address.js';
import { type NotificationSender, SendFailure, sendLimitMs } from './notification-sender.js';
import { parseTargetAddress, serverName } from './notification-target-input.js';
import type { TargetState } from './notification-targets.js';

/**
 * Publishes messages on a subject. The server has taken one over when it answers the PING behind it; a stream of
 * JetStream on the subject keeps it from then on.
 */
export async function openNats(granary: Granary, target: TargetState): Promise<NotificationSender> {
  const { host, port, secure } = parseTargetAddress(granary, target.kind, target.address);
  const address = await permittedAddress(granary, host);
  const connection = await connect({
    servers: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    // Others of its cluster may be anywhere.
    ignoreClusterUpdates: true,
    reconnect: false,
    timeout: sendLimitMs,
    name: 'granary',
    ...credentialsOf(target),
    tls: secure ? { handshakeFirst: false, ...serverName(host) } : null,
  });
  return {
    send: async ({ body }) => {
      if (connection.isClosed()) {
        throw new SendFailure('The target has closed the connection.');
      }
      connection.publish(target.destination, body);
      await connection.flush();
    },
    close: () => connection.close(),
  };
}

function credentialsOf({ username, secret }: TargetState): { user?: string; pass?: string; token?: string } {
  if (secret === null) {
    return {};
  }
  return username === '' ? { token: secret } : { user: username, pass: secret };
}
