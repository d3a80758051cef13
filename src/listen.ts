import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { errorCode } from './database/connection-error.js';
import { GranaryError } from './errors.js';
import { createHttpApp } from './http/server.js';
import type { Closers } from './open-granary.js';
import type { Granary } from './operations/context.js';
import { createS3Server } from './s3/server.js';

export interface Addresses {
  readonly httpUrl: string;
  readonly s3Url: string;
}

const drainLimitMs = 15_000;
const mostConnections = 8192;

/** Opens both ports. Closing them lets requests under way finish, for a while. */
export async function listen(granary: Granary, closers: Closers): Promise<Addresses> {
  const { host, httpPort, s3Port } = granary.settings;
  const open: (() => Promise<void>)[] = [];
  closers.defer(async () => {
    await Promise.all(open.map((close) => close()));
  });
  const app = await createHttpApp(granary);
  setLimits(app.server, granary.settings.idleTimeoutMs);
  watchConnections(app.server);
  open.push(() => draining(app.server, () => app.close()));
  await explainFailure('GRANARY_HTTP_PORT', httpPort, () => app.listen({ host, port: httpPort }));

  const s3 = createS3Server(granary);
  watchConnections(s3);
  s3.maxConnections = mostConnections;
  await explainFailure('GRANARY_S3_PORT', s3Port, () => listening(s3, host, s3Port));
  open.push(() => draining(s3, () => closed(s3)));
  return { httpUrl: urlOf(app.server), s3Url: urlOf(s3) };
}

const connections = new WeakMap<Server, Set<Socket>>();

/** Remembers who is connected: node does not count a connection as idle before its first request. */
function watchConnections(server: Server): void {
  const sockets = new Set<Socket>();
  connections.set(server, sockets);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
}

/** Closes connections that clients opened ahead of need and never used. */
function closeSilent(server: Server): void {
  for (const socket of connections.get(server) ?? []) {
    if (socket.bytesRead === 0) {
      socket.destroy();
    }
  }
}

/**
 * A request may take as long as it moves bytes: the doors watch bodies with idle timers, so that Node's limit for a
 * whole request is off. Slow headers have a limit of
 * their own; connections on which nothing happens at all are ended here.
 */
function setLimits(server: Server, idleTimeoutMs: number): void {
  server.requestTimeout = 0;
  server.timeout = 5 * idleTimeoutMs;
  server.maxConnections = mostConnections;
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

// A connection that is kept alive becomes idle only when its last answer is out: they are looked at again and again.
async function draining(server: Server, close: () => Promise<unknown>): Promise<void> {
  const idle = setInterval(() => {
    server.closeIdleConnections();
    closeSilent(server);
  }, 50);
  const limit = setTimeout(() => server.closeAllConnections(), drainLimitMs);
  try {
    await close();
  } finally {
    clearInterval(idle);
    clearTimeout(limit);
  }
}

async function explainFailure(variable: string, port: number, open: () => Promise<unknown>): Promise<void> {
  try {
    await open();
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      const problem = code === 'EACCES' ? 'may not be opened by this user' : 'is in use by another program';
      throw new GranaryError(
        'InvalidInput',
        `${variable}: port ${port} ${problem}. Example: ${(port % 50_000) + 10_000}`,
      );
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
      throw new GranaryError('InvalidInput', 'GRANARY_HOST is not an address of this machine. Example: 127.0.0.1');
    }
    throw error;
  }
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  const anywhere = address === '0.0.0.0' || address === '::';
  const host = anywhere ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${port}`;
}
