import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { GranaryError } from '../../errors.js';
import type { Granary, RequestContext } from '../../operations/context.js';
import { authenticate } from '../authenticate.js';
import { contextOrigin } from '../context-origin.js';
import { mountPart } from '../mount-part.js';
import { ownPath } from '../public-url.js';
import { admitCaller } from '../rate-limits.js';
import { setSafety } from '../send-object.js';
import { discardAfter } from '../upload-guard.js';
import { create } from './create-object.js';
import { list, type RestExchange, readById, readByKey, removeById, removeByKey, search } from './objects.js';
import { openapiDocument } from './openapi.js';
import { refuseMethod, sendProblem } from './problem.js';
import { restRoutes } from './routes.js';

type Verb = (exchange: RestExchange) => Promise<unknown>;

const verbs: Readonly<Record<keyof typeof restRoutes, Verb>> = {
  createObject: create,
  listObjects: list,
  searchObjects: search,
  getObjectById: readById,
  headObjectById: readById,
  deleteObjectById: removeById,
  getObject: readByKey,
  headObject: readByKey,
  deleteObject: removeByKey,
};

/** `/v1/objects`: objects by plain HTTP, and `/v1/openapi.json`, which describes it. */
export async function mountRest(app: FastifyInstance, granary: Granary): Promise<void> {
  await mountPart(app, 'rest', async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body is read where it is wanted, as it comes.
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    // The schemas are for whoever reads them, and for what comes in.
    scope.setSerializerCompiler(() => (data) => JSON.stringify(data));
    scope.setErrorHandler((error, request, reply) => sendProblem(granary, { error, request, reply }));
    for (const [name, route] of Object.entries(restRoutes)) {
      scope.route({
        ...{ method: route.method, url: route.url, exposeHeadRoute: false },
        schema: route.schema as FastifySchema,
        onRequest: (request, reply) => admit(granary, request, reply),
        handler: (request, reply) =>
          verbs[name as keyof typeof restRoutes]({ context: contextOf(request), request, reply }),
      });
    }
    const servers = [{ url: ownPath(granary.settings, '/'), description: 'This server.' }];
    for (const [url, routes] of Map.groupBy(Object.values(restRoutes), (route) => route.url)) {
      const allowed = routes.map(({ method }) => method as string);
      scope.route({
        method: methods.filter((method) => !allowed.includes(method)),
        url,
        exposeHeadRoute: false,
        onRequest: (request, reply) => admit(granary, request, reply),
        handler: (request, reply) => refuseMethod(request, reply, allowed),
      });
    }
    const document = JSON.stringify({ ...(await openapiDocument()), servers });
    scope.get('/v1/openapi.json', (_request, reply) =>
      reply.type('application/json; charset=utf-8').serializer(String).send(document),
    );
  });
}

/** OPTIONS is answered to browsers before. */
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

const contexts = new WeakMap<FastifyRequest, RequestContext>();

/** Before anything else is looked at: who asks. */
async function admit(granary: Granary, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  discardAfter(request.raw, reply.raw);
  setSafety(reply);
  const origin = contextOrigin(granary.settings, request);
  const caller = await admitCaller(granary, request, () => authenticate(granary, request.raw, origin));
  if (caller.kind === 'anonymous') {
    throw new GranaryError('Unauthenticated', 'Sign in first: send an access token or an API key as a bearer token.');
  }
  contexts.set(request, { granary, caller, ...origin });
}

function contextOf(request: FastifyRequest): RequestContext {
  const context = contexts.get(request);
  if (context === undefined) {
    throw new Error('The request was not admitted.');
  }
  return context;
}
