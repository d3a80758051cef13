import { connect as connectSocket, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ISocketFactory, Kafka, logLevel } from 'kafkajs';
import type { Granary } from '../context.js';
import { guardedLookup, hostProblem, type OutgoingBounds } from '../outgoing-address.js';
import { type NotificationSender, sendLimitMs } from './notification-sender.js';
import { notificationBounds, parseTargetAddress, serverName } from './notification-target-input.js';
import type { TargetState } from './notification-targets.js';

/** Produces messages to a topic, and waits until all replicas in step have them. One key of an object is one partition. */
export async function openKafka(granary: Granary, target: TargetState): Promise<NotificationSender> {
  const { host, port, secure } = parseTargetAddress(granary, target.kind, target.address);
  const bounds = notificationBounds(granary.settings.notificationAllowPrivate);
  const { username, secret } = target;
  const kafka = new Kafka({
    clientId: 'granary',
    brokers: [`${host.includes(':') ? `[${host}]` : host}:${port}`],
    ssl: secure,
    ...(secret === null ? {} : { sasl: { mechanism: 'plain' as const, username, password: secret } }),
    connectionTimeout: sendLimitMs,
    requestTimeout: sendLimitMs,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
    socketFactory: guardedSockets(bounds),
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 });
  await producer.connect();
  return {
    send: async ({ bucketId, key, body }) => {
      await producer.send({
        topic: target.destination,
        acks: -1,
        messages: [{ key: `${bucketId}/${key}`, value: body }],
      });
    },
    close: () => producer.disconnect(),
  };
}

/** Brokers name one another: each address is judged when it is connected to. */
function guardedSockets(bounds: OutgoingBounds): ISocketFactory {
  const lookup = guardedLookup(bounds);
  return ({ host, port, ssl, onConnect }) => {
    const literal = isIP(host) === 6 ? `[${host}]` : host;
    const url = URL.parse(`https://${literal}/`);
    const problem = url === null ? 'The target names no host.' : hostProblem(url, bounds);
    if (problem !== null) {
      throw bounds.refuse(problem);
    }
    const socket = ssl
      ? connectTls({ ...ssl, host, port, lookup, ...serverName(host) }, onConnect)
      : connectSocket({ host, port, lookup }, onConnect);
    return socket.setKeepAlive(true, 60_000);
  };
}
