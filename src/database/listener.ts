import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { answerLimitMs, connectLimitMs } from './answer-limit.js';

interface Subscriber {
  onPayload: (payload: string) => void;
  onGap: () => void;
}

const longestPauseMs = 5_000;

/** How often the connection, on which only the server speaks, is asked whether it is still there. */
const checkEveryMs = 15_000;

/** One connection for all channels of LISTEN. It comes back by itself and then tells everyone what they missed. */
export class Listener {
  readonly #url: string;
  readonly #onWarning: (message: string) => void;
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;
  #closed = false;
  readonly #closing = new AbortController();

  constructor(url: string, onWarning: (message: string) => void) {
    this.#url = url;
    this.#onWarning = onWarning;
  }

  /** Resolves when PostgreSQL has confirmed: from then on nothing is missed without a call of `onGap`. */
  async listen(channel: string, subscriber: Subscriber): Promise<() => Promise<void>> {
    const subscribers = this.#subscribers.get(channel) ?? new Set();
    this.#subscribers.set(channel, subscribers.add(subscriber));
    const client = await this.#connect();
    await client.query(`LISTEN "${channel}"`);
    return async () => {
      subscribers.delete(subscriber);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#closing.abort();
    await this.#connecting?.catch(() => undefined);
    await this.#client?.end();
  }

  #connect(): Promise<Client> {
    this.#connecting ??= this.#open();
    return this.#connecting;
  }

  async #open(): Promise<Client> {
    const client = new Client({
      connectionString: this.#url,
      application_name: 'granary listen',
      keepAlive: true,
      connectionTimeoutMillis: connectLimitMs,
      query_timeout: answerLimitMs,
    });
    let lost = false;
    const onLost = (): void => {
      if (!lost) {
        lost = true;
        void this.#reconnect();
      }
    };
    client.on('notification', ({ channel, payload }) => this.#deliver(channel, payload ?? ''));
    client.on('error', (error) => this.#onWarning(`Lost the connection that listens: ${error.message}`));
    try {
      await client.connect();
      for (const channel of this.#subscribers.keys()) {
        await client.query(`LISTEN "${channel}"`);
      }
    } catch (error) {
      this.#connecting = undefined;
      await client.end().catch(() => undefined);
      throw error;
    }
    client.on('end', onLost);
    this.#check(client);
    this.#client = client;
    return client;
  }

  /** Ends a connection that no longer answers, which makes it be opened anew. */
  #check(client: Client): void {
    const check = setInterval(() => {
      client.query('SELECT 1').catch((error: unknown) => {
        clearInterval(check);
        this.#onWarning(`The connection that listens does not answer: ${describe(error)}`);
        void client.end();
      });
    }, checkEveryMs).unref();
    client.once('end', () => clearInterval(check));
  }

  #deliver(channel: string, payload: string): void {
    for (const subscriber of this.#subscribers.get(channel) ?? []) {
      subscriber.onPayload(payload);
    }
  }

  async #reconnect(): Promise<void> {
    this.#client = undefined;
    this.#connecting = undefined;
    for (let pauseMs = 50; !this.#closed; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await this.#connect();
        this.#announceGap();
        return;
      } catch (error) {
        this.#onWarning(`Cannot listen again yet: ${describe(error)}`);
        await delay(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  #announceGap(): void {
    for (const subscriber of [...this.#subscribers.values()].flatMap((set) => [...set])) {
      subscriber.onGap();
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
