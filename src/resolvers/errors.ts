import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { GranaryError } from '../errors.js';
import type { Log } from '../operations/context.js';
import { errorCodes } from '../wire/error-codes.js';

/** Codes of failures that Apollo and the query guards tell of; their messages were written for clients. */
export const protocolCodes: ReadonlySet<string> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_IN_LIST',
  'QUERY_NOT_IN_SAFELIST',
  'QUERY_TOO_COMPLEX',
  'TIMEOUT',
  'INTROSPECTION_DISABLED',
  'UNAUTHENTICATED',
]);

/** What programs do about these differs from what they do about others of their kind. */
export const reasonCodes: Readonly<Record<string, string>> = { CursorExpired: 'CURSOR_EXPIRED' };

/** Wraps an error for a whole request that is refused: a message for the client, a code, and the HTTP status. */
export function refusal(code: string, message: string, status: number): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}

/**
 * An error as clients see it. What is not meant for them, bugs above all, becomes `Internal error` with the request's
 * id; the log has the rest under the same id.
 */
export function presentError(error: GraphQLError, requestId: string, log: Log): GraphQLFormattedError {
  const original = originalOf(error);
  const place = { ...locationsOf(error), ...(error.path === undefined ? {} : { path: error.path }) };
  if (original instanceof GranaryError && original.kind !== 'Internal') {
    return {
      message: original.message,
      ...place,
      extensions: {
        code: reasonCodes[original.reason] ?? errorCodes[original.kind],
        reason: original.reason,
        ...decisionOf(original),
        ...retryOf(original),
      },
    };
  }
  // Errors of compiled queries may come without extensions.
  const code = error.extensions?.code ?? (original instanceof GraphQLError ? original.extensions?.code : undefined);
  if (typeof code === 'string' && protocolCodes.has(code)) {
    return { message: error.message, ...place, extensions: { code } };
  }
  log.error({ requestId, error: original }, 'a GraphQL field failed');
  return { message: 'Internal error', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } };
}

/** When it makes sense to try again, in seconds. */
function retryOf({ kind, data }: GranaryError): { retryAfter?: unknown } {
  return kind === 'RateLimited' ? { retryAfter: data.retryAfter } : {};
}

/** The error that a resolver threw, below the layers that the execution wrapped around it. */
function originalOf(error: unknown): unknown {
  let current = error;
  while (current instanceof GraphQLError && current.originalError) {
    current = current.originalError;
  }
  return current;
}

/** With what the explanation of a denial is found. */
function decisionOf({ data: { decisionId } }: GranaryError): { decisionId?: string } {
  return decisionId === undefined ? {} : { decisionId: String(decisionId) };
}

function locationsOf(error: GraphQLError): Pick<GraphQLFormattedError, 'locations'> {
  return error.locations === undefined ? {} : { locations: error.locations };
}
