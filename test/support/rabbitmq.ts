import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from './directory.js';
import { freePort } from './emulators/free-port.js';
import { TestProcess } from './process.js';

/** Where Debian's package has the server itself; the command on the path runs it as another user. */
export const rabbitmqServer = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** A RabbitMQ of one's own. */
export async function startRabbitmq(): Promise<{ url: string; stop(): Promise<void> }> {
  const directory = await temporaryDirectory();
  const [port, distribution, mapper] = [await freePort(), await freePort(), await freePort()];
  await writeFile(join(directory.path, 'rabbitmq.conf'), `listeners.tcp.default = 127.0.0.1:${port}\n`);
  // Its own would stay when the broker is gone.
  const epmd = new TestProcess(['-address', '127.0.0.1', '-port', String(mapper)], { command: 'epmd' });
  const server = new TestProcess([], {
    command: rabbitmqServer,
    env: {
      HOME: directory.path,
      RABBITMQ_BASE: directory.path,
      RABBITMQ_MNESIA_BASE: join(directory.path, 'mnesia'),
      RABBITMQ_LOG_BASE: join(directory.path, 'log'),
      RABBITMQ_CONFIG_FILE: join(directory.path, 'rabbitmq'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(directory.path, 'plugins'),
      RABBITMQ_NODENAME: 'granary@localhost',
      RABBITMQ_DIST_PORT: String(distribution),
      ERL_EPMD_PORT: String(mapper),
    },
  });
  await server.prints(/completed with/);
  return {
    url: `amqp://127.0.0.1:${port}`,
    stop: async () => {
      await server.dispose();
      await epmd.dispose();
      await directory[Symbol.asyncDispose]();
    },
  };
}
