import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerNotes } from './answer-notes.js';
import type { S3Request } from './exchange.js';
import { parseQuery } from './protocol/query.js';
import { readHeaders } from './protocol/request-headers.js';
import { bucketOfHost, parseResource } from './protocol/resource.js';
import { s3Error } from './protocol/s3-error.js';

/** A request as the listener gets it. */
export interface Arrival {
  readonly id: string;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** True when the client waits for `100 Continue` and has not got it from node. */
  readonly expectsContinue: boolean;
  /** What the answer, whatever it is, says beside its own headers. */
  readonly moreHeaders: string[];
  /** What access logs say of it. */
  readonly notes: AnswerNotes;
}

/**
 * Reads what a request says of itself; throws when that is not well formed. `domains` are those whose subdomains are
 * buckets.
 */
export function readRequest(arrival: Arrival, domains: readonly string[]): S3Request {
  if (arrival.message.headersDistinct.host?.length !== 1) {
    // RFC 9112 section 3.2: which of two names a bucket must not be a matter of taste.
    throw s3Error('BadRequest', 'A request has one Host header.');
  }
  requireSmallHeaders(arrival.message.rawHeaders);
  const url = arrival.message.url ?? '/';
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  const ofHost = bucketOfHost(arrival.message.headers.host, domains);
  return {
    ...arrival,
    method: arrival.message.method ?? 'GET',
    path,
    query: parseQuery(question < 0 ? '' : url.slice(question + 1)),
    headers: readHeaders(arrival.message.rawHeaders),
    hostBucket: ofHost?.bucket,
    resource: parseResource(path, ofHost),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPUT.html : in bytes, without the line ends. */
const maxHeaderBytes = 8 * 1024;

function requireSmallHeaders(rawHeaders: readonly string[]): void {
  let bytes = 0;
  for (const text of rawHeaders) {
    bytes += text.length;
  }
  if (bytes > maxHeaderBytes) {
    throw s3Error('RequestHeaderSectionTooLarge', undefined, { MaxSizeAllowed: maxHeaderBytes });
  }
}
