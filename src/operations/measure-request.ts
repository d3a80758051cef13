import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Metrics } from './metrics.js';

/** A request that is being measured. */
export interface MeasuredRequest {
  /** The operation or route, once it is known; a small set of names, never what a client has sent. */
  operation: string;
}

/** What was counted of a connection already. */
const counted = new WeakMap<Socket, { read: number; written: number }>();

/**
 * Counts a request, its time and its bytes when its answer has ended, however that comes about. Bytes are those of the
 * connection since the answer before: what was sent ahead of its turn is counted with the request before it.
 */
export function measureRequest(
  metrics: Metrics,
  face: 's3' | 'http',
  { message, response }: { message: IncomingMessage; response: ServerResponse },
): MeasuredRequest {
  const measured: MeasuredRequest = { operation: 'unknown' };
  const { socket } = message;
  const startedAt = performance.now();
  response.once('close', () => {
    const status = response.headersSent ? `${Math.trunc(response.statusCode / 100)}xx` : 'none';
    const seconds = (performance.now() - startedAt) / 1000;
    const { bytesRead: read, bytesWritten: written } = socket;
    const before = counted.get(socket) ?? { read: 0, written: 0 };
    counted.set(socket, { read, written });
    const [received, sent] = [Math.max(0, read - before.read), Math.max(0, written - before.written)];
    metrics.countRequest({ face, operation: measured.operation, status, seconds, received, sent });
  });
  return measured;
}
