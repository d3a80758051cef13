import type { Caller } from '../auth/caller.js';
import type { RequestNotes } from '../operations/context.js';
import type { S3Request } from './exchange.js';

/**
 * What is noted of a request while it is answered, for access logs and for the end of the answer. Times are in
 * milliseconds, as `performance.now()`.
 */
export interface AnswerNotes extends RequestNotes {
  readonly at: Date;
  readonly startedMs: number;
  /** Once it could be read. */
  request?: S3Request;
  /** Where it comes from, behind the proxies that are believed. */
  remoteIp?: string | null;
  /** Whether it came by a bucket's website. */
  isSite?: boolean;
  /** Once it is known. */
  signer?: Signer;
  /** Whether it is a form that somebody says to have signed; its signer is noted once that is so. */
  isFormSigned?: boolean;
  /** Whether it came as far as the operation that it asks for. */
  isAdmitted?: boolean;
  /** Whether a client that waits for `100 Continue` got it, and so sends its body. */
  wasContinued?: boolean;
  /** When the last byte of the body was in. */
  receivedMs?: number;
  answer?: SentAnswer;
  errorCode?: string;
  /** The key of a form, which is not in its address. */
  key?: string;
  /** What a request that is about many objects did with each. */
  deleted?: readonly { key: string; versionId?: string | undefined; status: number; errorCode?: string | undefined }[];
}

export interface Signer {
  readonly caller: Caller;
  readonly signedBy: 'header' | 'query' | 'form' | 'nobody';
  readonly signatureVersion?: 2 | 4 | undefined;
}

interface SentAnswer {
  readonly atMs: number;
  readonly status: number;
  readonly headers: readonly string[];
  /** Of the body. */
  readonly length: number;
  /** What the connection had sent before. */
  readonly writtenBefore: number;
}
