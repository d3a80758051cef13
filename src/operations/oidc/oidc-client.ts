import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { GranaryError } from '../../errors.js';
import { guardedAgents, hostProblem, type OutgoingBounds, type PrivateNetworks } from '../outgoing-address.js';

/** From the first byte sent to the last one received. */
const requestLimitMs = 10_000;

/** Documents of providers are small; nothing of theirs is worth more memory than this. */
const longestAnswer = 512 * 1024;

/** What `fetch` takes, as far as it is used. */
export interface OidcRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** An address that the settings do not let us ask. */
export class OutOfBounds extends Error {}

/** The limit of {@link longestAnswer} was passed. */
class TooLong extends Error {}

/**
 * Asks OpenID providers: only at permitted addresses, within limits of time and size. Redirects are not followed, and
 * come back as they are.
 */
export class OidcClient {
  readonly #bounds: OutgoingBounds;
  readonly #agents: { httpAgent: Agent; httpsAgent: Agent };
  readonly #limitMs: number;

  constructor(networks: PrivateNetworks, limitMs = requestLimitMs) {
    this.#limitMs = limitMs;
    this.#bounds = {
      networks,
      setting: 'GRANARY_OIDC_ALLOW_PRIVATE',
      what: 'The provider',
      refuse: (problem) => new OutOfBounds(problem),
    };
    // Requests are rare, and a connection that the other side has given up meanwhile would fail one of them.
    this.#agents = guardedAgents(this.#bounds, { keepAlive: false, maxSockets: 32 });
  }

  /** Plain connections are for providers that run beside us. */
  get allowsPlain(): boolean {
    return this.#bounds.networks === 'on';
  }

  /** What is wrong with an address, as far as it shows before a name is resolved; null when nothing is. */
  problemOf(url: URL): string | null {
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.allowsPlain)) {
      return `The address of a provider begins with https://; only ${this.#bounds.setting}=on permits http://.`;
    }
    return hostProblem(url, this.#bounds);
  }

  /** As `fetch` does. @throws OutOfBounds */
  fetch(address: string, init: OidcRequest = {}): Promise<Response> {
    const url = new URL(address);
    const problem = this.problemOf(url);
    if (problem !== null) {
      return Promise.reject(new OutOfBounds(problem));
    }
    const limit = AbortSignal.timeout(this.#limitMs);
    const signal = init.signal ? AbortSignal.any([limit, init.signal]) : limit;
    return this.#send(url, init, signal);
  }

  close(): void {
    this.#agents.httpAgent.destroy();
    this.#agents.httpsAgent.destroy();
  }

  #send(url: URL, { method = 'GET', headers = {}, body }: OidcRequest, signal: AbortSignal): Promise<Response> {
    const isPlain = url.protocol === 'http:';
    const payload = body === undefined || body === null ? undefined : Buffer.from(String(body));
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const request = (isPlain ? httpRequest : httpsRequest)(url, {
      agent: isPlain ? this.#agents.httpAgent : this.#agents.httpsAgent,
      method,
      headers: payload === undefined ? headers : { ...headers, 'content-length': String(payload.length) },
      signal,
    });
    request.once('error', reject);
    request.once('response', (answer) => readAnswer(answer).then(resolve, reject));
    request.end(payload);
    return promise;
  }
}

async function readAnswer(answer: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestAnswer) {
      answer.destroy();
      throw new TooLong(`The answer has more than ${longestAnswer} bytes.`);
    }
    chunks.push(chunk);
  }
  const status = answer.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) {
      headers.append(name, value);
    }
  }
  const mayHaveBody = status >= 200 && status !== 204 && status !== 205 && status !== 304;
  return new Response(mayHaveBody ? Buffer.concat(chunks) : null, { status, headers });
}

/** Why a provider could not be asked, in our own words and a code: nothing of what was answered. */
export function describeOidcFailure(error: unknown): string {
  if (error instanceof OutOfBounds || error instanceof TooLong || error instanceof GranaryError) {
    return error.message;
  }
  const cause = rootOf(error);
  if (cause instanceof OutOfBounds || cause instanceof TooLong) {
    return cause.message;
  }
  if (['AbortError', 'TimeoutError'].includes(fieldOf(cause, 'name'))) {
    return 'The provider took too long.';
  }
  const code = fieldOf(cause, 'code');
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(code)
    ? `The connection to the provider failed: ${code}.`
    : 'The answer of the provider could not be understood.';
}

function rootOf(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 5; depth += 1) {
    const cause: unknown = typeof current === 'object' && current !== null ? Reflect.get(current, 'cause') : undefined;
    if (typeof cause !== 'object' || cause === null) {
      break;
    }
    current = cause;
  }
  return current;
}

function fieldOf(value: unknown, field: string): string {
  const found = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  return typeof found === 'string' ? found : '';
}
