import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GranaryError } from '../errors.js';
import type { Granary, RequestContext } from '../operations/context.js';
import { appendToUpload, finishUpload, getTusUpload } from '../operations/uploads/append-to-upload.js';
import { concatenateUploads } from '../operations/uploads/concatenate-uploads.js';
import { createUpload } from '../operations/uploads/create-upload.js';
import { giveUpUpload } from '../operations/uploads/give-up-upload.js';
import { expiryOf, type StagedUpload } from '../operations/uploads/staged-upload.js';
import { authenticate } from './authenticate.js';
import { contextOrigin } from './context-origin.js';
import { mountPart } from './mount-part.js';
import { publicUrlOf } from './public-url.js';
import { admitCaller } from './rate-limits.js';
import { sendTusFailure } from './tus-failure.js';
import { checksumNames, numberOf, readChecksum, readConcat, readCreation } from './tus-headers.js';
import { discardAfter } from './upload-guard.js';

const version = '1.0.0';
const bytesType = 'application/offset+octet-stream';
const extensions = 'creation,creation-with-upload,expiration,checksum,termination,concatenation';

interface Exchange {
  context: RequestContext;
  request: FastifyRequest;
  reply: FastifyReply;
}

type Verb = (exchange: Exchange) => Promise<unknown>;

/** `/files`: uploads that can be resumed, by https://tus.io/protocols/resumable-upload (version 1.0.0). */
export function mountTus(app: FastifyInstance, granary: Granary): void {
  void mountPart(app, 'tus', async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body is read where it is wanted, as it comes.
    scope.addContentTypeParser(bytesType, (_request, _payload, done) => done(null));
    scope.setErrorHandler((error, request, reply) => sendTusFailure(granary, { error, request, reply }));
    scope.addHook('onSend', async (_request, reply) => {
      reply.headers({ 'tus-resumable': version, 'cache-control': 'no-store' });
    });
    const answer = (verb: Verb) => async (request: FastifyRequest, reply: FastifyReply) => {
      discardAfter(request.raw, reply.raw);
      requireVersion(request, reply);
      return verb({ context: await contextOf(granary, request), request, reply });
    };
    scope.options('/files', (_request, reply) => describe(granary, reply));
    scope.options('/files/:id', (_request, reply) => describe(granary, reply));
    scope.post('/files', answer(create));
    scope.head('/files/:id', answer(head));
    scope.patch('/files/:id', answer(append));
    scope.delete('/files/:id', answer(terminate));
    scope.post('/files/:id', answer(overridden));
  });
}

function describe({ settings }: Granary, reply: FastifyReply): FastifyReply {
  reply.headers({
    'tus-version': version,
    'tus-extension': extensions,
    'tus-max-size': settings.maxUploadSize,
    'tus-checksum-algorithm': checksumNames.join(','),
  });
  return reply.code(204).send();
}

function requireVersion({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (headers['tus-resumable'] !== version) {
    reply.header('tus-version', version);
    throw new GranaryError('PreconditionFailed', `The header Tus-Resumable must be ${version}.`);
  }
}

async function contextOf(granary: Granary, request: FastifyRequest): Promise<RequestContext> {
  const origin = contextOrigin(granary.settings, request);
  const caller = await admitCaller(granary, request, () => authenticate(granary, request.raw, origin));
  if (caller.kind === 'anonymous') {
    throw new GranaryError('Unauthenticated', 'Sign in before you upload.');
  }
  return { granary, caller, ...origin };
}

/** For clients behind what lets only GET and POST through. */
async function overridden(exchange: Exchange): Promise<unknown> {
  switch (exchange.request.headers['x-http-method-override']) {
    case 'PATCH':
      return append(exchange);
    case 'DELETE':
      return terminate(exchange);
    case 'HEAD':
      return head(exchange);
    default:
      throw new GranaryError('NotSupported', 'An upload takes HEAD, PATCH and DELETE.');
  }
}

async function create(exchange: Exchange): Promise<unknown> {
  const { context, request, reply } = exchange;
  const { concat, uploadIds } = readConcat(request.headers);
  const creation = readCreation(request, concat);
  if (uploadIds !== undefined) {
    const id = await concatenateUploads(context, { ...creation, uploadIds });
    return reply.code(201).header('location', locationOf(exchange, id)).send();
  }
  const { id } = await createUpload(context, { ...creation, size: lengthOf(request) });
  reply.header('location', locationOf(exchange, id));
  const staged = await getTusUpload(context, id);
  const isEmpty = staged.upload.plannedSize === 0;
  if (request.headers['content-type'] === bytesType || isEmpty) {
    reply.header('upload-offset', await receive(exchange, staged, 0));
  }
  return reply.code(201).header('upload-expires', expiryOf(context, staged.upload).toUTCString()).send();
}

async function head({ context, request, reply }: Exchange): Promise<unknown> {
  const staged = await getTusUpload(context, idOf(request));
  const { upload, receivedBytes } = staged;
  const length = upload.plannedSize ?? 0;
  // The server may have gone down between the last byte and the object.
  if (receivedBytes === length && staged.partCount > 0) {
    await finishUpload(context, staged);
  }
  return reply
    .code(200)
    .headers({
      'upload-offset': receivedBytes,
      'upload-length': length,
      ...(upload.tus?.metadata ? { 'upload-metadata': upload.tus.metadata } : {}),
      ...(upload.tus?.concat ? { 'upload-concat': upload.tus.concat } : {}),
      ...(upload.state === 'OPEN' ? { 'upload-expires': expiryOf(context, upload).toUTCString() } : {}),
    })
    .send();
}

async function append(exchange: Exchange): Promise<unknown> {
  const { context, request, reply } = exchange;
  if (request.headers['content-type'] !== bytesType) {
    return reply.code(415).send({ error: `The Content-Type must be ${bytesType}.` });
  }
  const offset = numberOf(request.headers['upload-offset'], 'Upload-Offset');
  const staged = await getTusUpload(context, idOf(request));
  const end = await receive(exchange, staged, offset);
  if (staged.upload.state === 'OPEN') {
    reply.header('upload-expires', expiryOf(context, staged.upload).toUTCString());
  }
  return reply.code(204).header('upload-offset', end).send();
}

function receive({ context, request }: Exchange, staged: StagedUpload, offset: number): Promise<number> {
  const { headers, raw } = request;
  const length = headers['content-length'];
  return appendToUpload(context, staged, {
    offset,
    // Ending the stream early would end the connection, before there is an answer.
    body: raw.iterator({ destroyOnReturn: false }),
    length: length === undefined ? undefined : numberOf(length, 'Content-Length'),
    digest: readChecksum(headers['upload-checksum']),
  });
}

async function terminate({ context, request, reply }: Exchange): Promise<unknown> {
  await getTusUpload(context, idOf(request));
  await giveUpUpload(context, idOf(request));
  return reply.code(204).send();
}

function idOf(request: FastifyRequest): string {
  return (request.params as { id: string }).id;
}

function lengthOf({ headers }: FastifyRequest): number {
  if (headers['upload-defer-length'] !== undefined) {
    throw new GranaryError('InvalidInput', 'The length of an upload must be known when it is created.');
  }
  return numberOf(headers['upload-length'], 'Upload-Length');
}

function locationOf({ context, request }: Exchange, id: string): string {
  return `${publicUrlOf(context.granary.settings, request.raw)}/files/${id}`;
}
