import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type ServerOptions } from 'graphql-ws';
import { type Extra, useServer as serveProtocol } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { isGranaryError } from '../errors.js';
import { requireUser } from '../operations/access/authorize.js';
import type { Granary } from '../operations/context.js';
import { prefixOf } from '../operations/rate-limits/rate-limits.js';
import { refusal } from '../resolvers/errors.js';
import { buildGranarySchema } from '../resolvers/schema.js';
import { type Subscribing, subscribe } from '../resolvers/subscribe.js';
import { contextOrigin } from './context-origin.js';
import { mountEventStream } from './event-stream.js';
import type { PersistedQueries } from './persisted-queries.js';
import { type Opener, opener, prepareSubscription, toGraphqlError } from './prepare-subscription.js';
import { longestMessage, tooMany, tryAgainLater, WatchingConnections } from './watching-connections.js';

const subscriptionsPerConnection = 50;
/** How long a client may take to say who it is. */
const initTimeoutMs = 5000;
/** A client that answers none of these any more is let go. */
const pingMs = 30_000;

type Refusal = [code: number, reason: string];

/** The code that the protocol has for refusing a connection (https://github.com/enisdenjo/graphql-ws). */
const unauthorized: Refusal = [4401, 'Unauthorized'];
const tooOften: Refusal = [tryAgainLater, 'Too many requests'];

/** Subscriptions: WebSockets at `/graphql` in the protocol `graphql-transport-ws`, and events at `/graphql/stream`. */
export function mountSubscriptions(app: FastifyInstance, granary: Granary, queries: PersistedQueries): void {
  const connections = new WatchingConnections(granary.settings);
  mountWebSockets(app, { granary, queries, connections });
  mountEventStream(app, { granary, queries, connections });
}

interface Doors {
  granary: Granary;
  queries: PersistedQueries;
  connections: WatchingConnections;
}

function mountWebSockets(app: FastifyInstance, doors: Doors): void {
  const { granary, connections } = doors;
  const server = new WebSocketServer({ noServer: true, maxPayload: longestMessage });
  const protocol = serveProtocol(webSocketOptions(doors), server, pingMs);
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A client that is gone by now is no concern of ours.
    socket.on('error', () => socket.destroy());
    if (request.url?.split('?')[0] !== '/graphql') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n');
      return;
    }
    void isAdmitted(granary, request).then((admitted) => {
      if (!admitted) {
        socket.end('HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, (connection: WebSocket) => {
        connections.meet(connection, prefixOf(addressOf(granary, request)));
        server.emit('connection', connection, request);
      });
    });
  });
  app.addHook('preClose', async () => {
    await protocol.dispose();
    server.close();
  });
}

type Connection = Record<PropertyKey, unknown> & {
  /** Who is at the other end, as it was told when the connection began. */
  open: Opener;
};

type WebSocketOptions = ServerOptions<{ authorization?: unknown }, Extra & Partial<Connection>>;

function webSocketOptions({ granary, queries, connections }: Doors): WebSocketOptions & { isProd: boolean } {
  return {
    schema: buildGranarySchema(),
    connectionInitWaitTimeout: initTimeoutMs,
    // No message of an error that this server did not mean for clients.
    isProd: true,
    async onConnect({ extra, connectionParams }) {
      const open = opener(granary, withAuthorization(extra.request, connectionParams?.authorization));
      const user = await signedInUser(granary, extra.request, open);
      if (typeof user !== 'number') {
        extra.socket.close(...user);
        return false;
      }
      if (!connections.recognize(extra.socket, user)) {
        extra.socket.close(tryAgainLater, tooMany);
        return false;
      }
      extra.open = open;
      return true;
    },
    async onSubscribe({ extra, subscriptions }, _id, payload) {
      if (extra.open === undefined || Object.keys(subscriptions).length > subscriptionsPerConnection) {
        return [refusal('BAD_REQUEST', `A connection has at most ${subscriptionsPerConnection} subscriptions.`, 400)];
      }
      const asked = prepareSubscription(extra.open, queries, payload);
      return asked.catch((error: unknown) => [toGraphqlError(granary, error)]);
    },
    subscribe: (args) => subscribe(args as Subscribing),
  };
}

/** Whether the address may ask now: what becomes a WebSocket does not come by way of the server's hooks. */
async function isAdmitted(granary: Granary, raw: IncomingMessage): Promise<boolean> {
  try {
    await granary.rateLimits.admitAddress(addressOf(granary, raw));
    return true;
  } catch (error) {
    if (!isGranaryError(error, 'RateLimited')) {
      granary.log.error({ error }, 'a WebSocket could not be opened');
    }
    return false;
  }
}

function addressOf({ settings }: Granary, raw: IncomingMessage): string | null {
  return contextOrigin(settings, { id: '', raw }).sourceIp;
}

/** The id of who is at the other end. Whoever shows wrong credentials, or none, is counted as by all other ways in. */
async function signedInUser(granary: Granary, raw: IncomingMessage, open: Opener): Promise<number | Refusal> {
  try {
    return requireUser((await open()).request).userId;
  } catch (error) {
    if (isGranaryError(error, 'Unauthenticated')) {
      return refuseStranger(granary, raw);
    }
    if (isGranaryError(error, 'Denied')) {
      return unauthorized;
    }
    throw error;
  }
}

async function refuseStranger(granary: Granary, raw: IncomingMessage): Promise<Refusal> {
  try {
    await granary.rateLimits.admitAnonymous(addressOf(granary, raw));
    return unauthorized;
  } catch (error) {
    if (isGranaryError(error, 'RateLimited')) {
      return tooOften;
    }
    throw error;
  }
}

/** Browsers cannot set headers of WebSockets: clients send the token in the message that begins the connection. */
function withAuthorization(request: IncomingMessage, authorization: unknown): IncomingMessage {
  if (typeof authorization !== 'string') {
    return request;
  }
  return Object.create(request, { headers: { value: { ...request.headers, authorization } } });
}
