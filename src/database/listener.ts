import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';

interface Subscriber {
  onPayload: (payload: string) => void;
  onGap: () => void;
}

const longestPauseMs = 5_000;

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
    const client = new Client({ connectionString: this.#url, application_name: 'granary listen', keepAlive: true });
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
    this.#client = client;
    return client;
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
        this.#onWarning(`Cannot listen again yet: ${error instanceof Error ? error.message : String(error)}`);
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
