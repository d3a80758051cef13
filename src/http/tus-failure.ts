import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorKind, isGranaryError } from '../errors.js';
import type { Granary } from '../operations/context.js';

/** https://tus.io/protocols/resumable-upload ; 460 is its own. */
const statuses: Partial<Record<ErrorKind, number>> = {
  InvalidInput: 400,
  IncompleteBody: 400,
  Unauthenticated: 401,
  Denied: 403,
  NotFound: 404,
  Conflict: 409,
  PreconditionFailed: 412,
  TooLarge: 413,
  Locked: 423,
  RateLimited: 429,
  DigestMismatch: 460,
  NotSupported: 501,
  Unavailable: 503,
  QuotaExceeded: 507,
  StorageFull: 507,
};

/** Answers a request by tus that failed. */
export function sendTusFailure(
  granary: Granary,
  { error, request, reply }: { error: unknown; request: FastifyRequest; reply: FastifyReply },
): FastifyReply {
  const status = isGranaryError(error) ? (statuses[error.kind] ?? 500) : statusOf(error);
  if (status === 500) {
    granary.log.error({ requestId: request.id, error }, 'an upload by tus failed');
  }
  if (status === 401) {
    reply.header('www-authenticate', 'Bearer');
  }
  if (status === 503) {
    reply.header('retry-after', '5');
  }
  const message = isGranaryError(error) && status !== 500 ? error.message : messageOf(status);
  const decisionId = isGranaryError(error) ? error.data.decisionId : undefined;
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ error: message, requestId: request.id, ...(decisionId === undefined ? {} : { decisionId }) });
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500 ? status : 500;
}

function messageOf(status: number): string {
  return status === 500 ? 'Internal error' : 'The request cannot be understood.';
}
