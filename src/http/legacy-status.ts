import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphqlContext } from '../resolvers/context.js';

/** What the document itself, or the variables, did wrong. */
const documentCodes = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']);

/**
 * GraphQL over HTTP, section 6.4.1: a client that asks for `application/json`, and knows no other type, gets status 200
 * with a well-formed GraphQL answer, so that nothing on the way takes it for its own error.
 * https://graphql.github.io/graphql-over-http/draft/#sec-application-json
 */
export function legacyStatusPlugin(): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart({ request }) {
      const accept = request.http?.headers.get('accept') ?? '';
      const isLegacy = accept.includes('application/json') && !accept.includes('application/graphql-response+json');
      return {
        async willSendResponse({ response }) {
          const errors = response.body.kind === 'single' ? response.body.singleResult.errors : undefined;
          const first = errors?.[0]?.extensions?.code;
          if (isLegacy && typeof first === 'string' && documentCodes.has(first)) {
            response.http.status = 200;
          }
        },
      };
    },
  };
}
