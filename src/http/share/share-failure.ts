import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isGranaryError } from '../../errors.js';
import type { Granary } from '../../operations/context.js';
import { shareEnded } from '../../operations/shares/open-share.js';
import { sendDownloadFailure } from '../download.js';
import { startForm } from './share-form.js';
import { sendPage, setPageSafety, wantsPage } from './share-page.js';
import { passwordView, problemView } from './share-views.js';

type ShareRequest = FastifyRequest<{ Params: { token: string }; Querystring: { folder?: unknown } }>;

/** What a visitor is told: of whatever does not lead anywhere the same, and of the server nothing. */
interface Told {
  status: number;
  title: string;
  message: string;
  password?: 'needed';
}

/** Answers with what went wrong, as a page or as JSON. */
export function sendShareFailure(
  granary: Granary,
  { request, reply }: { request: ShareRequest; reply: FastifyReply },
  error: unknown,
): FastifyReply {
  if (isGranaryError(error, 'NotModified', 'PreconditionFailed', 'RangeNotSatisfiable')) {
    return sendDownloadFailure(granary, { request, reply }, error);
  }
  for (const header of [
    'content-disposition',
    'content-length',
    'content-range',
    'accept-ranges',
    'etag',
    'last-modified',
  ]) {
    reply.removeHeader(header);
  }
  setPageSafety(reply);
  const told = toldOf(error);
  if (told.status === 500) {
    granary.log.error({ requestId: request.id, error }, 'a share link failed');
  }
  if (isGranaryError(error, 'RateLimited', 'Unavailable') && error.data.retryAfter !== undefined) {
    reply.header('retry-after', String(error.data.retryAfter));
  }
  const { status, message, password } = told;
  reply.code(status);
  if (!wantsPage(request)) {
    return reply.send({ error: message, ...(password === undefined ? {} : { passwordRequired: true }) });
  }
  if (password === undefined) {
    return sendPage(reply, problemView(told));
  }
  const form = startForm(granary, { request, reply });
  const isWrong = isGranaryError(error) && error.reason !== 'SharePassword';
  return sendPage(
    reply,
    passwordView({
      token: request.params.token,
      form,
      folder: folderOf(request),
      problem: isWrong ? message : undefined,
    }),
  );
}

/** Where the visitor wants to go: by the address, or by the form that had the wrong password. */
function folderOf({ body, query }: ShareRequest): string {
  const folder = body instanceof URLSearchParams ? body.get('folder') : query.folder;
  return typeof folder === 'string' ? folder : '';
}

function toldOf(error: unknown): Told {
  if (isGranaryError(error, 'Denied')) {
    switch (error.reason) {
      case 'SharePassword':
      case 'WrongPassword':
      case 'ForeignForm':
        return { status: 403, title: 'Password', message: error.message, password: 'needed' };
      default:
        return ended(shareEnded('UNKNOWN').message);
    }
  }
  if (isGranaryError(error, 'NotFound', 'Conflict')) {
    return ended(error.reason === 'ShareEnded' ? error.message : shareEnded('UNKNOWN').message);
  }
  if (isGranaryError(error, 'InvalidInput')) {
    // What cannot be a key is not there either.
    return error.reason === 'InvalidInput'
      ? { status: 400, title: 'Not understood', message: error.message }
      : ended(shareEnded('UNKNOWN').message);
  }
  if (isGranaryError(error, 'RateLimited')) {
    const isGuessing = error.reason === 'TooManyAttempts';
    return { status: 429, title: 'One moment', message: error.message, ...(isGuessing ? { password: 'needed' } : {}) };
  }
  if (isGranaryError(error, 'Unavailable')) {
    return { status: 503, title: 'One moment', message: 'This does not work just now. Try again in a moment.' };
  }
  const status = isGranaryError(error) ? 500 : Math.min((error as FastifyError).statusCode ?? 500, 500);
  return status === 500
    ? { status, title: 'Something went wrong', message: 'Something went wrong here. Try again later.' }
    : { status, title: 'Not understood', message: 'The request cannot be understood.' };
}

function ended(message: string): Told {
  return { status: 404, title: 'Nothing here', message };
}
