import type { LdapConnection } from './ldap-connection.js';
import { LdapFailure } from './ldap-failure.js';

interface IdleConnection {
  connection: LdapConnection;
  timer: NodeJS.Timeout;
}

export interface PoolOptions {
  /** Makes a connection that is bound as the account that searches. */
  open(): Promise<LdapConnection>;
  size: number;
  /** How long a connection may be unused. */
  idleMs: number;
  /** How long work waits for a connection. */
  waitMs: number;
}

/** How much work may wait for a connection. */
const mostWaiting = 64;

/** A bounded number of connections for searches. Those that nobody needs are closed, those that broke are replaced. */
export class LdapPool {
  readonly #options: PoolOptions;
  readonly #idle: IdleConnection[] = [];
  readonly #waiting: (() => void)[] = [];
  #inUse = 0;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Runs the work on a connection. When one that was idle turns out to be gone, the work is run again on a new one. */
  async run<T>(work: (connection: LdapConnection) => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      const idle = this.#takeIdle();
      if (idle !== undefined) {
        try {
          return await this.#use(idle, work);
        } catch (error) {
          if (!idle.isClosed || !(error instanceof LdapFailure) || error.problem !== 'UNREACHABLE') {
            throw error;
          }
        }
      }
      return await this.#use(await this.#options.open(), work);
    } finally {
      this.#leave();
    }
  }

  /** Closes what is idle now, and what is in use when it is given back. */
  close(): void {
    this.#isClosed = true;
    for (const { connection, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      connection.close();
    }
  }

  async #use<T>(connection: LdapConnection, work: (connection: LdapConnection) => Promise<T>): Promise<T> {
    try {
      return await work(connection);
    } finally {
      this.#giveBack(connection);
    }
  }

  #takeIdle(): LdapConnection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (!idle.connection.isClosed) {
        return idle.connection;
      }
    }
    return undefined;
  }

  #giveBack(connection: LdapConnection): void {
    if (this.#isClosed) {
      connection.close();
    } else if (!connection.isClosed) {
      const timer = setTimeout(() => this.#evict(connection), this.#options.idleMs).unref();
      this.#idle.push({ connection, timer });
    }
  }

  #evict(connection: LdapConnection): void {
    const index = this.#idle.findIndex((idle) => idle.connection === connection);
    this.#idle.splice(index, 1);
    connection.close();
  }

  async #enter(): Promise<void> {
    if (this.#inUse < this.#options.size) {
      this.#inUse += 1;
      return;
    }
    if (this.#waiting.length >= mostWaiting) {
      throw busy();
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
      reject(busy());
    }, this.#options.waitMs);
    this.#waiting.push(resolve);
    await promise.finally(() => clearTimeout(timer));
  }

  /** A place is handed over, so that nobody can slip in between. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#inUse -= 1;
    } else {
      next();
    }
  }
}

function busy(): LdapFailure {
  return new LdapFailure('BUSY', 'Too much is asked of the directory at once.');
}
