import { Client } from 'pg';
import { GranaryError } from '../errors.js';
import { advisoryLocks } from './advisory-locks.js';
import { translateError } from './connection-error.js';

/** A connection that holds a shared advisory lock, for as long as it lives. */
export class SharedLock implements AsyncDisposable {
  readonly client: Client;
  readonly #key: number;

  private constructor(client: Client, key: number) {
    this.client = client;
    this.#key = key;
  }

  /** Waits for whoever has the lock for itself. @throws GranaryError Unavailable when nobody answers. */
  static async take(url: string, lock: keyof typeof advisoryLocks): Promise<SharedLock> {
    const client = new Client({ connectionString: url, application_name: `granary ${lock}`, keepAlive: true });
    // A lost connection is noticed by `requireHeld`, and by whatever statement comes next.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SET statement_timeout = 0');
      await client.query('SET idle_in_transaction_session_timeout = 0');
      await client.query('SELECT pg_advisory_lock_shared($1)', [advisoryLocks[lock]]);
      return new SharedLock(client, advisoryLocks[lock]);
    } catch (error) {
      await client.end();
      throw translateError(error);
    }
  }

  /** @throws GranaryError Unavailable when the connection was lost, and the lock with it. */
  async requireHeld(): Promise<void> {
    try {
      await this.client.query('SELECT pg_advisory_lock_shared($1)', [this.#key]);
      await this.client.query('SELECT pg_advisory_unlock_shared($1)', [this.#key]);
    } catch (error) {
      throw new GranaryError('Unavailable', 'The connection to the database was lost.', { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.end();
  }
}

/** Runs reads that all see the rows of one moment. */
export async function inSnapshot<T>(client: Client, read: () => Promise<T>): Promise<T> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const result = await read();
  await client.query('COMMIT');
  return result;
}
