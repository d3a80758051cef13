import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { RemoteFailure } from '../remote-failure.js';
import { patienceFor, withRetry } from '../retry.js';
import { corruptBlob } from '../storage-error.js';
import type { GoogleClient } from './gcs-client.js';
import type { ObjectUpload } from './object-service.js';
import { digestOfPart, lengthOf, sendFile } from './staged-body.js';

const MIB = 1024 * 1024;

/** Up to this size an upload is one request; beyond, it goes in chunks of it, which must be multiples of 256 KiB. */
const CHUNK_SIZE = 16 * MIB;

export interface GcsUpload extends ObjectUpload {
  client: GoogleClient;
  /** Where uploads into the bucket begin, below the endpoint. */
  path: string;
}

/** What was uploaded, as the service has it. */
const storedObject = z.object({ size: z.string(), crc32c: z.string() });

type StoredObject = z.infer<typeof storedObject>;

/** How far a session has come: the bytes that are safe, or the object that it has become. */
type Progress = { offset: number } | { stored: StoredObject };

interface Facts {
  crc32c: string;
  /** https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
  metadata: string;
}

/** Uploads a file as one object that must not be there yet. The service refuses bytes that were changed on their way. */
export async function uploadToGcs(upload: GcsUpload): Promise<void> {
  const { source, key, mark } = upload;
  const crc32c = (await digestOfPart('CRC32C', source.file, { start: 0, end: source.size - 1 })).toString('base64');
  const contentType = 'application/octet-stream';
  const metadata = JSON.stringify({ name: key, crc32c, contentType, metadata: { 'granary-upload': mark } });
  const facts = { crc32c, metadata };
  const stored = source.size <= CHUNK_SIZE ? await putWhole(upload, facts) : await putInChunks(upload, facts);
  if (stored.size !== String(source.size)) throw corruptBlob('has another size');
  if (stored.crc32c !== crc32c) throw corruptBlob('has another checksum');
}

/** https://cloud.google.com/storage/docs/uploading-objects#rest-upload-objects */
async function putWhole({ client, path, source, patience, signal }: GcsUpload, facts: Facts): Promise<StoredObject> {
  const boundary = randomUUID();
  const head = [
    ...['--', boundary, '\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n', facts.metadata],
    ...['\r\n--', boundary, '\r\nContent-Type: application/octet-stream\r\n\r\n'],
  ].join('');
  const tail = `\r\n--${boundary}--\r\n`;
  const length = Buffer.byteLength(head) + source.size + Buffer.byteLength(tail);
  const range = { start: 0, end: source.size - 1 };
  const answer = await withRetry({ patience: patienceFor(source.size, patience), signal }, (attempt) =>
    sendFile({ file: source.file, range, signal: attempt }, (body, abortSignal) =>
      client.json({
        method: 'POST',
        path,
        query: { uploadType: 'multipart', ifGenerationMatch: '0' },
        headers: { 'content-type': `multipart/related; boundary=${boundary}`, 'content-length': String(length) },
        body: enclosed(head, body, tail),
        signal: abortSignal,
      }),
    ),
  );
  return storedObject.parse(answer);
}

async function* enclosed(
  head: string,
  body: AsyncIterable<Buffer> | string,
  tail: string,
): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from(head);
  if (typeof body !== 'string') yield* body;
  yield Buffer.from(tail);
}

/** https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload */
async function putInChunks(upload: GcsUpload, facts: Facts): Promise<StoredObject> {
  const session = await openSession(upload, facts);
  try {
    let progress: Progress = { offset: 0 };
    while ('offset' in progress) progress = await sendChunk(upload, session, progress.offset);
    return progress.stored;
  } catch (error) {
    await cancelSession(upload, session);
    throw error;
  }
}

async function openSession({ client, path, source, patience, signal }: GcsUpload, facts: Facts): Promise<URL> {
  const location = await withRetry({ patience, signal }, async (abortSignal) => {
    const response = await client.send({
      method: 'POST',
      path,
      query: { uploadType: 'resumable', ifGenerationMatch: '0' },
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        'x-upload-content-length': String(source.size),
      },
      body: facts.metadata,
      signal: abortSignal,
    });
    await response.arrayBuffer();
    return response.headers.get('location');
  });
  const session = URL.parse(location ?? '');
  if (session === null) throw new RemoteFailure(undefined, 'NoUploadSession');
  return session;
}

/** Sends the chunk at an offset. A try that failed may have been heard, so each further one asks first. */
async function sendChunk(upload: GcsUpload, session: URL, offset: number): Promise<Progress> {
  const { source, patience, signal } = upload;
  const range = { start: offset, end: Math.min(offset + CHUNK_SIZE, source.size) - 1 };
  let tries = 0;
  return withRetry({ patience: patienceFor(lengthOf(range), patience), signal }, async (attempt) => {
    tries += 1;
    if (tries > 1) {
      const heard = await askSession(upload, session, attempt);
      if ('stored' in heard || heard.offset !== offset) return heard;
    }
    const progress = await sendFile({ file: source.file, range, signal: attempt }, async (body, abortSignal) =>
      sendToSession(upload, session, {
        headers: {
          'content-length': String(lengthOf(range)),
          'content-range': `bytes ${range.start}-${range.end}/${source.size}`,
        },
        body,
        signal: abortSignal,
      }),
    );
    if ('offset' in progress && progress.offset <= offset) throw new RemoteFailure(503, 'NothingWasKept');
    return progress;
  });
}

function askSession(upload: GcsUpload, session: URL, signal: AbortSignal): Promise<Progress> {
  const headers = { 'content-range': `bytes */${upload.source.size}` };
  return sendToSession(upload, session, { headers, signal });
}

async function sendToSession(
  { client }: GcsUpload,
  session: URL,
  sending: Pick<Parameters<GoogleClient['send']>[0], 'headers' | 'body' | 'signal'>,
): Promise<Progress> {
  const response = await client.send({ method: 'PUT', path: session, accept: [308], ...sending });
  if (response.status !== 308) return { stored: storedObject.parse(await response.json()) };
  await response.arrayBuffer();
  // No range says that nothing was kept.
  const last = /^bytes=0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1];
  return { offset: last === undefined ? 0 : Number(last) + 1 };
}

/** A session that cannot be cancelled now ends by itself: the failure that led here says more than that one. */
async function cancelSession({ client, patience }: GcsUpload, session: URL): Promise<void> {
  const signal = AbortSignal.timeout(patience.attemptMs);
  const cancelled = client.done({ method: 'DELETE', path: session, accept: [499], signal });
  await Promise.allSettled([cancelled]);
}
