import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { packageRoot } from '../config/package-root.js';
import { GranaryError } from '../errors.js';
import { advisoryLocks } from './advisory-locks.js';
import { translateError } from './connection-error.js';
import type { Database } from './database.js';

/**
 * Brings the schema up to date: the migrations that have not run yet, then every function of `migrations/functions`
 * as it is now. Processes that start together take turns; the ones that come later find nothing to do.
 */
export async function migrate(database: Database): Promise<void> {
  // A connection of its own: the lock belongs to the session, and the migrations take theirs from the pool.
  const client = new Client({ connectionString: database.url, application_name: 'granary migrate' });
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLocks.migrate]);
    await applyMigrations(database);
    await applyFunctions(client);
  } catch (error) {
    throw translateError(error);
  } finally {
    await client.end();
  }
}

/** What rewrites large tables takes longer than a statement of the pool may. */
async function applyMigrations({ orm }: Database): Promise<void> {
  const connection = orm.em.getConnection();
  await connection.transactional(async (transaction) => {
    await connection.execute('SET LOCAL statement_timeout = 0', [], 'run', transaction);
    await orm.migrator.up({ transaction });
  });
}

/** Brings an empty database to the schema as it was when the migration with this name was the last one. */
export async function migrateTo(database: Database, lastMigration: string): Promise<void> {
  await database.orm.migrator.up({ to: lastMigration });
}

/**
 * For those who use the database without being its server.
 * @throws GranaryError Conflict unless its schema is the one that this version knows.
 */
export async function requireMigrated(database: Database): Promise<void> {
  const pending = await database.orm.migrator.getPending();
  if (pending.length > 0) {
    throw new GranaryError('Conflict', 'The database is empty, or of an older version. Start the server once.');
  }
}

async function applyFunctions(client: Client): Promise<void> {
  const directory = join(packageRoot, 'migrations', 'functions');
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  await client.query('BEGIN');
  for (const file of files) {
    await client.query(await readFile(join(directory, file), 'utf8'));
  }
  await client.query('COMMIT');
}
