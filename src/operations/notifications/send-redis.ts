import { Redis } from 'ioredis';
import type { Granary } from '../context.js';
import { permittedAddress } from '../permitted-address.js';
import { type NotificationSender, sendLimitMs } from './notification-sender.js';
import { parseTargetAddress, serverName } from './notification-target-input.js';
import type { TargetState } from './notification-targets.js';

/** Appends messages to a list. The path of the address may name a database: `rediss://redis.example.com/2` */
export async function openRedis(granary: Granary, target: TargetState): Promise<NotificationSender> {
  const { host, port, secure, url } = parseTargetAddress(granary, target.kind, target.address);
  const redis = new Redis({
    host: await permittedAddress(granary, host),
    port,
    db: Number(/^\/(\d{1,5})$/.exec(url.pathname)?.[1] ?? 0),
    ...(target.username === '' ? {} : { username: target.username }),
    ...(target.secret === null ? {} : { password: target.secret }),
    ...(secure ? { tls: serverName(host) } : {}),
    connectTimeout: sendLimitMs,
    commandTimeout: sendLimitMs,
    maxRetriesPerRequest: 0,
    lazyConnect: true,
    // After a failure the connection is made anew, to an address that is judged anew.
    retryStrategy: () => null,
  });
  redis.on('error', (error) => granary.log.debug({ error: error.message }, 'A notification target has a problem'));
  await redis.connect();
  return {
    send: async ({ body }) => {
      await redis.rpush(target.destination, body);
    },
    close: async () => redis.disconnect(),
  };
}
