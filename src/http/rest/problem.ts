import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorKind, GranaryError, isGranaryError } from '../../errors.js';
import type { Granary } from '../../operations/context.js';
import { errorCodes } from '../../wire/error-codes.js';

const statuses = {
  InvalidInput: 400,
  IncompleteBody: 400,
  DigestMismatch: 400,
  Unauthenticated: 401,
  Denied: 403,
  NotFound: 404,
  Conflict: 409,
  PreconditionFailed: 412,
  NotModified: 304,
  TooLarge: 413,
  RangeNotSatisfiable: 416,
  Locked: 423,
  RateLimited: 429,
  Internal: 500,
  NotSupported: 501,
  Unavailable: 503,
  QuotaExceeded: 507,
  StorageFull: 507,
} as const satisfies Record<ErrorKind, number>;

/** Answers a request that failed, by RFC 9457. */
export function sendProblem(
  granary: Granary,
  { error, request, reply }: { error: unknown; request: FastifyRequest; reply: FastifyReply },
): FastifyReply {
  const known = isGranaryError(error) ? error : understood(error);
  const status = known === undefined ? 500 : statuses[known.kind];
  if (known === undefined || status === 500) {
    granary.log.error({ requestId: request.id, error }, 'a REST request failed');
  }
  if (known?.kind === 'NotModified') {
    return reply.code(304).headers(validatorsOf(known)).send();
  }
  reply.headers(headersOf(status, known));
  return reply
    .code(status)
    .type('application/problem+json; charset=utf-8')
    .send({
      type: 'about:blank',
      title: titles[status] ?? 'Request failed',
      status,
      detail: known === undefined || status === 500 ? 'Internal error' : known.message,
      code: errorCodes[known?.kind ?? 'Internal'],
      reason: known?.reason ?? 'Internal',
      requestId: request.id,
      ...(known?.field === undefined ? {} : { field: known.field.join('.') }),
      ...(known?.data.decisionId === undefined ? {} : { decisionId: String(known.data.decisionId) }),
    });
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  416: 'Range Not Satisfiable',
  423: 'Locked',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};

/** What Fastify refuses before an operation is asked: parameters that do not fit the schema, above all. */
function understood(error: unknown): GranaryError | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) {
    return undefined;
  }
  const status = Number(error.statusCode);
  if (status === 413) {
    return new GranaryError('TooLarge', 'The body is too large.');
  }
  if (status < 400 || status >= 500) {
    return undefined;
  }
  const field = fieldOf(error);
  return 'validation' in error
    ? new GranaryError('InvalidInput', error.message, field === undefined ? {} : { field: [field] })
    : new GranaryError('InvalidInput', 'The request cannot be understood.');
}

/** The parameter that does not fit the schema, or that is missing. */
function fieldOf(error: Error): string | undefined {
  const { validation = [] } = error as { validation?: { instancePath?: string; params?: Record<string, unknown> }[] };
  const [first] = validation;
  const { missingProperty, additionalProperty } = first?.params ?? {};
  const named = first?.instancePath?.split('/')[1] || missingProperty || additionalProperty;
  return typeof named === 'string' ? named : undefined;
}

/** Answers a method that nothing at this address takes. */
export function refuseMethod(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]): FastifyReply {
  return reply
    .code(405)
    .header('allow', allowed.join(', '))
    .type('application/problem+json; charset=utf-8')
    .send({
      type: 'about:blank',
      title: 'Method Not Allowed',
      status: 405,
      detail: `This address takes ${allowed.join(', ')}.`,
      code: errorCodes.NotSupported,
      reason: 'MethodNotAllowed',
      requestId: request.id,
    });
}

function headersOf(status: number, error: GranaryError | undefined): Record<string, string> {
  switch (status) {
    case 401:
      return { 'www-authenticate': 'Bearer' };
    case 416:
      return error?.data.ActualObjectSize === undefined
        ? {}
        : { 'content-range': `bytes */${error.data.ActualObjectSize}` };
    case 429:
      return error?.data.retryAfter === undefined ? {} : { 'retry-after': String(error.data.retryAfter) };
    case 503:
      return { 'retry-after': '5' };
    default:
      return {};
  }
}

function validatorsOf({ data: { etag, lastModified } }: GranaryError): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { etag: `"${etag}"` }),
    ...(lastModified === undefined ? {} : { 'last-modified': String(lastModified) }),
  };
}
