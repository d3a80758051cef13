import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/package-root.js';
import { temporaryDirectory } from './directory.js';
import { freePort } from './emulators/free-port.js';
import { TestProcess } from './process.js';
import { programProblem } from './programs.js';

/** Where `test/clients/setup` puts what Maven brings. */
const jars = join(packageRoot, '.cache', 'kafka');

/** Why no broker can be started; undefined when one can. */
export function kafkaProblem(): string | undefined {
  return programProblem('java') ?? (existsSync(jars) ? undefined : 'test/clients/setup has brought no Kafka');
}

/** A Kafka of one's own: one broker, which is its own controller. */
export async function startKafka(): Promise<{ broker: string; stop(): Promise<void> }> {
  const directory = await temporaryDirectory();
  const [port, controller] = [await freePort(), await freePort()];
  const settings = join(directory.path, 'server.properties');
  await writeFile(
    settings,
    `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=${join(directory.path, 'log')}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
`,
  );
  const java = (...args: string[]) =>
    new TestProcess(['-Xmx256m', '-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), ...args], { command: 'java' });
  const format = java('kafka.tools.StorageTool', 'format', '-t', 'AAAAAAAAAAAAAAAAAAAAAA', '-c', settings);
  if ((await format.exited) !== 0) {
    throw new Error(`Kafka could not be set up:\n${format.output}`);
  }
  const server = java('kafka.Kafka', settings);
  return {
    broker: `127.0.0.1:${port}`,
    stop: async () => {
      await server.dispose();
      await directory[Symbol.asyncDispose]();
    },
  };
}
