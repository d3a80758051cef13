import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that systems give to whoever asks for any (32768 and up, or 49152), so that nobody gets one meanwhile. */
const firstPort = 20_000;
const blockSize = 400;
const blocks = 31;

/** Jest's workers, which run at the same time, have a block each; files that follow one another begin anywhere in it. */
const block = Number(process.env.JEST_WORKER_ID ?? 0) % blocks;
let position = Math.floor(Math.random() * blockSize);
let given = 0;

/**
 * A port of this machine that nobody listens at, for programs that cannot choose one themselves, or that must find it
 * again. No test file gets one twice.
 */
export async function freePort(): Promise<number> {
  while (given < blockSize) {
    const port = firstPort + block * blockSize + position;
    position = (position + 1) % blockSize;
    given += 1;
    if (await isFree(port)) {
      return port;
    }
  }
  throw new Error(`There is no free port in a block of ${blockSize}`);
}

/** On all addresses, as some programs listen at them. */
async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      return false;
    }
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
