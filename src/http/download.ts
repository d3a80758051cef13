import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type GranaryError, isGranaryError } from '../errors.js';
import type { Granary, RequestContext } from '../operations/context.js';
import { openDownloadLink } from '../operations/download-link.js';
import { getObject, headObject } from '../operations/get-object.js';
import type { ObjectInfo, OpenedObject, RangeRequest, ReadConditions, VersionAddress } from '../operations/types.js';
import { contentDisposition, isInert } from './content-disposition.js';
import { contextOrigin } from './context-origin.js';
import { admitAnonymous } from './rate-limits.js';
import { sendFolder } from './send-folder.js';

/** `/download/<token>`: the bytes of one version, or a folder as a zip, for whoever holds a link that was signed here. */
export function mountDownload(app: FastifyInstance, granary: Granary): void {
  app.get<{ Params: { token: string } }>('/download/:token', { exposeHeadRoute: false }, (request, reply) =>
    download(granary, request, reply),
  );
  app.head<{ Params: { token: string } }>('/download/:token', (request, reply) => download(granary, request, reply));
}

type TokenRequest = FastifyRequest<{ Params: { token: string } }>;

async function download(granary: Granary, request: TokenRequest, reply: FastifyReply): Promise<unknown> {
  setSafety(reply);
  try {
    await admitAnonymous(granary, request);
    const link = granary.downloadLinks.verify(request.params.token);
    const origin = contextOrigin(granary.settings, request);
    const opened = await openDownloadLink(granary, link, origin);
    const { context } = opened;
    return opened.kind === 'folder'
      ? await sendFolder({ context, request, reply }, opened.folder)
      : await sendObject({ context, request, reply }, opened.address);
  } catch (error) {
    return sendFailure(granary, request, reply, error);
  }
}

interface Exchange {
  context: RequestContext;
  request: TokenRequest;
  reply: FastifyReply;
}

async function sendObject({ context, request, reply }: Exchange, address: VersionAddress): Promise<unknown> {
  const input = { ...address, conditions: conditionsOf(request.headers) };
  if (request.method === 'HEAD') {
    const head = await headObject(context, input);
    describeObject(reply, head.object);
    return reply.header('content-length', head.length).send();
  }
  const opened = await getObject(context, { ...input, range: await applicableRange(context, request, input) });
  describeObject(reply, opened.object);
  reply.header('content-length', opened.length);
  if (opened.range !== undefined) {
    const { start, end } = opened.range;
    reply.code(206).header('content-range', `bytes ${start}-${end}/${opened.object.size}`);
  }
  return reply.send(await bodyOf(opened));
}

async function bodyOf({ body }: OpenedObject) {
  return body.kind === 'bytes' ? body.bytes : body.open();
}

/** RFC 9110, section 13.1.5: with If-Range, a range counts only for the representation that the client has a part of. */
async function applicableRange(
  context: RequestContext,
  request: TokenRequest,
  input: VersionAddress,
): Promise<RangeRequest | undefined> {
  const range = parseRange(request.headers.range);
  const condition = request.headers['if-range'];
  if (range === undefined || typeof condition !== 'string') {
    return range;
  }
  const { object } = await headObject(context, input);
  const isSame = condition.startsWith('"')
    ? condition === `"${object.etag}"`
    : Date.parse(condition) === Math.floor(object.createdAt.getTime() / 1000) * 1000;
  return isSame ? range : undefined;
}

/** One range of bytes; several at once, and what is no range, are answered with the whole. */
function parseRange(header: string | undefined): RangeRequest | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) {
    return undefined;
  }
  if (first === '') {
    return { suffix: Number(last) };
  }
  if (last !== '' && Number(last) < Number(first)) {
    return undefined;
  }
  return last === '' ? { first: Number(first) } : { first: Number(first), last: Number(last) };
}

function conditionsOf(headers: IncomingHttpHeaders): ReadConditions {
  return {
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    ifModifiedSince: dateOf(headers['if-modified-since']),
    ifUnmodifiedSince: dateOf(headers['if-unmodified-since']),
  };
}

/** A date that cannot be read is ignored: RFC 9110, section 13.1.3. */
function dateOf(header: string | undefined): Date | undefined {
  const date = new Date(header ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** A browser must not run what users stored on the origin that serves the console. */
function setSafety(reply: FastifyReply): void {
  reply.headers({
    'x-content-type-options': 'nosniff',
    'content-security-policy':
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'",
    'cross-origin-resource-policy': 'same-site',
    'referrer-policy': 'no-referrer',
    'cache-control': 'private, no-store',
  });
}

function describeObject(reply: FastifyReply, object: ObjectInfo): void {
  const { headers } = object;
  const contentType = sendable(object.contentType) ?? 'application/octet-stream';
  const name = object.key.split('/').findLast((part) => part !== '') ?? 'object';
  const isInline = isInert(contentType) && !headers.contentDisposition?.toLowerCase().startsWith('attachment');
  reply.headers({
    'content-type': contentType,
    'content-disposition': contentDisposition(isInline ? 'inline' : 'attachment', name),
    etag: `"${object.etag}"`,
    'last-modified': object.createdAt.toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': sendable(headers.cacheControl) ?? 'private, no-cache',
  });
  for (const [header, value] of [
    ['content-encoding', sendable(headers.contentEncoding)],
    ['content-language', sendable(headers.contentLanguage)],
  ] as const) {
    if (value !== undefined) {
      reply.header(header, value);
    }
  }
}

/** The value when it can stand in a header line: what was stored through GraphQL may be any text. */
function sendable(value: string | undefined): string | undefined {
  return value !== undefined && /^[\t\x20-\x7e\x80-\xff]+$/.test(value) ? value : undefined;
}

function sendFailure(granary: Granary, request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const status = isGranaryError(error) ? statusOf(error) : 500;
  if (isGranaryError(error, 'NotModified')) {
    const { etag, lastModified } = error.data;
    reply.headers({
      ...(etag === undefined ? {} : { etag: `"${etag}"` }),
      ...(lastModified === undefined ? {} : { 'last-modified': String(lastModified) }),
    });
    return reply.code(304).send();
  }
  if (isGranaryError(error, 'RangeNotSatisfiable') && error.data.ActualObjectSize !== undefined) {
    reply.header('content-range', `bytes */${error.data.ActualObjectSize}`);
  }
  if (status === 500) {
    granary.log.error({ requestId: request.id, error }, 'a download failed');
  }
  const message = isGranaryError(error) && status !== 500 ? error.message : 'Internal error';
  const decisionId = isGranaryError(error) ? error.data.decisionId : undefined;
  if (decisionId !== undefined) {
    reply.header('x-granary-decision-id', String(decisionId));
  }
  const explanation = decisionId === undefined ? {} : { decisionId };
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send({ error: message, requestId: request.id, ...explanation });
}

function statusOf(error: GranaryError): number {
  switch (error.kind) {
    case 'Denied':
    case 'Unauthenticated':
      return 403;
    case 'NotFound':
    case 'Conflict':
      return 404;
    case 'PreconditionFailed':
      return 412;
    case 'RangeNotSatisfiable':
      return 416;
    case 'Unavailable':
      return 503;
    case 'RateLimited':
      return 429;
    case 'InvalidInput':
      return 400;
    default:
      return 500;
  }
}
