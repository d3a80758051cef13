import { freePort } from './emulators/free-port.js';
import { TestProcess } from './process.js';

export interface TestRedis {
  readonly url: string;
  /** Starts it anew at the same place, with nothing in it. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis of one's own, which keeps nothing on the disk. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  let server = await start(port);
  return {
    url: `redis://127.0.0.1:${port}`,
    restart: async () => {
      server = await start(port);
    },
    stop: () => server.dispose(),
  };
}

async function start(port: number): Promise<TestProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = new TestProcess(args, { command: 'redis-server' });
  await server.prints(/Ready to accept connections/);
  return server;
}
