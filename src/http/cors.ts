import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Granary } from '../operations/context.js';

/** This server's own pages, and figures that are given to whoever is on this machine. */
const own = /^\/(?:graphiql|console|metrics)?(?:\/|$)/;
const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
/** Two hours: browsers cap it there. */
const preflightSeconds = 7200;
const headerNames = /^[\w!#$%&'*+.^`|~, -]{1,4096}$/;

/** Headers of answers that scripts of other origins may read. */
const exposed = [
  'accept-ranges,cache-control,content-disposition,content-encoding,content-length,content-range,etag,last-modified',
  'link,location,ratelimit,ratelimit-policy,retry-after,www-authenticate,x-request-id',
  'tus-checksum-algorithm,tus-extension,tus-max-size,tus-resumable,tus-version',
  'upload-concat,upload-expires,upload-length,upload-metadata,upload-offset',
].join(',');

/**
 * Lets pages of the origins in GRANARY_CORS_ORIGINS use the API from a browser (https://fetch.spec.whatwg.org/#http-cors-protocol).
 * They sign in with tokens: cookies are never allowed, as they are the session of this server's own pages.
 */
export function mountCors(app: FastifyInstance, { settings }: Granary): void {
  const origins = new Set(settings.corsOrigins);
  if (origins.size === 0) {
    return;
  }
  app.addHook('onRequest', async (request, reply) => {
    if (isOwn(request)) {
      return;
    }
    // Caches must not give one origin the answer that was for another.
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !(origins.has('*') || origins.has(origin))) {
      return;
    }
    reply.header('access-control-allow-origin', origins.has('*') ? '*' : origin);
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      return answerPreflight(request, reply);
    }
    reply.header('access-control-expose-headers', exposed);
  });
}

/** By the route that answers, and by the path as it is read: a preflight has no route, and a path can be written in many ways. */
function isOwn({ routeOptions, url }: FastifyRequest): boolean {
  const path = url.split('?', 1)[0] ?? '';
  return [routeOptions.url ?? '', decoded(path)].some((one) => one !== '' && own.test(one));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // No route answers what cannot be read.
    return path;
  }
}

function answerPreflight({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const asked = headers['access-control-request-headers'];
  return reply
    .code(204)
    .headers({
      'access-control-allow-methods': methods,
      'access-control-max-age': String(preflightSeconds),
      ...(typeof asked === 'string' && headerNames.test(asked) ? { 'access-control-allow-headers': asked } : {}),
    })
    .send();
}
