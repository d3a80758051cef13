import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createHandler } from 'graphql-sse';
import { isGranaryError } from '../errors.js';
import { requireUser } from '../operations/access/authorize.js';
import type { Granary } from '../operations/context.js';
import { buildGranarySchema } from '../resolvers/schema.js';
import { subscribe } from '../resolvers/subscribe.js';
import { mountPart } from './mount-part.js';
import type { PersistedQueries } from './persisted-queries.js';
import { type Opener, opener, prepareSubscription, toGraphqlError } from './prepare-subscription.js';
import { admitAnonymous } from './rate-limits.js';
import { longestMessage, tooMany, type WatchingConnections } from './watching-connections.js';

const streamStatuses: Partial<Record<string, number>> = { UNAUTHENTICATED: 401, RATE_LIMITED: 429, UNAVAILABLE: 503 };

interface Doors {
  granary: Granary;
  queries: PersistedQueries;
  connections: WatchingConnections;
}

/** Server-sent events at `/graphql/stream`, one request for each subscription. */
export function mountEventStream(app: FastifyInstance, { granary, queries, connections }: Doors): void {
  const handle = createHandler<IncomingMessage, Opener>({
    schema: buildGranarySchema(),
    // No stream that several subscriptions share, which would need a token of its own.
    authenticate: () => null,
    async onSubscribe({ context: open }, { query, variables, operationName, extensions }) {
      const asked = { query, variables, operationName, extensions };
      try {
        return await subscribe(await prepareSubscription(open, queries, asked));
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
          const userId = await signedInUser(granary, request, open);
          // The connection of a client that is gone by now closes no second time, to be counted out.
          if (reply.raw.destroyed) {
            return reply.hijack();
          }
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

/** Whoever shows wrong credentials, or none, is counted as by all other ways in. */
async function signedInUser(granary: Granary, request: FastifyRequest, open: Opener): Promise<number> {
  try {
    return requireUser((await open()).request).userId;
  } catch (error) {
    if (isGranaryError(error, 'Unauthenticated')) {
      await admitAnonymous(granary, request);
    }
    throw error;
  }
}

type Answer = Awaited<ReturnType<ReturnType<typeof createHandler>>>;

function streamRefusal(granary: Granary, error: unknown): Answer {
  const { message, extensions } = toGraphqlError(granary, error);
  const status = streamStatuses[String(extensions.code)] ?? 400;
  const body = JSON.stringify({ errors: [{ message, extensions }] });
  return [body, { status, statusText: '', headers: { 'content-type': 'application/json; charset=utf-8' } }];
}

function streamRequest({ method, url, headers, body, raw }: FastifyRequest, open: Opener) {
  const get = (name: string) => [headers[name.toLowerCase()]].flat().join('\n') || null;
  return { method, url, headers: { get }, body: typeof body === 'string' ? body : null, raw, context: open };
}

function sendStream([body, { status, headers = {} }]: Answer, reply: FastifyReply): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .send(typeof body === 'string' || body === null ? (body ?? '') : Readable.from(body));
}
