import type { RequestContext } from '../../operations/context.js';
import type { Xml } from '../protocol/xml-writer.js';
import type { Parameters } from './parameters.js';

/** What an operation of STS or IAM works with. */
export interface QueryExchange {
  readonly context: RequestContext;
  readonly parameters: Parameters;
}

/** The elements of the result; undefined where the answer has none. */
export type QueryResult = (Xml | undefined)[] | undefined;

/** One operation: it reads the parameters, calls one operation of the house, and formats its result. */
export type QueryOperation = (exchange: QueryExchange) => Promise<QueryResult>;

export type QueryOperations = Readonly<Record<string, QueryOperation>>;
