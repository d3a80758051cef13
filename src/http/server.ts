import { randomUUID } from 'node:crypto';
import { fastifyCookie } from '@fastify/cookie';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { headerLimits } from '../config/header-limits.js';
import { isGranaryError } from '../errors.js';
import type { Granary } from '../operations/context.js';
import { mountAuditExport } from './audit-export.js';
import { mountCors } from './cors.js';
import { mountDownload } from './download.js';
import { mountGraphiql } from './graphiql.js';
import { mountGraphql } from './graphql-route.js';
import { mountHealth } from './health.js';
import { mountJwks } from './jwks.js';
import { mountMetrics } from './metrics.js';
import { mountOidc } from './oidc.js';
import { PersistedQueries } from './persisted-queries.js';
import { mountRateLimits } from './rate-limits.js';
import { mountRest } from './rest/mount-rest.js';
import { mountShare } from './share/mount-share.js';
import { mountStartPage } from './start-page.js';
import { mountSubscriptions } from './subscriptions.js';
import { mountTus } from './tus.js';

/** A download link holds a key of up to 1,024 bytes, twice encoded. */
const longestParameter = 16_384;

/** Everything on the HTTP port, ready to listen. */
export async function createHttpApp(granary: Granary): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: longestParameter },
    forceCloseConnections: 'idle',
    http: headerLimits(granary.settings.idleTimeoutMs),
  });
  // Without a hook: cookies are read where they count. Its reader and writer work once it is registered.
  await app.register(fastifyCookie, { hook: false });
  app.addHook('onSend', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'There is nothing at this address.' }));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = isGranaryError(error, 'RateLimited') ? 429 : Math.min(error.statusCode ?? 500, 500);
    if (status === 500) {
      granary.log.error({ requestId: request.id, error }, 'a request failed');
    }
    return reply.code(status).send({ error: messageOf(status), requestId: request.id });
  });
  // First, so that a browser may read whatever is answered.
  mountCors(app, granary);
  mountRateLimits(app, granary);
  mountStartPage(app);
  mountHealth(app, granary);
  mountJwks(app, granary);
  mountMetrics(app, granary);
  mountDownload(app, granary);
  mountShare(app, granary);
  mountAuditExport(app, granary);
  mountOidc(app, granary);
  const queries = await PersistedQueries.open(granary.settings);
  mountSubscriptions(app, granary, queries);
  mountTus(app, granary);
  await mountRest(app, granary);
  await mountGraphql(app, granary, queries);
  await mountGraphiql(app, granary);
  return app;
}

function messageOf(status: number): string {
  switch (status) {
    case 429:
      return 'Please reduce your request rate.';
    case 500:
      return 'Internal error';
    default:
      return 'The request cannot be understood.';
  }
}
