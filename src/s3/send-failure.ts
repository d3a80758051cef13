import { GranaryError } from '../errors.js';
import type { Log } from '../operations/context.js';
import { hostId } from './protocol/request-id.js';
import { type S3Failure, toS3Failure } from './protocol/s3-error.js';
import { element, plainDocument } from './protocol/xml-writer.js';
import type { Arrival } from './read-request.js';
import { sendAnswer } from './send-answer.js';

/** Seconds after which it makes sense to try again. */
const usualRetry = '5';

/** Answers with S3's error document; logs what is the server's own fault. */
export async function sendFailure(arrival: Arrival, error: unknown, log: Log): Promise<void> {
  const failure = toS3Failure(error);
  if (failure.code === 'InternalError') {
    log.error({ requestId: arrival.id, error }, 'A request failed inside the server');
  }
  arrival.notes.errorCode = failure.code;
  const { response } = arrival;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers = [...headersOf(failure, error)];
  if (failure.status === 304) {
    return sendAnswer(arrival, { status: 304, headers }, log);
  }
  headers.push('Content-Type', 'application/xml');
  return sendAnswer(arrival, { status: failure.status, headers, body: errorDocument(arrival, failure) }, log);
}

function errorDocument({ id, message }: Arrival, failure: S3Failure): string {
  const resource = message.url?.split('?', 1)[0] ?? '/';
  return plainDocument('Error', [
    element('Code', failure.code),
    element('Message', failure.message),
    ...failure.fields.map(([name, value]) => element(name, value)),
    element('Resource', resource),
    element('RequestId', id),
    element('HostId', hostId),
  ]);
}

function headersOf(failure: S3Failure, error: unknown): string[] {
  const data = error instanceof GranaryError ? error.data : {};
  const headers: string[] = [];
  if (data.deleteMarker === true) {
    headers.push('x-amz-delete-marker', 'true');
  }
  if (data.decisionId !== undefined) {
    headers.push('x-granary-decision-id', String(data.decisionId));
  }
  if (data.versionId !== undefined) {
    headers.push('x-amz-version-id', String(data.versionId));
  }
  if (data.etag !== undefined) {
    headers.push('ETag', `"${data.etag}"`);
  }
  if (data.lastModified !== undefined) {
    headers.push('Last-Modified', String(data.lastModified));
  }
  if (failure.code === 'InvalidRange' && data.ActualObjectSize !== undefined) {
    headers.push('Content-Range', `bytes */${data.ActualObjectSize}`);
  }
  if (failure.status === 405) {
    headers.push('Allow', data.deleteMarker === true ? 'DELETE' : 'GET, HEAD, PUT, POST, DELETE');
  }
  if (failure.status === 503) {
    headers.push('Retry-After', String(data.retryAfter ?? usualRetry));
  }
  return headers;
}
