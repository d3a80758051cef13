import { drainLimits } from '../config/drain-limits.js';
import type { Arrival } from './read-request.js';

/** True when bytes of the request's body are still to come, so that the connection cannot serve another request. */
export function isBodyPending({ message }: Arrival): boolean {
  return !message.complete && declaresBody(message.headers);
}

/** Sends the last bytes of an answer; an unread body is let in for a while before the connection closes. */
export function finishRequest(arrival: Arrival, bytes: Buffer | undefined): void {
  const { message, response } = arrival;
  if (!isBodyPending(arrival) || !isBodySent(arrival)) {
    response.end(bytes);
    return;
  }
  if (bytes === undefined) {
    response.flushHeaders();
  } else {
    response.write(bytes);
  }
  let drained = 0;
  const timer = setTimeout(end, drainLimits.ms).unref();
  message.on('data', (piece: Buffer) => {
    drained += piece.length;
    if (drained > drainLimits.bytes) {
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

/** A client that waits for `100 Continue` sends nothing without it, unless it has waited for long enough. */
function isBodySent({ expectsContinue, notes, message }: Arrival): boolean {
  return !expectsContinue || notes.wasContinued === true || message.readableLength > 0;
}

function declaresBody(headers: NodeJS.Dict<string | string[]>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
