import { randomUUID } from 'node:crypto';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { GraphQLError } from 'graphql';
import { isGranaryError } from '../errors.js';
import type { Granary, RequestContext } from '../operations/context.js';
import type { GraphqlContext } from '../resolvers/context.js';
import { presentError } from '../resolvers/errors.js';
import { executionPlugin } from '../resolvers/execution.js';
import { createLoaders } from '../resolvers/loaders.js';
import { inspectQuery, queryLimits } from '../resolvers/query-limits.js';
import { buildGranarySchema } from '../resolvers/schema.js';
import { errorCodes } from '../wire/error-codes.js';
import { authenticate } from './authenticate.js';
import { contextOrigin } from './context-origin.js';
import { legacyStatusPlugin } from './legacy-status.js';
import { mountPart } from './mount-part.js';
import { BadMultipart } from './multipart-gate.js';
import type { PersistedQueries } from './persisted-queries.js';
import { ownPath, publicUrlOf, s3UrlOf } from './public-url.js';
import { admitCaller } from './rate-limits.js';
import { sessionCookies } from './session-cookies.js';
import { discardAfter, receiveMultipart } from './upload-guard.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set before the body is read. */
    granaryContext?: RequestContext;
  }
}

const jsonBodyBytes = 2 * 1024 * 1024;
/** Either makes a browser ask permission first, so that a form on a foreign site cannot send the request. */
const preflightHeaders = ['apollo-require-preflight', 'x-apollo-operation-name'];

/** `/graphql`: GET and POST, with files by multipart request. */
export async function mountGraphql(app: FastifyInstance, granary: Granary, queries: PersistedQueries): Promise<void> {
  const apollo = await startApollo(granary);
  await mountPart(app, 'graphql', async (scope) => {
    scope.decorateRequest('granaryContext', undefined);
    scope.setErrorHandler((error, request, reply) => sendError(granary, error, request, reply));
    scope.addContentTypeParser(/^multipart\/form-data\b/i, async (request: FastifyRequest) =>
      receiveMultipart(request.raw, currentReply.get(request) as never, { idleMs: granary.settings.idleTimeoutMs }),
    );
    scope.route({
      method: ['GET', 'POST', 'OPTIONS'],
      url: '/graphql',
      bodyLimit: jsonBodyBytes,
      onRequest: (request, reply) => admit(granary, request, reply),
      preHandler: async (request, reply) => {
        if (isVisit(request)) {
          return answerVisitor(granary, reply);
        }
        findDocument(queries, request);
        refuseExcess(granary, request);
      },
      handler: fastifyApolloHandler(apollo, {
        context: async (request, reply) => contextOf(granary, request as FastifyRequest, reply as FastifyReply),
      }) as RouteHandlerMethod,
    });
    refuseMethods(scope);
  });
  app.addHook('onClose', () => apollo.stop());
}

/** Before their body is read, whatever its type is. */
function refuseMethods(scope: FastifyInstance): void {
  scope.route({
    method: ['PUT', 'PATCH', 'DELETE'],
    url: '/graphql',
    onRequest: async (_request, reply) => {
      reply.header('allow', 'GET, HEAD, POST, OPTIONS');
      throw new Refusal(errorCodes.NotSupported, 'GraphQL is asked by GET or POST.', 405);
    },
    handler: () => undefined,
  });
}

/** Content type parsers are not handed the reply, whose end decides when a body is done with. */
const currentReply = new WeakMap<FastifyRequest, FastifyReply['raw']>();

async function startApollo(granary: Granary): Promise<ApolloServer<GraphqlContext>> {
  const schema = buildGranarySchema();
  const apollo = new ApolloServer<GraphqlContext>({
    schema,
    // Anonymous introspection in production is refused beforehand; see refuseExcess.
    introspection: true,
    hideSchemaDetailsFromClientErrors: granary.settings.production,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    csrfPrevention: { requestHeaders: preflightHeaders },
    parseOptions: { maxTokens: queryLimits.tokens },
    validationOptions: { maxErrors: 20 },
    // Of what is refused before execution; the execution presents its own errors.
    formatError: (formatted, error) => ({
      ...formatted,
      ...presentError(toGraphqlError(error), randomUUID(), granary.log),
    }),
    // Its own landing page loads scripts of another host; see answerVisitor.
    plugins: [executionPlugin(schema), legacyStatusPlugin(), ApolloServerPluginLandingPageDisabled()],
    logger: quietLogger(granary),
    nodeEnv: granary.settings.production ? 'production' : 'test',
  });
  await apollo.start();
  return apollo;
}

function toGraphqlError(error: unknown): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError('Internal error', { originalError: error as Error });
}

function quietLogger(granary: Granary) {
  const tell = (message: string) => granary.log.warn({}, message);
  return { debug: () => undefined, info: () => undefined, warn: tell, error: tell };
}

/** Before a byte of the body is read: who asks, and may a browser have been tricked into asking. */
async function admit(granary: Granary, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const isMultipart = /^\s*multipart\//i.test(request.headers['content-type'] ?? '');
  if (isMultipart) {
    discardAfter(request.raw, reply.raw);
    currentReply.set(request, reply.raw);
    refuseForgery(request);
  }
  const origin = contextOrigin(granary.settings, request);
  const caller = await admitCaller(granary, request, () => authenticate(granary, request.raw, origin));
  if (isMultipart && caller.kind === 'anonymous') {
    throw new Refusal('UNAUTHENTICATED', 'Sign in before you upload.', 401);
  }
  request.granaryContext = { granary, caller, ...origin };
}

function refuseForgery(request: FastifyRequest): void {
  if (!preflightHeaders.some((name) => request.headers[name])) {
    throw new Refusal('BAD_REQUEST', 'A multipart request needs the header "apollo-require-preflight: true".', 400);
  }
}

/** Puts the document in the place of its hash, so that whatever comes after sees an ordinary request. */
function findDocument(queries: PersistedQueries, request: FastifyRequest): void {
  const { granaryContext, method } = request;
  const holder = method === 'GET' ? readSearch(request) : (request.body as Record<string, unknown> | null | undefined);
  // What a foreign page may have sent is refused by what comes after.
  const isForgeable = method === 'GET' && !preflightHeaders.some((name) => request.headers[name]) && !isJson(request);
  if (granaryContext === undefined || typeof holder !== 'object' || holder === null || isForgeable) {
    return;
  }
  const { extensions, ...rest } = holder;
  const query = queries.resolve({ query: holder.query, extensions }, granaryContext.caller);
  const isPersisted = typeof extensions === 'object' && extensions !== null && 'persistedQuery' in extensions;
  if (query === undefined || !isPersisted) {
    return;
  }
  if (method === 'GET') {
    request.raw.url = `/graphql?${new URLSearchParams({ ...(rest as Record<string, string>), query })}`;
  } else {
    request.body = { ...rest, query };
  }
}

/** Whether somebody has opened the address in a browser, and asks for nothing: no query, and none by its hash. */
function isVisit({ method, headers, query }: FastifyRequest): boolean {
  const asked = query as object;
  const asksNothing = !('query' in asked) && !('extensions' in asked);
  return method === 'GET' && /\btext\/html\b/i.test(headers.accept ?? '') && asksNothing;
}

/** Sends a visitor on to the page that is meant for browsers, where there is one. */
function answerVisitor({ settings }: Granary, reply: FastifyReply): FastifyReply {
  if (settings.graphiql === 'off') {
    throw new Refusal('BAD_REQUEST', 'Send operations by POST, as JSON: {"query": "…"}.', 400);
  }
  return reply.header('cache-control', 'no-store').redirect(ownPath(settings, '/graphiql'), 303);
}

function isJson({ headers }: FastifyRequest): boolean {
  return /^application\/json\b/i.test(headers['content-type'] ?? '');
}

/** The query of the address as the execution will read it. */
function readSearch({ url }: FastifyRequest): Record<string, unknown> {
  const { searchParams } = new URL(url, 'http://localhost');
  const asked: Record<string, unknown> = Object.fromEntries(searchParams);
  if (typeof asked.extensions !== 'string') {
    return asked;
  }
  try {
    return { ...asked, extensions: JSON.parse(asked.extensions) };
  } catch {
    throw new Refusal('BAD_REQUEST', 'The extensions must be a JSON object.', 400);
  }
}

function refuseExcess(granary: Granary, request: FastifyRequest): void {
  const holder = (request.method === 'GET' ? readSearch(request) : request.body) as
    | { query?: unknown }
    | null
    | undefined;
  if (typeof holder?.query !== 'string') {
    return;
  }
  const { refused, introspects } = inspectQuery(holder.query);
  if (refused !== undefined) {
    throw new Refusal('QUERY_TOO_COMPLEX', refused, 400);
  }
  if (introspects && granary.settings.production && request.granaryContext?.caller.kind === 'anonymous') {
    throw new Refusal('INTROSPECTION_DISABLED', 'Sign in to see the schema.', 400);
  }
}

function contextOf(granary: Granary, { granaryContext, raw }: FastifyRequest, reply: FastifyReply): GraphqlContext {
  if (granaryContext === undefined) {
    throw new Error('The request was not admitted.');
  }
  const context: GraphqlContext = {
    request: granaryContext,
    publicUrl: publicUrlOf(granary.settings, raw),
    s3Url: s3UrlOf(granary.settings, raw),
    loaders: createLoaders(granaryContext),
    cookies: sessionCookies(granary, { request: raw, reply }),
    renew: async () => context,
  };
  return context;
}

/** A request that is refused before GraphQL sees it, but answered in GraphQL's form. */
class Refusal extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.status = status;
  }
}

async function sendError(
  granary: Granary,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { code, message, status } = describe(error);
  if (status >= 500 && code === errorCodes.Internal) {
    granary.log.error({ requestId: request.id, error }, 'a GraphQL request failed');
  }
  if (status === 401) {
    reply.header('www-authenticate', 'Bearer');
  }
  if (status === 503) {
    reply.header('retry-after', '5');
  }
  const extensions = { code, ...(code === errorCodes.Internal ? { requestId: request.id } : {}) };
  await reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send({ errors: [{ message, extensions }] });
}

function describe(error: unknown): { code: string; message: string; status: number } {
  if (error instanceof Refusal) {
    return error;
  }
  if (error instanceof GraphQLError) {
    const { code, http } = error.extensions as { code: string; http?: { status: number } };
    return { code, message: error.message, status: http?.status ?? 400 };
  }
  if (error instanceof BadMultipart) {
    return { code: 'BAD_REQUEST', message: error.message, status: error.status };
  }
  if (isGranaryError(error, 'Unauthenticated', 'Unavailable', 'Denied', 'RateLimited')) {
    const status = { Unauthenticated: 401, Unavailable: 503, Denied: 403, RateLimited: 429 }[
      error.kind as 'Unauthenticated'
    ];
    return { code: errorCodes[error.kind], message: error.message, status };
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) {
    return { code: 'BAD_REQUEST', message: bodyProblem(status), status };
  }
  return { code: errorCodes.Internal, message: 'Internal error', status: 500 };
}

/** Fastify's own messages may repeat the body. */
function bodyProblem(status: number): string {
  switch (status) {
    case 413:
      return `The body is larger than ${jsonBodyBytes} bytes.`;
    case 415:
      return 'The Content-Type must be application/json or multipart/form-data.';
    default:
      return 'The body is not a JSON object.';
  }
}
