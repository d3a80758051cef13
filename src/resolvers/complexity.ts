import { createRequire } from 'node:module';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type * as QueryComplexity from 'graphql-query-complexity';
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

/** Every field costs 1; what is inside a list costs as often as the page that was asked for is long. */
export function complexityOf({ schema, document, operationName, variables }: OperationToWeigh): number {
  return getComplexity({
    schema,
    query: document,
    variables,
    ...(operationName === undefined ? {} : { operationName }),
    estimators: [weigh],
  });
}

/** True when the operation costs more than one request may. */
export function isTooComplex(operation: OperationToWeigh): boolean {
  return complexityOf(operation) > queryLimits.complexity;
}

function weigh({ args, childComplexity }: QueryComplexity.ComplexityEstimatorArgs): number {
  const page = Number(args.first ?? args.last ?? 0);
  const ids = Array.isArray(args.ids) ? args.ids.length : 0;
  return 1 + Math.max(1, Math.min(page, 100), ids) * childComplexity;
}
