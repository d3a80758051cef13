import { createRequire } from 'node:module';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type * as QueryComplexity from 'graphql-query-complexity';
import { LRUCache } from 'lru-cache';
import { refusal } from './errors.js';
import { lengthOf } from './list-lengths.js';
import { queryLimits } from './query-limits.js';

// The package's ESM build would load a second instance of graphql, whose types are not ours.
const require = createRequire(import.meta.url);
const { getComplexity } = require('graphql-query-complexity') as typeof QueryComplexity;

export interface OperationToWeigh {
  schema: GraphQLSchema;
  document: DocumentNode;
  operationName: string | undefined;
  variables: Record<string, unknown>;
}

/** What fields cost that count rows, look through an index, or may read an object's bytes. */
const costly = new Map([
  ['totalCount', 50],
  ['sha256', 20],
  ['archive', 20],
  ['search', 200],
]);

/** What an operation costs, and what one may cost at most; every answer says it in its `extensions`. */
export interface Cost {
  requested: number;
  limit: number;
}

/** Apollo keeps the documents that it has parsed, and front ends send the same ones with the same variables. */
const weighed = new WeakMap<DocumentNode, LRUCache<string, number>>();
const mostOfDocument = 20;
const longestVariables = 500;

/** A field costs 1 or what {@link costly} says; what is inside a list counts as often as {@link lengthOf} says. */
export function costOf(operation: OperationToWeigh): Cost {
  const { document, operationName, variables } = operation;
  const limit = queryLimits.complexity;
  const asked = JSON.stringify([operationName, variables]);
  if (asked.length > longestVariables) {
    return { requested: complexityOf(operation), limit };
  }
  const known = weighed.get(document) ?? new LRUCache<string, number>({ max: mostOfDocument });
  weighed.set(document, known);
  const requested = known.get(asked) ?? complexityOf(operation);
  known.set(asked, requested);
  return { requested, limit };
}

function complexityOf({ schema, document, operationName, variables }: OperationToWeigh): number {
  return getComplexity({
    schema,
    query: document,
    variables,
    ...(operationName === undefined ? {} : { operationName }),
    estimators: [weigh],
  });
}

/** Throws when the operation costs more than one request may. */
export function refuseCost({ requested, limit }: Cost): void {
  if (requested > limit) {
    const problem = `The query costs ${requested}, and one request may cost ${limit}: ask for smaller pages.`;
    throw refusal('QUERY_TOO_COMPLEX', problem, 400);
  }
}

function weigh({ args, childComplexity, field, type }: QueryComplexity.ComplexityEstimatorArgs): number {
  return (costly.get(field.name) ?? 1) + lengthOf(type.name, field, args) * childComplexity;
}
