import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type DocumentNode, GraphQLError, getOperationAST, parse, validate } from 'graphql';
import { createHandler } from 'graphql-sse';
import { type ServerOptions } from 'graphql-ws';
import { type Extra, useServer as serveProtocol } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Caller } from '../auth/caller.js';
import { isGranaryError } from '../errors.js';
import { requireUser } from '../operations/access/authorize.js';
import type { Granary, RequestContext } from '../operations/context.js';
import { prefixOf } from '../operations/rate-limits/rate-limits.js';
import { costOf, refuseCost } from '../resolvers/complexity.js';
import { callerOf, type GraphqlContext, type SessionCookies } from '../resolvers/context.js';
import { presentError, refusal } from '../resolvers/errors.js';
import { checkOperation } from '../resolvers/execution.js';
import { createLoaders } from '../resolvers/loaders.js';
import { inspectQuery, queryLimits } from '../resolvers/query-limits.js';
import { buildGranarySchema } from '../resolvers/schema.js';
import { type Subscribing, subscribe } from '../resolvers/subscribe.js';
import { authenticate } from './authenticate.js';
import { CallerWatch } from './caller-watch.js';
import { contextOrigin } from './context-origin.js';
import { mountPart } from './mount-part.js';
import type { AskedDocument, PersistedQueries } from './persisted-queries.js';
import { publicUrlOf, s3UrlOf } from './public-url.js';
import { tooMany, tryAgainLater, WatchingConnections } from './watching-connections.js';

const longestMessage = 64 * 1024;
const subscriptionsPerConnection = 50;
/** How long a client may take to say who it is. */
const initTimeoutMs = 5000;
/** A client that answers none of these any more is let go. */
const pingMs = 30_000;

/** Who is at the other end is not asked more often than this, for each event of a burst. */
const callerMs = 50;

/** The code that the protocol has for refusing a connection (https://github.com/enisdenjo/graphql-ws). */
const unauthorized = 4401;

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
  open: () => Promise<GraphqlContext>;
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
      const userId = await signedInUser(open);
      if (userId === undefined) {
        extra.socket.close(unauthorized, 'Unauthorized');
        return false;
      }
      if (!connections.recognize(extra.socket, userId)) {
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
      return prepare(extra.open, queries, payload).catch((error: unknown) => [toGraphqlError(granary, error)]);
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

const streamStatuses: Partial<Record<string, number>> = { UNAUTHENTICATED: 401, RATE_LIMITED: 429, UNAVAILABLE: 503 };

/** Server-sent events, one request for each subscription. */
function mountEventStream(app: FastifyInstance, { granary, queries, connections }: Doors): void {
  const handle = createHandler<IncomingMessage, () => Promise<GraphqlContext>>({
    schema: buildGranarySchema(),
    // No stream that several subscriptions share, which would need a token of its own.
    authenticate: () => null,
    async onSubscribe({ context: open }, { query, variables, operationName, extensions }) {
      const asked = { query, variables, operationName, extensions };
      try {
        return await subscribe(await prepare(open, queries, asked));
      } catch (error) {
        return streamRefusal(granary, error);
      }
    },
  });
  void mountPart(app, 'subscriptions', async (scope) => {
    scope.removeAllContentTypeParsers();
    // Read here, as the handler by itself would read a body without an end.
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.route({
      method: ['GET', 'POST'],
      url: '/graphql/stream',
      bodyLimit: longestMessage,
      handler: async (request, reply) => {
        const open = opener(granary, request.raw);
        try {
          const { userId } = requireUser((await open()).request);
          if (!connections.enter(userId, (leave) => reply.raw.once('close', leave))) {
            return reply
              .code(503)
              .header('retry-after', '5')
              .send({ error: `${tooMany}.` });
          }
        } catch (error) {
          return sendStream(streamRefusal(granary, error), reply);
        }
        return sendStream(await handle(streamRequest(request, open)), reply);
      },
    });
  });
}

type Answer = Awaited<ReturnType<ReturnType<typeof createHandler>>>;

function streamRefusal(granary: Granary, error: unknown): Answer {
  const { message, extensions } = toGraphqlError(granary, error);
  const status = streamStatuses[String(extensions.code)] ?? 400;
  const body = JSON.stringify({ errors: [{ message, extensions }] });
  return [body, { status, statusText: '', headers: { 'content-type': 'application/json; charset=utf-8' } }];
}

function streamRequest({ method, url, headers, body, raw }: FastifyRequest, open: () => Promise<GraphqlContext>) {
  const get = (name: string) => [headers[name.toLowerCase()]].flat().join('\n') || null;
  return { method, url, headers: { get }, body: typeof body === 'string' ? body : null, raw, context: open };
}

function sendStream([body, { status, headers = {} }]: Answer, reply: FastifyReply): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .send(typeof body === 'string' || body === null ? (body ?? '') : Readable.from(body));
}

/** The operation that a client asks for, checked like one that comes by HTTP, and only a subscription. */
async function prepare(
  open: () => Promise<GraphqlContext>,
  queries: PersistedQueries,
  asked: AskedDocument & {
    variables?: Record<string, unknown> | null | undefined;
    operationName?: string | null | undefined;
  },
): Promise<Subscribing> {
  const schema = buildGranarySchema();
  const contextValue = await open();
  const { granary, sourceIp } = contextValue.request;
  // Before anything is said of the document.
  const caller = requireUser(contextValue.request);
  await granary.rateLimits.admitCaller(caller, sourceIp);
  const query = queries.resolve(asked, caller) ?? '';
  const { refused } = inspectQuery(query);
  if (refused !== undefined) {
    throw refusal('QUERY_TOO_COMPLEX', refused, 400);
  }
  const document = parse(query, { maxTokens: queryLimits.tokens });
  const [problem] = validate(schema, document, undefined, { hideSuggestions: granary.settings.production });
  if (problem !== undefined) {
    throw refusal('GRAPHQL_VALIDATION_FAILED', problem.message, 400);
  }
  const operationName = asked.operationName ?? undefined;
  const variables = asked.variables ?? {};
  checkSubscription(document, { operationName, variables, context: contextValue });
  const cost = costOf({ schema, document, operationName, variables });
  refuseCost(cost);
  return { schema, document, operationName, variableValues: variables, contextValue, cost };
}

function checkSubscription(
  document: DocumentNode,
  asked: { operationName: string | undefined; variables: Record<string, unknown>; context: GraphqlContext },
): void {
  const { operationName, variables, context } = asked;
  const operation = getOperationAST(document, operationName) ?? undefined;
  if (operation?.operation !== 'subscription') {
    throw refusal('BAD_REQUEST', 'Send queries and mutations by HTTP; this is for subscriptions.', 400);
  }
  checkOperation(buildGranarySchema(), { document, operation, operationName, variables }, context.request.caller);
}

/** What makes the context of a request, now and whenever it is asked again. */
function opener(granary: Granary, raw: IncomingMessage): () => Promise<GraphqlContext> {
  const origin = contextOrigin(granary.settings, { id: randomUUID(), raw });
  const publicUrl = publicUrlOf(granary.settings, raw);
  const s3Url = s3UrlOf(granary.settings, raw);
  let last: { caller: Promise<Caller>; until: number } | undefined;
  const currentCaller = (): Promise<Caller> => {
    if (last === undefined || last.until < performance.now()) {
      last = { caller: authenticate(granary, raw, origin), until: performance.now() + callerMs };
    }
    return last.caller;
  };
  const open = async (): Promise<GraphqlContext> => {
    const request: RequestContext = { granary, caller: await currentCaller(), ...origin };
    const onSignedOut = watch.listen.bind(watch);
    return { request, publicUrl, s3Url, loaders: createLoaders(request), cookies: noCookies, renew, onSignedOut };
  };
  // A cookie that is good no more leaves nobody in particular, who has nothing open.
  const renew = async (): Promise<GraphqlContext> => {
    const context = await open();
    callerOf(context);
    return context;
  };
  const watch = new CallerWatch(renew);
  return open;
}

/** Subscriptions neither sign in nor out. */
const noCookies: SessionCookies = {
  refreshToken: undefined,
  requireOwnSite: () => undefined,
  put: () => undefined,
  clear: () => undefined,
};

async function signedInUser(open: () => Promise<GraphqlContext>): Promise<number | undefined> {
  try {
    const { caller } = (await open()).request;
    return caller.kind === 'user' ? caller.userId : undefined;
  } catch (error) {
    if (isGranaryError(error, 'Unauthenticated', 'Denied')) {
      return undefined;
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

function toGraphqlError(granary: Granary, error: unknown): GraphQLError {
  const told = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
  const { message, extensions = {} } = presentError(told, randomUUID(), granary.log);
  return new GraphQLError(message, { extensions });
}
