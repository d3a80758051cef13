import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Caller } from '../auth/caller.js';
import type { RequestContext } from '../operations/context.js';
import type { BucketAddress, ObjectAddress, VersionAddress } from '../operations/types.js';
import type { AnswerNotes } from './answer-notes.js';
import type { ChunkSigningContext } from './protocol/chunk-signer.js';
import type { Payload } from './protocol/payload.js';
import type { Query } from './protocol/query.js';
import type { RequestHeaders } from './protocol/request-headers.js';
import type { Resource } from './protocol/resource.js';

/** One request as it was sent, read but not yet believed. */
export interface S3Request {
  readonly id: string;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** The client sends the body only when it is told to (RFC 9110 section 10.1.1). */
  readonly expectsContinue: boolean;
  readonly method: string;
  /** Raw, as it was signed. */
  readonly path: string;
  readonly query: Query;
  readonly headers: RequestHeaders;
  /** The bucket that the host names; then the path is the key alone. */
  readonly hostBucket: string | undefined;
  readonly resource: Resource;
  readonly notes: AnswerNotes;
}

/** The parameter that holds the token of a link to a part; see part-links.ts. */
export const uploadLinkParameter = 'X-Granary-Upload';

/** Who asks, and how that was shown. */
export interface Authentication {
  readonly signedBy: 'header' | 'query' | 'form' | 'nobody';
  /** Of the signature, when there is one. */
  readonly signatureVersion?: 2 | 4;
  /** When it was signed, in milliseconds, where the signature says so. */
  readonly signedAt?: number | undefined;
  readonly caller: Caller;
  /** How the body is written. */
  readonly payload: Payload;
  /** What the signatures of a signed aws-chunked body hang on. */
  readonly chunkSigning?: ChunkSigningContext;
}

/** What an operation of the facade works with. */
export interface Exchange {
  readonly context: RequestContext;
  readonly request: S3Request;
  readonly authentication: Authentication;
}

/** What an operation answers with. */
export interface Answer {
  status: number;
  /** Names and values in turn, as `writeHead` takes them. Content-Length comes with the body. */
  headers: string[];
  body?: Buffer | string | StreamedBody;
}

export interface StreamedBody {
  length: number;
  /** Is called before anything is sent, so that a failure can still be answered. */
  open(): Promise<Readable>;
}

/** One operation of the facade: it reads the request, calls one operation of the house, and formats its result. */
export type S3Operation = (exchange: Exchange) => Promise<Answer>;

/** The bucket that the path names. */
export function bucketAddress({ request: { resource } }: Exchange): BucketAddress {
  return resource.tenant === undefined
    ? { bucket: resource.bucket }
    : { bucket: resource.bucket, tenant: resource.tenant };
}

/** The object that the path names. */
export function objectAddress({ request: { resource } }: Exchange): ObjectAddress {
  return resource.tenant === undefined ? { bucket: resource.bucket, key: resource.key } : { ...resource };
}

/** The version that path and query name. */
export function versionAddress(exchange: Exchange): VersionAddress {
  const versionId = exchange.request.query.get('versionId');
  return versionId === undefined ? objectAddress(exchange) : { ...objectAddress(exchange), versionId };
}

/** An answer that is an XML document. */
export function xmlAnswer(document: string, headers: string[] = []): Answer {
  return { status: 200, headers: ['Content-Type', 'application/xml', ...headers], body: document };
}

/** An answer without content. */
export function emptyAnswer(headers: string[] = [], status = 204): Answer {
  return { status, headers };
}
