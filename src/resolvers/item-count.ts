import {
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  getNullableType,
  isListType,
  isObjectType,
} from 'graphql';
import { refusal } from './errors.js';

/** How many items all lists of one answer may have together. */
export const mostItems = 20_000;

/** By the context of the request, or of the event of a subscription. */
const counts = new WeakMap<object, number>();

/**
 * Makes every list of a schema count its items. Those that are beyond {@link mostItems} are left out, so that nothing
 * more comes of them; the answer is then replaced by {@link withinItems}.
 */
export function countItems(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && !type.name.startsWith('__')) {
      for (const field of Object.values(type.getFields())) {
        if (isListType(getNullableType(field.type)) && field.resolve !== undefined) {
          field.resolve = counted(field.resolve);
        }
      }
    }
  }
}

type Resolve = GraphQLFieldResolver<unknown, object>;

function counted(resolve: Resolve): Resolve {
  return (source, args, context, info) => {
    if (isOver(context)) {
      return [];
    }
    const found: unknown = resolve(source, args, context, info);
    return found instanceof Promise ? found.then((list) => bounded(context, list)) : bounded(context, found);
  };
}

function bounded(context: object, list: unknown): unknown {
  if (!Array.isArray(list)) {
    return list;
  }
  counts.set(context, (counts.get(context) ?? 0) + list.length);
  return isOver(context) ? [] : list;
}

function isOver(context: object): boolean {
  return (counts.get(context) ?? 0) > mostItems;
}

/** The result, or an error when it would have had too many items. */
export function withinItems(context: object, result: ExecutionResult): ExecutionResult {
  if (!isOver(context)) {
    return result;
  }
  const problem = `The answer has more than ${mostItems} items in its lists: ask for less at once.`;
  return { data: null, errors: [refusal('QUERY_TOO_COMPLEX', problem, 200)] };
}
