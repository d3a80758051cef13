import type { ReadStream } from 'node:fs';
import { Storage } from '@google-cloud/storage';
import { isRetryable, RemoteFailure, remoteFailure } from '../remote-failure.js';

export const GOOGLE_ENDPOINT = 'https://storage.googleapis.com';

/** No error of the service is longer; what is beyond is not read. */
const MAX_ERROR_BYTES = 64 * 1024;

export interface GoogleRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the endpoint and already encoded, or the address of an upload session, which needs no credentials. */
  path: string | URL;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string | ReadStream | AsyncIterable<Uint8Array>;
  /** Answers that are no failure beside 2xx. */
  accept?: readonly number[];
  signal: AbortSignal;
}

/**
 * Requests of Google's JSON API. The SDK gives the credentials only: its own requests can neither be aborted nor say
 * whether an upload that broke was done. https://cloud.google.com/storage/docs/json_api/v1
 */
export class GoogleClient {
  readonly #endpoint: string;
  readonly #auth: Storage['authClient'];

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
    this.#auth = new Storage().authClient;
  }

  /** @throws RemoteFailure for any other status; its code is the reason that the service gives. */
  async send(request: GoogleRequest): Promise<Response> {
    const { method, body, signal, accept = [] } = request;
    const url = this.#urlOf(request);
    const headers = { ...request.headers, ...(await this.#credentialsFor(request, url)) };
    const sending = body === undefined ? {} : { body, duplex: 'half' as const };
    // A redirect would take the bytes, and the credentials, to somebody else.
    const response = await fetch(url, { method, headers, signal, redirect: 'manual', ...sending });
    if (response.ok || accept.includes(response.status)) return response;
    throw new RemoteFailure(response.status, await reasonOf(response));
  }

  /** For answers that are short and are JSON. */
  async json(request: GoogleRequest): Promise<unknown> {
    return (await this.send(request)).json();
  }

  /** For answers of which the status says all. */
  async done(request: GoogleRequest): Promise<void> {
    await (await this.send(request)).arrayBuffer();
  }

  #urlOf({ path, query }: GoogleRequest): URL {
    const url = typeof path === 'string' ? new URL(this.#endpoint + path) : path;
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    return url;
  }

  /** None go over a connection that anybody can read: that is an emulator, or a mistake. */
  async #credentialsFor({ path, signal }: GoogleRequest, url: URL): Promise<Record<string, string>> {
    if (typeof path !== 'string' || url.protocol !== 'https:') return {};
    try {
      return Object.fromEntries(await unlessAborted(this.#auth.getRequestHeaders(url), signal));
    } catch (error) {
      const failure = remoteFailure(error);
      if (isRetryable(failure) || failure.status !== undefined) throw failure;
      // What is missing, a file or a setting, is said by the text of the error only.
      throw new RemoteFailure(undefined, 'NoDefaultCredentials');
    }
  }
}

/** For work that cannot be aborted: it goes on, but nobody waits for it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes */
async function reasonOf(response: Response): Promise<string> {
  const text = await beginningOf(response);
  return /"reason":\s*"([A-Za-z]{1,64})"/.exec(text)?.[1] ?? 'Refused';
}

async function beginningOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
