import { AsyncLocalStorage } from 'node:async_hooks';
import { connect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Pool, PoolClient } from 'pg';
import { GranaryError } from '../errors.js';

/** What {@link withDeadline} gives for work that was not over in time. */
export const outOfTime = Symbol('out of time');

const current = new AsyncLocalStorage<Deadline | undefined>();

/** One piece of work with a limit, and the connections that it has just now. */
class Deadline {
  readonly #clients = new Set<PoolClient>();
  readonly #outer: Deadline | undefined;
  #isExpired = false;

  constructor(outer: Deadline | undefined) {
    this.#outer = outer;
  }

  get isOver(): boolean {
    return this.#isExpired || (this.#outer?.isOver ?? false);
  }

  hold(client: PoolClient): void {
    this.#outer?.hold(client);
    const release = client.release.bind(client);
    this.#clients.add(client);
    client.release = (broken) => {
      this.#clients.delete(client);
      // A cancellation that is still on its way must not meet somebody else's statement.
      release(broken || this.isOver);
    };
  }

  expire(): void {
    this.#isExpired = true;
    for (const client of this.#clients) {
      cancelStatement(client);
    }
  }
}

/**
 * Does the work, which may ask the database, for so long at most. Then nobody waits for it any more: PostgreSQL is told
 * to give up what it does for it, and none of its statements begins. Work that changes something may have done so. A
 * limit around this one holds as well.
 */
export async function withDeadline<T>(limitMs: number, work: () => Promise<T>): Promise<T | typeof outOfTime> {
  const deadline = new Deadline(current.getStore());
  const late = Promise.withResolvers<typeof outOfTime>();
  const timer = setTimeout(() => {
    deadline.expire();
    late.resolve(outOfTime);
  }, limitMs);
  try {
    return await Promise.race([current.run(deadline, work), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** For work that others wait for as well: it goes on when the time of the request is over that happened to begin it. */
export function withoutDeadline<T>(work: () => T): T {
  return current.run(undefined, work);
}

/** Runs work later within the limit that there is now. */
export function withinThisDeadline(): <T>(work: () => T) => T {
  const deadline = current.getStore();
  return (work) => current.run(deadline, work);
}

/** Throws when the time is over of the work that this is part of. */
export function requireTime(): void {
  if (current.getStore()?.isOver) {
    throw new GranaryError('Unavailable', 'The request took too long.', { reason: 'OutOfTime' });
  }
}

/** Lets deadlines know of every connection that is taken from the pool, by statements and by the ORM. */
export function watchPool(pool: Pool): void {
  const take = pool.connect.bind(pool);
  const taken = async (): Promise<PoolClient> => {
    requireTime();
    const client = await take();
    const deadline = current.getStore();
    deadline?.hold(client);
    if (deadline?.isOver) {
      client.release();
      requireTime();
    }
    return client;
  };
  // Pools call their own method with a callback, which has no request around it.
  pool.connect = ((callback?: Parameters<typeof take>[0]) =>
    callback === undefined ? taken() : take(callback)) as typeof pool.connect;
}

interface ConnectedClient {
  processID: number;
  secretKey: number;
  host: string;
  port: number;
  connection: { stream: Socket };
}

/**
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS. Where the connection is
 * sealed, its secret key does not go over the network in clear: PostgreSQL's own limit ends the statement then.
 */
function cancelStatement(client: PoolClient): void {
  const { processID, secretKey, host, port, connection } = client as unknown as ConnectedClient;
  if (connection.stream instanceof TLSSocket) {
    return;
  }
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  // The very server that this connection leads to, of those that its name may stand for.
  const { remoteAddress = host, remotePort = port } = connection.stream;
  const address = host.startsWith('/')
    ? { path: `${host}/.s.PGSQL.${port}` }
    : { host: remoteAddress, port: remotePort };
  const socket = connect(address, () => socket.end(request));
  // Then PostgreSQL's own limit ends the statement.
  socket.on('error', () => socket.destroy());
}
