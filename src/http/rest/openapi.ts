import { type FastifyDynamicSwaggerOptions, fastifySwagger } from '@fastify/swagger';
import { type FastifySchema, fastify } from 'fastify';
import { restRoutes } from './routes.js';

/** What `/v1/openapi.json` answers, made from the routes' schemas. */
export async function openapiDocument(): Promise<object> {
  const app = fastify();
  // Nothing is asked of these routes: what would check requests need not be made.
  app.setValidatorCompiler(() => () => true);
  await app.register(fastifySwagger, options);
  for (const [operationId, { method, url, schema }] of Object.entries(restRoutes)) {
    const handler = () => undefined;
    app.route({ method, url, exposeHeadRoute: false, schema: { ...schema, operationId } as FastifySchema, handler });
  }
  await app.ready();
  const { paths = {}, ...rest } = app.swagger();
  // Requests by HEAD have ids of their own here, which the package adds something to.
  for (const { head } of Object.values(paths)) {
    if (head?.operationId !== undefined) {
      head.operationId = head.operationId.replace(/-head$/, '');
    }
  }
  return { ...rest, paths };
}

const options: FastifyDynamicSwaggerOptions = {
  exposeHeadRoutes: true,
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Granary',
      version: '1',
      description:
        'Objects by plain HTTP. Everything else is in GraphQL, at `/graphql`; tools that speak S3 have a port of their own.',
    },
    servers: [{ url: '/', description: 'This server.' }],
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An access token of `login`, an API key of `createApiKey`, or a token of an OpenID provider.',
        },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'granary-access',
          description: "The session of this server's own pages.",
        },
      },
    },
    security: [{ bearer: [] }, { cookie: [] }],
  },
  // OpenAPI has a name for what is left of a path, too.
  transform: ({ schema, url }) => ({ schema: named(schema as FastifySchema), url: url.replace('*', ':key') }),
};

function named(schema: FastifySchema): FastifySchema {
  const { params } = schema as { params?: { properties: Record<string, unknown>; required: string[] } };
  if (params?.properties['*'] === undefined) {
    return schema;
  }
  const { '*': key, ...rest } = params.properties;
  const required = params.required.map((name) => (name === '*' ? 'key' : name));
  return { ...schema, params: { ...params, properties: { ...rest, key }, required } };
}
