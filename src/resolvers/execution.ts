import { createRequire } from 'node:module';
import { type ApolloServerPlugin, type GraphQLRequestContext, HeaderMap } from '@apollo/server';
import {
  coerceInputValue,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  isInputType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromASTUntyped,
} from 'graphql';
import type * as GraphqlJit from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../auth/caller.js';
import { outOfTime, withDeadline } from '../database/deadline.js';
import { type Cost, costOf, refuseCost } from './complexity.js';
import type { GraphqlContext } from './context.js';
import { presentError, refusal } from './errors.js';
import { withinItems } from './item-count.js';
import { refuseOperation } from './operation-guard.js';

// The package's ESM build has imports that Node cannot resolve.
const require = createRequire(import.meta.url);
const { compileQuery, isCompiledQuery } = require('graphql-jit') as typeof GraphqlJit;

type Request = GraphQLRequestContext<GraphqlContext>;
type Compiled = GraphqlJit.CompiledQuery | ExecutionResult;

const compiledOperations = 500;

const subscribeElsewhere =
  'Subscriptions go by WebSocket at /graphql (graphql-transport-ws), or as server-sent events by POST /graphql/stream.';

/** Runs operations with code compiled for each, and refuses what the guards do not let pass. */
export function executionPlugin(schema: GraphQLSchema): ApolloServerPlugin<GraphqlContext> {
  const cache = new LRUCache<string, Compiled>({ max: compiledOperations });
  return {
    async requestDidStart() {
      let cost: Cost | undefined;
      return {
        async didResolveOperation({ document, operation, request, contextValue }) {
          const { operationName, variables = {} } = request;
          const asked = { document, operation, operationName, variables };
          checkOperation(schema, asked, contextValue.request.caller);
          if (operation?.operation === 'subscription') {
            throw refusal('BAD_REQUEST', subscribeElsewhere, 400);
          }
          if (operation !== undefined) {
            cost = costOf({ schema, document, operationName, variables });
            refuseCost(cost);
          }
        },
        async responseForOperation(request) {
          if (request.operation === undefined) {
            return null;
          }
          const result = await execute(schema, request as Request, cache);
          if (request.operation.operation === 'mutation') {
            request.contextValue.request.granary.events.announce();
          }
          return {
            http: { status: undefined, headers: new HeaderMap() },
            body: { kind: 'single', singleResult: result },
          };
        },
        async willSendResponse({ response: { body } }) {
          if (cost !== undefined && body.kind === 'single') {
            body.singleResult.extensions = { ...body.singleResult.extensions, cost };
          }
        },
      };
    },
  };
}

/** An operation as somebody asks for it; undefined when the document has none of the name. */
export interface AskedOperation {
  document: DocumentNode;
  operation: OperationDefinitionNode | undefined;
  operationName: string | undefined;
  variables: Record<string, unknown>;
}

/** Throws for what a caller may not ask, and for values of the wrong type. */
export function checkOperation(schema: GraphQLSchema, asked: AskedOperation, caller: Caller): void {
  const { document, operation, variables } = asked;
  refuseOperation(schema, document, operation, caller);
  if (operation !== undefined) {
    refuseVariables(schema, operation, variables);
  }
}

async function execute(schema: GraphQLSchema, request: Request, cache: LRUCache<string, Compiled>) {
  const compiled = compile(schema, request, cache);
  const executed = isCompiledQuery(compiled) ? await runInTime(compiled, request) : compiled;
  const result = withinItems(request.contextValue, executed);
  if (result.errors === undefined) {
    return result as { data: Record<string, unknown> };
  }
  const { requestId, granary } = request.contextValue.request;
  return { ...result, errors: result.errors.map((error) => presentError(error, requestId, granary.log)) };
}

/** The compiled code takes a required variable for missing, although it has a default. */
function withDefaults({ operation, request: { variables = {} } }: Request): Record<string, unknown> {
  const missing = (operation?.variableDefinitions ?? []).flatMap(({ variable: { name }, type, defaultValue }) =>
    type.kind === Kind.NON_NULL_TYPE && defaultValue !== undefined && variables[name.value] === undefined
      ? [[name.value, valueFromASTUntyped(defaultValue)]]
      : [],
  );
  return missing.length === 0 ? variables : { ...variables, ...Object.fromEntries(missing) };
}

/** Queries have a limit of time; whether a mutation was ended halfway would be hard to tell. */
async function runInTime(compiled: GraphqlJit.CompiledQuery, request: Request): Promise<ExecutionResult> {
  const { contextValue, operation } = request;
  const run = async () => compiled.query(undefined, contextValue, withDefaults(request));
  return operation?.operation === 'query' ? inTime(contextValue, run) : run();
}

/** Does what answers a query, or an event of a subscription, within GRANARY_QUERY_TIMEOUT. */
export async function inTime(
  { request: { granary } }: GraphqlContext,
  run: () => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const { queryTimeoutMs } = granary.settings;
  const result = await withDeadline(queryTimeoutMs, run);
  if (result !== outOfTime) {
    return result;
  }
  const problem = `The query took longer than ${queryTimeoutMs / 1000} seconds: ask for less at once.`;
  return { data: null, errors: [refusal('TIMEOUT', problem, 200)] };
}

function compile(schema: GraphQLSchema, request: Request, cache: LRUCache<string, Compiled>): Compiled {
  const name = request.request.operationName ?? '';
  const cacheKey = `${request.queryHash}:${name}`;
  const known = cache.get(cacheKey);
  if (known !== undefined) {
    return known;
  }
  const compiled = compileQuery(schema, request.document as never, name || undefined, {
    disablingCapturingStackErrors: true,
  });
  cache.set(cacheKey, compiled);
  return compiled;
}

/**
 * Throws unless every variable has a value of its type. Done here, and not left to the execution, because the
 * execution's messages repeat the values, and a value may be a password.
 */
function refuseVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Record<string, unknown>,
): void {
  for (const { variable, type: typeNode, defaultValue } of operation.variableDefinitions ?? []) {
    const name = variable.name.value;
    const type = typeFromAST(schema, typeNode as never);
    const isGiven = Object.hasOwn(given, name) && given[name] !== undefined;
    if (!isGiven && defaultValue === undefined && typeNode.kind === Kind.NON_NULL_TYPE) {
      throw badVariable(`Variable "$${name}" is required and was not provided.`);
    }
    if (isGiven && isInputType(type)) {
      coerceInputValue(given[name], type, (path, _value, error) => {
        throw badVariable(`Variable "$${[name, ...path].join('.')}" has no valid value.${safeReason(error)}`);
      });
    }
  }
}

/** The part of graphql's message that does not repeat the value. */
function safeReason(error: GraphQLError): string {
  const reason = /^(?:Field ".*|Expected non-nullable type ".*|Expected type "[^"]*" to be an object\.)/.exec(
    error.message,
  );
  return reason === null ? '' : ` ${reason[0].replace(/ Did you mean .*/, '')}`;
}

function badVariable(message: string): GraphQLError {
  return refusal('BAD_USER_INPUT', message, 400);
}
