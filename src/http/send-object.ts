import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GranaryError } from '../errors.js';
import type { RequestContext } from '../operations/context.js';
import { getObject, headObject } from '../operations/objects/get-object.js';
import type { ObjectInfo, OpenedObject, RangeRequest, ReadConditions, VersionAddress } from '../operations/types.js';
import { contentDisposition, isInert } from './content-disposition.js';

/** A request for bytes, in the name of whoever the context says. */
export interface Exchange {
  context: RequestContext;
  request: Pick<FastifyRequest, 'method' | 'headers'>;
  reply: FastifyReply;
}

/** What happens around the sending. */
export interface Sending {
  /** To a stranger: as an attachment, also what a browser could show without harm, and for no cache. */
  as?: 'share';
  /** Before the first byte; when it throws, there is none. */
  before?(opened: OpenedObject): Promise<void>;
  /** Told of the stream that is being sent. */
  follow?(stream: Readable): void;
}

/** Sends one version, or a range of it, or answers HEAD, by the conditions of RFC 9110. */
export async function sendObject(
  { context, request, reply }: Exchange,
  address: VersionAddress,
  sending: Sending = {},
): Promise<unknown> {
  const input = { ...address, conditions: conditionsOf(request.headers) };
  if (request.method === 'HEAD') {
    const head = await headObject(context, input);
    describeObject(reply, head.object, sending);
    return reply.header('content-length', head.length).send();
  }
  const opened = await getObject(context, { ...input, range: await applicableRange(context, request, input) });
  // Before anything is said of the object or counted: what cannot be opened is told with no header of it, and is free.
  const body = await bodyOf(opened, sending);
  describeObject(reply, opened.object, sending);
  reply.header('content-length', opened.length);
  if (opened.range !== undefined) {
    const { start, end } = opened.range;
    reply.code(206).header('content-range', `bytes ${start}-${end}/${opened.object.size}`);
  }
  return reply.send(body);
}

async function bodyOf(opened: OpenedObject, { before, follow }: Sending): Promise<Buffer | Readable> {
  const { body } = opened;
  if (body.kind === 'bytes') {
    await before?.(opened);
    return body.bytes;
  }
  const stream = await body.open();
  return begin(stream, { before: () => before?.(opened), follow });
}

/** Follows a stream first, so that it also breaks off when it has to end before its first byte is sent. */
export async function begin(
  stream: Readable,
  { before, follow }: { before?: (() => Promise<void> | undefined) | undefined; follow: Sending['follow'] },
): Promise<Readable> {
  let failure: unknown;
  const keep = (error: unknown) => {
    failure = error;
  };
  // For good: until it is read nobody else would hear that it broke off.
  stream.on('error', keep);
  try {
    follow?.(stream);
    await before?.();
    if (stream.destroyed) {
      throw failure ?? stream.errored ?? new GranaryError('Unavailable', 'The download was broken off. Try again.');
    }
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return stream;
}

/** RFC 9110, section 13.1.5: with If-Range, a range counts only for the representation that the client has a part of. */
async function applicableRange(
  context: RequestContext,
  request: Exchange['request'],
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

function describeObject(reply: FastifyReply, object: ObjectInfo, { as }: Sending): void {
  const { headers } = object;
  const contentType = sendable(object.contentType) ?? 'application/octet-stream';
  const name = object.key.split('/').findLast((part) => part !== '') ?? 'object';
  const isInline =
    as === undefined && isInert(contentType) && !headers.contentDisposition?.toLowerCase().startsWith('attachment');
  reply.headers({
    'content-type': contentType,
    'content-disposition': contentDisposition(isInline ? 'inline' : 'attachment', name),
    etag: `"${object.etag}"`,
    'last-modified': object.createdAt.toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': as === undefined ? (sendable(headers.cacheControl) ?? 'private, no-cache') : 'private, no-store',
  });
  for (const [header, value] of [
    ['content-encoding', sendable(headers.contentEncoding)],
    ['content-language', sendable(headers.contentLanguage)],
    ['expires', as === undefined ? sendable(headers.expires) : undefined],
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

/** A browser must not run what users stored on the origin that serves the console. */
export function setSafety(reply: FastifyReply): void {
  reply.headers({
    'x-content-type-options': 'nosniff',
    'content-security-policy':
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'",
    'cross-origin-resource-policy': 'same-site',
    'referrer-policy': 'no-referrer',
    'cache-control': 'private, no-store',
  });
}
