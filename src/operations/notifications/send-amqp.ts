import { connect } from 'amqplib';
import type { Granary } from '../context.js';
import { permittedAddress } from '../permitted-address.js';
import { type NotificationSender, SendFailure, sendLimitMs } from './notification-sender.js';
import { parseTargetAddress, serverName } from './notification-target-input.js';
import type { TargetState } from './notification-targets.js';

/**
 * Publishes persistent messages to a queue, or to an exchange with a routing key, and waits for the broker to confirm
 * them. One that no queue takes was not delivered.
 */
export async function openAmqp(granary: Granary, target: TargetState): Promise<NotificationSender> {
  const { host, port, secure, url } = parseTargetAddress(granary, target.kind, target.address);
  const onProblem = (error: Error) =>
    granary.log.debug({ error: error.message }, 'A notification target has a problem');
  const connection = await connect(
    {
      protocol: secure ? 'amqps' : 'amqp',
      hostname: await permittedAddress(granary, host),
      port,
      username: target.username || 'guest',
      password: target.secret ?? 'guest',
      vhost: decodeURIComponent(url.pathname.slice(1)) || '/',
      heartbeat: 30,
    },
    { timeout: sendLimitMs, ...(secure ? serverName(host) : {}) },
  );
  connection.on('error', onProblem);
  const channel = await connection.createConfirmChannel();
  const returned = new Set<string>();
  channel.on('error', onProblem);
  channel.on('return', ({ properties }: { properties: { messageId: string } }) => returned.add(properties.messageId));
  const [exchange, routingKey] = placeOf(target.destination);
  return {
    send: async ({ id, eventName, body }) => {
      const messageId = String(id);
      const taken = Promise.withResolvers<void>();
      channel.publish(
        exchange,
        routingKey,
        Buffer.from(body),
        {
          ...{ persistent: true, mandatory: true, messageId, type: eventName, contentType: 'application/json' },
          timestamp: Math.floor(Date.now() / 1000),
        },
        (error: unknown) =>
          error ? taken.reject(new SendFailure('The broker refused the message.')) : taken.resolve(),
      );
      await taken.promise;
      // The broker gives it back before it confirms it.
      if (returned.delete(messageId)) {
        throw new SendFailure('No queue of the broker takes the message.');
      }
    },
    close: () => connection.close(),
  };
}

/** `queue`, or `exchange/routing-key`. */
function placeOf(destination: string): [exchange: string, routingKey: string] {
  const slash = destination.indexOf('/');
  return slash === -1 ? ['', destination] : [destination.slice(0, slash), destination.slice(slash + 1)];
}
