import type { RawAnswer } from './answer.js';
import { NetworkError } from './errors.js';

/** One request, with its body as a whole. */
export interface Sending {
  readonly fetch: typeof fetch;
  readonly url: string;
  readonly method: 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Blob;
  readonly credentials: 'include' | 'omit';
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of the body are on their way. */
  readonly onSent?: ((bytes: number) => void) | undefined;
  /** Whether the body may go without a length that is known before. */
  readonly length: 'announced' | 'open';
}

/** Sends a request. Throws {@link NetworkError}, or the signal's reason. */
export async function send(sending: Sending): Promise<RawAnswer> {
  sending.signal?.throwIfAborted();
  // Only this old interface tells a page how far a body has gone.
  return sending.onSent !== undefined && requestClass() !== undefined ? sendTold(sending) : sendFetched(sending);
}

async function sendFetched(sending: Sending): Promise<RawAnswer> {
  const { url, method, headers, body, credentials, signal, onSent } = sending;
  const isCounted = onSent !== undefined && body instanceof Blob && sending.length === 'open' && !isBrowser();
  const content = isCounted ? { body: body.stream().pipeThrough(counting(onSent)), duplex: 'half' } : { body };
  try {
    const init = { method, headers: { ...headers }, credentials, signal: signal ?? null, ...content };
    const response = await sending.fetch(url, init as RequestInit);
    const text = await response.text();
    onSent?.(sizeOf(body));
    return { status: response.status, text, header: (name) => response.headers.get(name) };
  } catch (error) {
    signal?.throwIfAborted();
    throw new NetworkError(error);
  }
}

/** Browsers send streams over HTTP/2 only. */
function isBrowser(): boolean {
  return 'WorkerGlobalScope' in globalThis || 'document' in globalThis;
}

function counting(onSent: (bytes: number) => void): TransformStream<Uint8Array, Uint8Array> {
  let sent = 0;
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      sent += chunk.byteLength;
      onSent(sent);
    },
  });
}

function sizeOf(body: string | Blob): number {
  return body instanceof Blob ? body.size : body.length;
}

/** What is needed of XMLHttpRequest, so that no types of a browser are. */
interface TellingRequest {
  readonly upload: { onprogress: ((event: { loaded: number }) => void) | null };
  onload: (() => void) | null;
  onerror: (() => void) | null;
  onabort: (() => void) | null;
  withCredentials: boolean;
  readonly status: number;
  readonly responseText: string;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getResponseHeader(name: string): string | null;
  send(body: string | Blob): void;
  abort(): void;
}

function requestClass(): (new () => TellingRequest) | undefined {
  return (globalThis as { XMLHttpRequest?: new () => TellingRequest }).XMLHttpRequest;
}

function sendTold({ url, method, headers, body, credentials, signal, onSent }: Sending): Promise<RawAnswer> {
  const Request = requestClass() as new () => TellingRequest;
  const request = new Request();
  const stop = (): void => request.abort();
  const answered = new Promise<RawAnswer>((resolve, reject) => {
    request.onload = () => {
      const { status, responseText } = request;
      resolve({ status, text: responseText, header: (name) => request.getResponseHeader(name) });
    };
    request.onerror = () => reject(new NetworkError(new TypeError('The request failed.')));
    request.onabort = () => reject(signal?.reason);
    request.upload.onprogress = ({ loaded }) => onSent?.(loaded);
    request.open(method, url);
    request.withCredentials = credentials === 'include';
    for (const [name, value] of Object.entries(headers)) {
      request.setRequestHeader(name, value);
    }
    request.send(body);
  });
  signal?.addEventListener('abort', stop, { once: true });
  return answered.finally(() => signal?.removeEventListener('abort', stop));
}
