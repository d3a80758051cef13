import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

interface Pair {
  client: Socket;
  server: Socket;
  /** Takes bytes and passes none on, as a network does that has forgotten the connection. */
  silent: boolean;
}

/** What stands between granary and its PostgreSQL, and fails as networks do. */
export class DatabaseProxy implements AsyncDisposable {
  readonly #socketPath: string;
  readonly #databaseUrl: string;
  readonly #pairs = new Set<Pair>();
  #listener: Server | undefined;
  #port = 0;
  #acceptsSilently = false;
  #bytesLeft = Number.POSITIVE_INFINITY;
  #onCut: (() => void) | undefined;

  private constructor(databaseUrl: string) {
    const { host, port } = Object.fromEntries(new URL(databaseUrl.replace('@/', '@localhost/')).searchParams);
    this.#socketPath = join(host ?? '', `.s.PGSQL.${port}`);
    this.#databaseUrl = databaseUrl;
  }

  /** @param databaseUrl of a PostgreSQL with a local socket, as tests have */
  static async open(databaseUrl: string): Promise<DatabaseProxy> {
    const proxy = new DatabaseProxy(databaseUrl);
    await proxy.restore();
    return proxy;
  }

  /** The database's address through the proxy. */
  get url(): string {
    return this.#databaseUrl.replace(/@(\/[^?]*).*/, `@127.0.0.1:${this.#port}$1`);
  }

  /** Ends every connection and refuses new ones. */
  async refuse(): Promise<void> {
    const closed = new Promise((resolve) => this.#listener?.close(resolve));
    this.cut();
    await closed;
    this.#listener = undefined;
  }

  /** Says nothing more on the connections there are, ever, and nothing on new ones. */
  fallSilent(): void {
    this.#acceptsSilently = true;
    for (const pair of this.#pairs) {
      pair.silent = true;
    }
  }

  /** Serves new connections again; those that fell silent stay so. */
  async restore(): Promise<void> {
    this.#acceptsSilently = false;
    if (this.#listener === undefined) {
      this.#listener = createServer((client) => this.#accept(client)).listen(this.#port, '127.0.0.1');
      await once(this.#listener, 'listening');
      this.#port = (this.#listener.address() as AddressInfo).port;
    }
  }

  /** Ends every connection when so many more bytes have passed, wherever in a message or transaction that is. */
  async cutAfter(bytes: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#onCut = resolve;
      this.#bytesLeft = bytes;
    });
  }

  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
    this.#pairs.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.refuse();
  }

  #accept(client: Socket): void {
    const pair = { client, server: connect(this.#socketPath), silent: this.#acceptsSilently };
    this.#pairs.add(pair);
    this.#forward(pair, client, pair.server);
    this.#forward(pair, pair.server, client);
  }

  #forward(pair: Pair, from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      if (!pair.silent) {
        this.#pass(bytes, to);
      }
    });
    const end = (): void => {
      this.#pairs.delete(pair);
      to.destroy();
    };
    from.on('error', end);
    from.on('close', end);
  }

  #pass(bytes: Buffer, to: Socket): void {
    to.write(bytes.subarray(0, Math.min(bytes.length, this.#bytesLeft)));
    this.#bytesLeft -= bytes.length;
    if (this.#bytesLeft <= 0) {
      this.#bytesLeft = Number.POSITIVE_INFINITY;
      // In a later turn, so that what was still to pass has left.
      setImmediate(() => {
        this.cut();
        this.#onCut?.();
      });
    }
  }
}
