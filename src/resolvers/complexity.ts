import { createRequire } from 'node:module';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type * as QueryComplexity from 'graphql-query-complexity';
import { refusal } from './errors.js';
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

/** What fields cost that count rows or may read an object's bytes. */
const costly = new Map([
  ['totalCount', 50],
  ['sha256', 20],
  ['archive', 20],
]);

/** What an operation costs, and what one may cost at most; every answer says it in its `extensions`. */
export interface Cost {
  requested: number;
  limit: number;
}

/** A field costs 1 or what {@link costly} says; what is inside a list counts as often as the page asked for is long. */
export function costOf({ schema, document, operationName, variables }: OperationToWeigh): Cost {
  const requested = getComplexity({
    schema,
    query: document,
    variables,
    ...(operationName === undefined ? {} : { operationName }),
    estimators: [weigh],
  });
  return { requested, limit: queryLimits.complexity };
}

/** Throws when the operation costs more than one request may. */
export function refuseCost({ requested, limit }: Cost): void {
  if (requested > limit) {
    const problem = `The query costs ${requested}, and one request may cost ${limit}: ask for smaller pages.`;
    throw refusal('QUERY_TOO_COMPLEX', problem, 400);
  }
}

function weigh({ args, childComplexity, field }: QueryComplexity.ComplexityEstimatorArgs): number {
  const page = Number(args.first ?? args.last ?? 0);
  const ids = Array.isArray(args.ids) ? args.ids.length : 0;
  return (costly.get(field.name) ?? 1) + Math.max(1, Math.min(page, 100), ids) * childComplexity;
}
