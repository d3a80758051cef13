import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type GranaryError, isGranaryError } from '../errors.js';
import type { Granary } from '../operations/context.js';
import { openDownloadLink } from '../operations/objects/download-link.js';
import { contextOrigin } from './context-origin.js';
import { admitAnonymous } from './rate-limits.js';
import { sendFolder } from './send-folder.js';
import { sendObject, setSafety } from './send-object.js';

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
    return sendDownloadFailure(granary, { request, reply }, error);
  }
}

export function sendDownloadFailure(
  granary: Granary,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  error: unknown,
): FastifyReply {
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
  if (isGranaryError(error) && error.data.retryAfter !== undefined) {
    reply.header('retry-after', String(error.data.retryAfter));
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
