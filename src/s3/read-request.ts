import type { IncomingMessage, ServerResponse } from 'node:http';
import type { S3Request } from './exchange.js';
import { parseQuery } from './protocol/query.js';
import { readHeaders } from './protocol/request-headers.js';
import { parseResource } from './protocol/resource.js';

/** A request as the listener gets it. */
export interface Arrival {
  readonly id: string;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** True when the client waits for `100 Continue` and has not got it from node. */
  readonly expectsContinue: boolean;
}

/** Reads what a request says of itself; throws when that is not well formed. */
export function readRequest(arrival: Arrival): S3Request {
  const url = arrival.message.url ?? '/';
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  return {
    ...arrival,
    method: arrival.message.method ?? 'GET',
    path,
    query: parseQuery(question < 0 ? '' : url.slice(question + 1)),
    headers: readHeaders(arrival.message.rawHeaders),
    resource: parseResource(path),
  };
}
