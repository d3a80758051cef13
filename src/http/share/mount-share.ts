import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Granary } from '../../operations/context.js';
import { countShareDownload, countShareZip } from '../../operations/shares/count-share-download.js';
import { type OpenShare, openLocked, openShare, type Visitor } from '../../operations/shares/open-share.js';
import { unlockShare } from '../../operations/shares/unlock-share.js';
import { addressIn, viewFolder, viewObject, zippableFolder } from '../../operations/shares/visit-share.js';
import { contextOrigin } from '../context-origin.js';
import { mountPart } from '../mount-part.js';
import { ownPath } from '../public-url.js';
import { admitVisitor } from '../rate-limits.js';
import { sendFolder } from '../send-folder.js';
import { sendObject, setSafety } from '../send-object.js';
import { sendShareFailure } from './share-failure.js';
import { readPassword } from './share-form.js';
import { describeFolder, describeObject } from './share-json.js';
import { sendPage, setPageSafety, wantsPage } from './share-page.js';
import { keepProof, proofOf } from './share-proof.js';
import { folderView, objectView } from './share-views.js';

interface Share {
  Params: { token: string };
  Querystring: { folder?: unknown; file?: unknown; after?: unknown };
}

type ShareRequest = FastifyRequest<Share>;

/** Most of what a password in a form or in JSON can take. */
const mostBody = 16_384;

/** `/s/<token>`: what a share link leads to, as a page for people and as JSON for programs, and its bytes. */
export function mountShare(app: FastifyInstance, granary: Granary): void {
  void mountPart(app, 'share links', async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: mostBody },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    );
    scope.setErrorHandler((error, request, reply) =>
      sendShareFailure(granary, { request: request as ShareRequest, reply }, error),
    );
    const door = (work: Door) => async (request: ShareRequest, reply: FastifyReply) => {
      await admitVisitor(granary, request, request.params.token);
      return work(granary, request, reply);
    };
    scope.get<Share>('/s/:token', door(show));
    scope.post<Share>('/s/:token', { bodyLimit: mostBody }, door(unlock));
    scope.route<Share>({ method: ['GET', 'HEAD'], url: '/s/:token/content', handler: door(sendContent) });
    scope.route<Share>({ method: ['GET', 'HEAD'], url: '/s/:token/zip', handler: door(sendZip) });
  });
}

type Door = (granary: Granary, request: ShareRequest, reply: FastifyReply) => Promise<unknown>;

async function show(granary: Granary, request: ShareRequest, reply: FastifyReply): Promise<unknown> {
  setPageSafety(reply);
  const { token } = request.params;
  const pages = ownPath(granary.settings, '/s/');
  const share = await openShare(granary, visitorOf(granary, request));
  if (share.link.kind === 'OBJECT') {
    const object = await viewObject(share);
    return wantsPage(request)
      ? sendPage(reply, objectView(share, { token, object }))
      : reply.send(describeObject(share, { token, pages, object }));
  }
  const { folder, after } = request.query;
  const shown = await viewFolder(share, { folder: textOf(folder), after: textOf(after) || undefined });
  return wantsPage(request)
    ? sendPage(reply, folderView(share, { token, shown }))
    : reply.send(describeFolder(share, { token, pages, shown }));
}

async function unlock(granary: Granary, request: ShareRequest, reply: FastifyReply): Promise<unknown> {
  setPageSafety(reply);
  const visitor = visitorOf(granary, request);
  // First, for a form is shown for a link only, and not for whatever stands in its place in the address.
  await openLocked(granary, visitor);
  const given = readPassword(granary, request);
  const proved = await unlockShare(granary, { ...visitor, password: given.password });
  if (given.kind === 'json') {
    return reply.send(proved === undefined ? {} : { access: proved.proof, expiresAt: proved.expiresAt.toISOString() });
  }
  if (proved !== undefined) {
    keepProof(granary, { request, reply }, proved);
  }
  const query = given.folder === '' ? '' : `?folder=${encodeURIComponent(given.folder)}`;
  // Relative, for the page may be reached below another path.
  return reply
    .code(303)
    .header('location', `${encodeURIComponent(request.params.token)}${query}`)
    .send();
}

async function sendContent(granary: Granary, request: ShareRequest, reply: FastifyReply): Promise<unknown> {
  const file = textOf(request.query.file);
  const resumes = request.method === 'GET' && request.headers.range !== undefined ? { file } : undefined;
  const share = await openShare(granary, { ...visitorOf(granary, request), resumes });
  setSafety(reply);
  setPrivacy(reply);
  const exchange = { context: share.context, request, reply };
  return sendObject(exchange, addressIn(share, file), {
    as: 'share',
    before: ({ object, length, range }) =>
      countShareDownload(share, { object, bytes: length, extent: range === undefined ? 'whole' : 'range' }),
    follow: follow(granary, share),
  });
}

async function sendZip(granary: Granary, request: ShareRequest, reply: FastifyReply): Promise<unknown> {
  const share = await openShare(granary, visitorOf(granary, request));
  setSafety(reply);
  setPrivacy(reply);
  const folder = await zippableFolder(share, textOf(request.query.folder));
  return sendFolder({ context: share.context, request, reply }, folder, {
    linkId: share.link.id,
    before: () => countShareZip(share, folder),
    follow: follow(granary, share),
  });
}

function follow({ shares }: Granary, { link }: OpenShare) {
  return (stream: Parameters<typeof shares.follow>[1]): void => {
    shares.follow(link.id, stream);
  };
}

function visitorOf(granary: Granary, request: ShareRequest): Visitor {
  return {
    token: request.params.token,
    proof: proofOf(granary, request),
    origin: contextOrigin(granary.settings, request),
  };
}

/** A parameter that comes twice, and would be a list, is none. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function setPrivacy(reply: FastifyReply): void {
  reply.header('x-robots-tag', 'noindex, nofollow');
}
