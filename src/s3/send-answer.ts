import { pipeline, type Readable } from 'node:stream';
import type { Log } from '../operations/context.js';
import type { Answer, StreamedBody } from './exchange.js';
import { finishRequest, isBodyPending } from './finish-request.js';
import { hostId } from './protocol/request-id.js';
import type { Arrival } from './read-request.js';

/** Sends an answer: head and small bodies in one write, large ones as fast as the client takes them. */
export async function sendAnswer(arrival: Arrival, answer: Answer, log: Log): Promise<void> {
  const { body } = answer;
  if (body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body)) {
    return sendStream(arrival, answer, body, log);
  }
  const { response, message } = arrival;
  if (message.method === 'HEAD' || answer.status === 304 || answer.status === 204) {
    noteAnswer(arrival, answer, 0);
    response.writeHead(answer.status, headOf(arrival, answer.headers));
    finishRequest(arrival, undefined);
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const length = bytes?.length ?? 0;
  noteAnswer(arrival, answer, length);
  response.writeHead(answer.status, headOf(arrival, [...answer.headers, 'Content-Length', String(length)]));
  finishRequest(arrival, bytes);
}

async function sendStream(arrival: Arrival, answer: Answer, body: StreamedBody, log: Log): Promise<void> {
  const { response } = arrival;
  const stream = await body.open();
  if (response.destroyed) {
    stream.destroy();
    return;
  }
  noteAnswer(arrival, answer, body.length);
  response.writeHead(answer.status, headOf(arrival, [...answer.headers, 'Content-Length', String(body.length)]));
  // A failure cuts the connection, for the status is gone; a client that leaves frees the file.
  pipeline(stream, response, (error) => {
    if (error && !isClientGone(error)) {
      log.error({ requestId: arrival.id, error }, 'An object could not be read to its end');
    }
  });
  closeQuietly(stream);
}

function noteAnswer({ notes, message }: Arrival, { status, headers }: Answer, length: number): void {
  notes.answer = { atMs: performance.now(), status, headers, length, writtenBefore: message.socket.bytesWritten };
}

/** The ids that every answer carries, then the answer's own headers. */
function headOf(arrival: Arrival, headers: string[]): string[] {
  const head = ['x-amz-request-id', arrival.id, 'x-amz-id-2', hostId, ...arrival.moreHeaders, ...headers];
  if (isBodyPending(arrival)) {
    head.push('Connection', 'close');
  }
  return head;
}

/** The pipeline reports errors; a stream without a listener would end the process when it fails after the client left. */
function closeQuietly(stream: Readable): void {
  stream.on('error', () => undefined);
}

function isClientGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ECONNRESET' || error.code === 'EPIPE';
}
