import { Client, escapeLiteral } from 'pg';
import { type KeySettings, openMasterKeys } from '../../auth/master-key.js';
import type { Database } from '../../database/database.js';
import { migrate, migrateTo } from '../../database/migrate.js';
import { migrationOptions } from '../../database/migration-options.js';
import { GranaryError } from '../../errors.js';
import { claimStores, setInstallationId } from '../blobs/store-owners.js';
import type { Granary } from '../context.js';
import { BackupDirectory, type Manifest } from './backup-directory.js';
import { restoreRows } from './backup-rows.js';
import { checkRows } from './check-backup.js';
import { checkRestoredFiles, type RestoredFiles, restoreFiles } from './restore-files.js';
import { beginRestore, finishRestore } from './restore-marker.js';

/** Where a backup is restored to. */
export interface RestoreTarget {
  settings: KeySettings;
  /** Opened after the data directory was found to be empty. */
  open(): Promise<{ database: Database; store: Granary['store'] }>;
}

export interface RestoreOptions {
  /** Where the backups are. */
  directory: string;
  /** The id of one generation; the newest when absent. */
  generation?: string | undefined;
  /** What to do when a master key is missing that the backup needs: `refuse` is the default. */
  missingKeys?: 'refuse' | 'accept' | undefined;
  /** What to do with stores of the settings that are another installation's: `refuse` is the default. */
  foreignStores?: 'refuse' | 'take over' | undefined;
  onProgress?: ((done: RestoredFiles) => void) | undefined;
}

export interface FinishedRestore extends RestoredFiles {
  manifest: Manifest;
  rows: number;
  /** Ids of master keys that the data directory has not: until they are imported, the server does not start. */
  missingKeyIds: string[];
}

/**
 * Restores a backup into an empty database and an empty data directory. Bytes come first, then all rows in one transaction,
 * and the mark that keeps a server from starting goes when everything was found to be there. Killed at any point it
 * can be run again. What is restored is another installation than the one that was backed up.
 */
export async function restoreBackup(target: RestoreTarget, options: RestoreOptions): Promise<FinishedRestore> {
  const directory = new BackupDirectory(options.directory);
  const manifest = await findGeneration(directory, options.generation);
  requireKnownSchema(manifest);
  const missingKeyIds = await findMissingKeys(target.settings, manifest);
  if (missingKeyIds.length > 0 && options.missingKeys !== 'accept') {
    throw keysNeeded(missingKeyIds);
  }
  const unlock = await directory.lockForReading();
  try {
    const done = await restoreGeneration(target, { directory, manifest }, options);
    const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
    return { ...done, manifest, rows, missingKeyIds };
  } finally {
    await unlock();
  }
}

interface Generation {
  directory: BackupDirectory;
  manifest: Manifest;
}

async function restoreGeneration(
  target: RestoreTarget,
  generation: Generation,
  options: RestoreOptions,
): Promise<RestoredFiles> {
  const { directory, manifest } = generation;
  const { dataDir } = target.settings;
  await checkRows(directory, manifest);
  const { attempt, installationId } = await beginRestore(dataDir, manifest.id);
  const { database, store } = await target.open();
  const isLoaded = await prepareDatabase(database, { manifest, attempt });
  await claimStores(store.owners, installationId, options.foreignStores ?? 'refuse');
  const done = await restoreFiles(store, generation, options.onProgress ?? (() => undefined));
  if (!isLoaded) {
    await loadRows(database, generation);
  }
  await migrate(database);
  await setInstallationId(database, installationId);
  await checkRestoredFiles(store, generation);
  await finishRestore(dataDir);
  return done;
}

/** The finished generation with the id, or the newest. @throws GranaryError NotFound when there is none. */
export async function findGeneration(directory: BackupDirectory, id: string | undefined): Promise<Manifest> {
  const finished = await directory.finished();
  const found = id === undefined ? finished.at(-1) : finished.find((manifest) => manifest.id === id);
  if (found === undefined) {
    const ids = finished.map((manifest) => manifest.id).join(', ') || 'none';
    const wanted = id === undefined ? 'finished backup' : `finished backup ${id}`;
    throw new GranaryError('NotFound', `There is no ${wanted} in ${directory.root}. There are: ${ids}.`);
  }
  return found;
}

/** The server's start brings an older schema up to date; a newer one it does not know. */
function requireKnownSchema({ migrations }: Manifest): void {
  const known = migrationOptions.migrationsList.map((migration) => migration.name);
  if (migrations.some((name, index) => known[index] !== name)) {
    throw new GranaryError(
      'NotSupported',
      'The backup was made by a newer version of Granary. Restore it with that one.',
    );
  }
}

async function findMissingKeys(settings: KeySettings, manifest: Manifest): Promise<string[]> {
  const masterKeys = await openMasterKeys(settings);
  return manifest.masterKeyIds.filter((id) => masterKeys?.find(Buffer.from(id, 'hex')) === undefined);
}

/**
 * @returns true when a restore of this backup before this one came as far as to commit the rows.
 * @throws GranaryError Conflict when the database has anything else.
 */
async function prepareDatabase(
  database: Database,
  { manifest, attempt }: { manifest: Manifest; attempt: 'first' | 'again' },
): Promise<boolean> {
  const tables = await countTables(database);
  if (tables === 0) {
    await migrateTo(database, manifest.migrations.at(-1) ?? '');
    return false;
  }
  const held = attempt === 'again' ? await findRows(database, manifest) : 'others';
  if (held === 'others') {
    throw new GranaryError('Conflict', `The database is not empty: it has ${tables} tables.`);
  }
  if (held === 'none') {
    await migrateTo(database, manifest.migrations.at(-1) ?? '');
  }
  return held === 'ours';
}

/**
 * Whose rows a database with tables has. All rows come in one transaction, which also says on the table of tenants where
 * they come from; every database in use has a tenant.
 */
async function findRows(database: Database, manifest: Manifest): Promise<'none' | 'ours' | 'others'> {
  const { rows } = await database.pool.query<{ migrated: boolean; made: boolean; origin: string | null }>(
    `SELECT to_regclass($1) IS NOT NULL AS migrated, to_regclass('tenant') IS NOT NULL AS made,
       obj_description(to_regclass('tenant'), 'pg_class') AS origin`,
    [migrationOptions.tableName],
  );
  const found = rows[0];
  if (found?.origin === originOf(manifest)) {
    return 'ours';
  }
  if (found?.migrated !== true) {
    return 'others';
  }
  return found.made && (await database.pool.query('SELECT FROM tenant LIMIT 1')).rows.length > 0 ? 'others' : 'none';
}

function originOf({ id }: Manifest): string {
  return `Restored from the backup ${id}`;
}

async function countTables(database: Database): Promise<number> {
  const { rows } = await database.pool.query<{ tables: number }>(
    `SELECT count(*)::int AS tables FROM pg_class
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v')`,
  );
  return rows[0]?.tables ?? 0;
}

async function loadRows(database: Database, { directory, manifest }: Generation): Promise<void> {
  const client = new Client({ connectionString: database.url, application_name: 'granary restore' });
  await client.connect();
  try {
    await client.query('SET statement_timeout = 0');
    await client.query('BEGIN');
    await restoreRows(client, directory, manifest);
    await client.query(`COMMENT ON TABLE tenant IS ${escapeLiteral(originOf(manifest))}`);
    await client.query('COMMIT');
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
}

function keysNeeded(ids: string[]): GranaryError {
  return new GranaryError(
    'InvalidInput',
    `The backup needs the master ${ids.length === 1 ? 'key' : 'keys'} ${ids.join(', ')}, which this data directory has not, ` +
      'and without which nothing that was sealed can be read. ' +
      'Import them first (granary keys import --from FILE), or set GRANARY_MASTER_KEY.',
    { reason: 'InvalidMasterKey' },
  );
}
