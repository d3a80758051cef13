import type { Arrival } from './read-request.js';

/** How much of an unwanted body is read, and for how long, so that a client that is still sending sees the answer. */
const maxDrainBytes = 1024 * 1024;
const maxDrainMs = 2000;

/** True when bytes of the request's body are still to come, so that the connection cannot serve another request. */
export function isBodyPending({ message }: Arrival): boolean {
  return !message.complete && declaresBody(message.headers);
}

/** Sends the last bytes of an answer; an unread body is let in for a while before the connection closes. */
export function finishRequest(arrival: Arrival, bytes: Buffer | undefined): void {
  const { message, response } = arrival;
  if (!isBodyPending(arrival) || arrival.expectsContinue) {
    response.end(bytes);
    return;
  }
  if (bytes === undefined) {
    response.flushHeaders();
  } else {
    response.write(bytes);
  }
  let drained = 0;
  const timer = setTimeout(end, maxDrainMs).unref();
  message.on('data', (piece: Buffer) => {
    drained += piece.length;
    if (drained > maxDrainBytes) {
      end();
    }
  });
  message.on('end', end);
  message.on('close', end);
  message.on('error', end);
  message.resume();
  function end(): void {
    clearTimeout(timer);
    message.pause();
    response.end();
  }
}

function declaresBody(headers: NodeJS.Dict<string | string[]>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
