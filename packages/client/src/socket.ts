import { toError } from './answer.js';
import { Channel } from './channel.js';
import { GranaryError, type GraphqlError, NetworkError } from './errors.js';

/** What the protocol graphql-transport-ws says (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md). */
interface Message {
  readonly type: 'connection_ack' | 'next' | 'error' | 'complete' | 'ping' | 'pong';
  readonly id?: string;
  readonly payload?: unknown;
}

export interface SocketOptions {
  readonly url: string;
  readonly WebSocket: typeof WebSocket;
  readonly authorization: string | undefined;
}

const unauthorized = 4401;
const connectMs = 15_000;
const pingMs = 20_000;

/** One WebSocket, which several subscriptions share until the last one ends. */
export class Socket {
  readonly #socket: WebSocket;
  readonly #channels = new Map<string, Channel<unknown>>();
  readonly #acknowledged: Promise<void>;
  #acknowledge: () => void = () => undefined;
  #refuse: (error: unknown) => void = () => undefined;
  #lastId = 0;
  #failure: GranaryError | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor({ url, WebSocket, authorization }: SocketOptions) {
    this.#acknowledged = new Promise((resolve, reject) => {
      this.#acknowledge = resolve;
      this.#refuse = reject;
    });
    this.#acknowledged.catch(() => undefined);
    this.#socket = new WebSocket(url, 'graphql-transport-ws');
    this.#expect(connectMs);
    this.#socket.onopen = () =>
      this.#send({ type: 'connection_init', ...(authorization === undefined ? {} : { payload: { authorization } }) });
    this.#socket.onmessage = ({ data }: { data: unknown }) => this.#read(String(data));
    this.#socket.onclose = ({ code, reason }: { code: number; reason: string }) => this.#closed(code, reason);
    this.#socket.onerror = () => undefined;
  }

  /** False once it has closed, or is about to. */
  get isUsable(): boolean {
    return this.#failure === undefined;
  }

  /** Opened by the first that subscribes. Throws when the connection was refused. */
  async subscribe(query: string, variables: unknown): Promise<Channel<unknown>> {
    await this.#acknowledged;
    this.#lastId += 1;
    const id = String(this.#lastId);
    const channel = new Channel<unknown>(() => this.#leave(id));
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    this.#channels.set(id, channel);
    this.#send({ id, type: 'subscribe', payload: { query, variables } });
    return channel;
  }

  #leave(id: string): void {
    if (this.#channels.has(id)) {
      this.#send({ id, type: 'complete' });
      this.#forget(id);
    }
  }

  #forget(id: string): void {
    this.#channels.delete(id);
    if (this.#channels.size === 0) {
      this.#closed(1000, '');
      this.#socket.close(1000);
    }
  }

  #read(text: string): void {
    const { type: kind, id = '', payload } = JSON.parse(text) as Message;
    const channel = this.#channels.get(id);
    this.#expect(pingMs);
    switch (kind) {
      case 'connection_ack':
        this.#acknowledge();
        break;
      case 'next':
        tellNext(channel, payload as Answer);
        break;
      case 'error':
        channel?.fail(toError(payload as GraphqlError[]));
        this.#forget(id);
        break;
      case 'complete':
        channel?.end();
        this.#forget(id);
        break;
      case 'ping':
        this.#send({ type: 'pong' });
        break;
      case 'pong':
        break;
      default:
        kind satisfies never;
    }
  }

  /** After silence it is asked for a sign of life; without one the connection is held to be lost. */
  #expect(milliseconds: number): void {
    clearTimeout(this.#silence);
    if (!this.isUsable) {
      return;
    }
    this.#silence = setTimeout(() => {
      if (this.#socket.readyState === 1) {
        this.#send({ type: 'ping' });
      }
      this.#silence = setTimeout(() => {
        this.#closed(4408, 'The server says nothing any more');
        this.#socket.close(4408);
      }, pingMs);
    }, milliseconds);
  }

  #send(message: object): void {
    if (this.#socket.readyState === 1) {
      this.#socket.send(JSON.stringify(message));
    }
  }

  #closed(code: number, reason: string): void {
    clearTimeout(this.#silence);
    this.#failure ??=
      code === unauthorized
        ? new GranaryError('UNAUTHENTICATED', 'The connection was refused: sign in.', { status: 401 })
        : new NetworkError(new Error(`The WebSocket closed with ${code} ${reason}`));
    this.#refuse(this.#failure);
    for (const channel of this.#channels.values()) {
      channel.fail(this.#failure);
    }
    this.#channels.clear();
  }
}

interface Answer {
  data?: unknown;
  errors?: GraphqlError[];
}

/** An event is told whole or as an error. */
export function tellNext(channel: Channel<unknown> | undefined, { data, errors = [] }: Answer): void {
  if (errors.length > 0) {
    channel?.fail(toError(errors, { data }));
  } else {
    channel?.push(data);
  }
}
