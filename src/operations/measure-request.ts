import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from './metrics.js';

/** A request that is being measured. */
export interface MeasuredRequest {
  /** The operation or route, once it is known; a small set of names, never what a client has sent. */
  operation: string;
}

/**
 * Counts a request, its time and its bytes when its answer has ended, however that comes about. Bytes are those of the
 * connection meanwhile: answers to requests that were sent ahead of their turn are counted with the one before.
 */
export function measureRequest(
  metrics: Metrics,
  face: 's3' | 'http',
  { message, response }: { message: IncomingMessage; response: ServerResponse },
): MeasuredRequest {
  const measured: MeasuredRequest = { operation: 'unknown' };
  const { socket } = message;
  const startedAt = performance.now();
  const written = socket.bytesWritten;
  const head = message.rawHeaders.reduce((sum, text) => sum + text.length, 0);
  const read = Math.max(0, socket.bytesRead - head);
  response.once('close', () => {
    const status = response.headersSent ? `${Math.trunc(response.statusCode / 100)}xx` : 'none';
    metrics.requests.observe({ face, operation: measured.operation, status }, (performance.now() - startedAt) / 1000);
    metrics.bytesIn.inc({ face }, Math.max(0, socket.bytesRead - read));
    metrics.bytesOut.inc({ face }, Math.max(0, socket.bytesWritten - written));
  });
  return measured;
}
