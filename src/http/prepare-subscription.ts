import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type DocumentNode, GraphQLError, getOperationAST, parse, validate } from 'graphql';
import type { Caller } from '../auth/caller.js';
import { requireUser } from '../operations/access/authorize.js';
import type { Granary, RequestContext } from '../operations/context.js';
import { costOf, refuseCost } from '../resolvers/complexity.js';
import { callerOf, type GraphqlContext, type SessionCookies } from '../resolvers/context.js';
import { presentError, refusal } from '../resolvers/errors.js';
import { checkOperation } from '../resolvers/execution.js';
import { createLoaders } from '../resolvers/loaders.js';
import { inspectQuery, queryLimits } from '../resolvers/query-limits.js';
import { buildGranarySchema } from '../resolvers/schema.js';
import type { Subscribing } from '../resolvers/subscribe.js';
import { authenticate } from './authenticate.js';
import { CallerWatch } from './caller-watch.js';
import { contextOrigin } from './context-origin.js';
import type { AskedDocument, PersistedQueries } from './persisted-queries.js';
import { publicUrlOf, s3UrlOf } from './public-url.js';

/** Who is at the other end is not asked more often than this, for each event of a burst. */
const callerMs = 50;

/** Makes the context of a request, now and whenever it is asked again. */
export type Opener = () => Promise<GraphqlContext>;

/** The operation that a client asks for, checked like one that comes by HTTP, and only a subscription. */
export async function prepareSubscription(
  open: Opener,
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
export function opener(granary: Granary, raw: IncomingMessage): Opener {
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

/** An error as clients are told of it. */
export function toGraphqlError(granary: Granary, error: unknown): GraphQLError {
  const told = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: error as Error });
  const { message, extensions = {} } = presentError(told, randomUUID(), granary.log);
  return new GraphQLError(message, { extensions });
}
