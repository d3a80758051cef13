import type { IncomingMessage, ServerResponse } from 'node:http';
import { MIMEType } from 'node:util';
import { processRequest } from 'graphql-upload-minimal';
import { drainLimits } from '../config/drain-limits.js';
import { BadMultipart, MultipartGate } from './multipart-gate.js';

const fieldBytes = 1024 * 1024;
const mostFiles = 100;

/** RFC 2046, section 5.1.1: 1 to 70 characters, the last of them no space. */
const boundaryPattern = /^[\w'()+,\-./:=? ]{0,69}[\w'()+,\-./:=?]$/;

/**
 * Reads the fields of a GraphQL multipart request and hands out its files as they come in. Throws {@link BadMultipart}
 * for what is not one. Call it only for a caller that is signed in: from here on the body costs work.
 */
export async function receiveMultipart(
  request: IncomingMessage,
  response: ServerResponse,
  { idleMs }: { idleMs: number },
): Promise<Record<string, unknown>> {
  const boundary = requiredBoundary(request.headers['content-type'] ?? '');
  // The type with nothing but its boundary, so that the parser cannot see another one than was checked here.
  const headers = { ...request.headers, 'content-type': `multipart/form-data; boundary="${boundary}"` };
  const gate = new MultipartGate(headers, { boundary, preambleBytes: 2 * fieldBytes + 65_536, idleMs });
  request.once('close', () => request.complete || gate.fail(new BadMultipart('The client went away.', 499)));
  request.once('error', (error) => gate.fail(error));
  response.once('close', () => {
    request.unpipe(gate);
    gate.fail(new BadMultipart('The request was answered already.'));
  });
  request.pipe(gate);
  try {
    const limits = { maxFieldSize: fieldBytes, maxFiles: mostFiles };
    const operations = await processRequest(gate as unknown as IncomingMessage, response, limits);
    return operations as unknown as Record<string, unknown>;
  } catch (error) {
    throw error instanceof BadMultipart ? error : new BadMultipart(messageOf(error), statusOf(error));
  }
}

function requiredBoundary(contentType: string): string {
  const boundary = boundaryOf(contentType);
  if (boundary === null || !boundaryPattern.test(boundary)) {
    throw new BadMultipart('The Content-Type must have a boundary of 1 to 70 characters (RFC 2046).');
  }
  return boundary;
}

function boundaryOf(contentType: string): string | null {
  try {
    return new MIMEType(contentType).params.get('boundary');
  } catch {
    // What is no media type has no boundary either.
    return null;
  }
}

/** Once the answer is out, what is left of the body is read and dropped for a while; then the connection ends. */
export function discardAfter(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.readableEnded || request.destroyed) {
      return;
    }
    let bytes = 0;
    const timer = setTimeout(() => request.destroy(), drainLimits.ms).unref();
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > drainLimits.bytes) {
        request.destroy();
      }
    });
    request.once('close', () => clearTimeout(timer));
    request.resume();
  });
}

/** The library's and the parser's messages speak of the form alone. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The form cannot be read.';
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 400;
  return status >= 400 && status < 500 ? status : 400;
}
