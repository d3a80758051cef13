import { setTimeout as delay } from 'node:timers/promises';
import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { Migrator } from '@mikro-orm/migrations';
import { DataloaderType, type EntityClass, type Logger, MikroORM } from '@mikro-orm/postgresql';
import type { ClientBase, Pool, PoolClient } from 'pg';
import { GranaryError } from '../errors.js';
import { answerLimitMs, closeLimitMs, connectLimitMs, statementLimitMs } from './answer-limit.js';
import { isConnectionError, translateError } from './connection-error.js';
import { requireTime, watchPool } from './deadline.js';
import { Listener } from './listener.js';
import { migrationOptions } from './migration-options.js';
import { retryConflicts } from './retry-conflicts.js';
import { rowTypes } from './row-types.js';
import type { Queryable, Statement } from './statement.js';

export { retryConflicts } from './retry-conflicts.js';
export { type Queryable, type Statement, statement } from './statement.js';

export interface DatabaseOptions {
  /** Address of a PostgreSQL, 14 or later. */
  url: string;
  /** Most connections; one more is opened when something listens. */
  poolSize: number;
  /** The classes that the ORM maps; none are needed for plain statements. */
  entities?: readonly EntityClass<object>[];
  /** Told of what heals by itself, for the log. */
  onWarning?: (message: string) => void;
}

const oldestServer = 140_000;

/** PostgreSQL: plain statements on the hot paths, the ORM for everything else, both on one pool. */
export class Database implements Queryable {
  readonly pool: Pool;
  /** Use a `fork()` of its entity manager for each unit of work. */
  readonly orm: MikroORM;
  readonly url: string;
  readonly #listener: Listener;

  constructor(parts: { pool: Pool; orm: MikroORM; url: string; onWarning: (message: string) => void }) {
    this.pool = parts.pool;
    this.orm = parts.orm;
    this.url = parts.url;
    this.#listener = new Listener(parts.url, parts.onWarning);
  }

  async query<Row>(statement: Statement, values?: unknown[]): Promise<Row[]> {
    const client = await this.#acquire();
    try {
      const rows = await run<Row>(client, statement, values);
      client.release();
      return rows;
    } catch (error) {
      // Only a broken connection is given up: the others keep their prepared statements.
      client.release(isConnectionError(error));
      throw translateError(error);
    }
  }

  /**
   * Runs the work in one READ COMMITTED transaction, and all of it again when another transaction was in its way
   * (23505, 40001, 40P01): work must have no effect outside the transaction.
   * @throws GranaryError Unavailable when the connection breaks; when it broke in COMMIT, the outcome is unknown.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return retryConflicts(() => this.#attempt(work));
  }

  /**
   * Follows a channel of NOTIFY. After a lost connection came back, `onGap` is called: what was sent in between is
   * not known, so that caches must be dropped.
   * @returns what ends it.
   */
  listen(channel: string, onPayload: (payload: string) => void, onGap: () => void): Promise<() => Promise<void>> {
    return this.#listener.listen(channel, { onPayload, onGap }).catch((error) => {
      throw translateError(error);
    });
  }

  async close(): Promise<void> {
    const closed = this.#listener.close().then(() => this.orm.close(true));
    await Promise.race([closed, delay(closeLimitMs, undefined, { ref: false })]);
  }

  async #attempt<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    const client = await this.#acquire();
    let broken = false;
    try {
      await client.query(limited('BEGIN ISOLATION LEVEL READ COMMITTED'));
      const result = await work(new Transaction(client));
      await client.query(limited('COMMIT'));
      return result;
    } catch (error) {
      broken = isConnectionError(error) || isConnectionError(causeOf(error)) || !(await rolledBack(client));
      throw translateError(error);
    } finally {
      client.release(broken);
    }
  }

  async #acquire(): Promise<PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw translateError(error);
    }
  }
}

class Transaction implements Queryable {
  readonly #client: PoolClient;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  async query<Row>(statement: Statement, values?: unknown[]): Promise<Row[]> {
    try {
      return await run<Row>(this.#client, statement, values);
    } catch (error) {
      throw translateError(error);
    }
  }
}

/**
 * Connects.
 * @throws GranaryError Unavailable when nobody answers, InvalidInput when the server is older than PostgreSQL 14.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const onWarning = options.onWarning ?? (() => undefined);
  let pool: Pool | undefined;
  const orm = await MikroORM.init({
    // The driver takes the address itself below; the ORM only wants to know a name.
    dbName: databaseName(options.url),
    entities: [...(options.entities ?? [])],
    metadataProvider: ReflectMetadataProvider,
    metadataCache: { enabled: false },
    discovery: { warnWhenNoEntities: false },
    dataloader: DataloaderType.ALL,
    extensions: [Migrator],
    migrations: migrationOptions,
    // Functions and triggers are in migrations/functions: the schema generator would drop what it does not know.
    schemaGenerator: { ignoreRoutines: true, ignoreTriggers: true },
    loggerFactory: () => ormLogger(onWarning),
    driverOptions: {
      connectionString: options.url,
      application_name: 'granary',
      max: options.poolSize,
      idleTimeoutMillis: 60_000,
      connectionTimeoutMillis: connectLimitMs,
      keepAlive: true,
      // By a statement, as poolers between refuse what they do not know in a connection's first message.
      onConnect: (client: ClientBase) => client.query(`SET statement_timeout = ${statementLimitMs}`),
      onPoolCreated: (created: Pool) => {
        pool = created;
        watchPool(created);
      },
    },
  });
  try {
    await orm.connect();
    if (pool === undefined) {
      throw new Error('The ORM did not make its pool');
    }
    const database = new Database({ pool, orm, url: options.url, onWarning });
    await requireVersion(database);
    return database;
  } catch (error) {
    await orm.close(true);
    throw translateError(error);
  }
}

async function run<Row>(client: PoolClient, { name, text }: Statement, values: unknown[] | undefined): Promise<Row[]> {
  requireTime();
  const result = await client.query({ ...limited(text), name, values, types: rowTypes });
  return result.rows as Row[];
}

/** A connection whose answer did not come in time is not used again: the answer might come to another question. */
function limited(text: string): { text: string; query_timeout: number } {
  return { text, query_timeout: answerLimitMs };
}

// A failed COMMIT has rolled back already, and ROLLBACK outside a transaction is only a notice.
async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query(limited('ROLLBACK'));
    return true;
  } catch {
    return false; // The caller then gives the connection up, which rolls back too.
  }
}

// The ORM's own log of queries and progress is left out; what heals by itself is passed on.
function ormLogger(onWarning: (message: string) => void): Logger {
  const ignore = (): void => undefined;
  return {
    log: ignore,
    logQuery: ignore,
    setDebugMode: ignore,
    isEnabled: () => false,
    warn: (_namespace, message) => onWarning(message),
    error: (_namespace, message) => onWarning(message),
  };
}

async function requireVersion(database: Database): Promise<void> {
  const [row] = await database.query<{ number: number; version: string }>({
    name: 'server_version',
    text: `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version`,
  });
  if (row !== undefined && row.number < oldestServer) {
    throw new GranaryError('InvalidInput', `DATABASE_URL leads to PostgreSQL ${row.version}; 14 or later is needed`);
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function databaseName(url: string): string {
  return decodeURIComponent(/^[^?]*\/\/[^/]*\/([^?]*)/.exec(url)?.[1] ?? '') || 'postgres';
}
