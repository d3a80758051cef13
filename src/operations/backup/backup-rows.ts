import { createReadStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { Client } from 'pg';
import {
  copyQueryOut,
  copyTableIn,
  copyTableOut,
  listTables,
  readSequences,
  type SequenceState,
  writeSequences,
} from '../../database/copy-tables.js';
import { migrationOptions } from '../../database/migration-options.js';
import { GranaryError } from '../../errors.js';
import type { BackupDirectory, Manifest } from './backup-directory.js';
import { type FileDigest, writeWhole } from './durable-files.js';

/** All rows as they were at one moment. */
export interface RowsSnapshot {
  migrations: string[];
  masterKeyIds: string[];
  tables: Manifest['tables'];
  sequences: SequenceState[];
}

/** Made anew by the migrations of a restore. */
const ownTables = [migrationOptions.tableName];

const migrationsQuery = `SELECT name FROM ${migrationOptions.tableName} ORDER BY id`;

// What is dead is never opened again.
const masterKeysQuery = `
  SELECT DISTINCT encode(id, 'hex') AS id FROM (
    SELECT substring(private_sealed FROM 2 FOR 4) AS id FROM signing_key
    UNION ALL SELECT substring(secret_sealed FROM 2 FOR 4) FROM access_key
    UNION ALL SELECT substring(key_sealed FROM 2 FOR 4) FROM encryption_key
    UNION ALL SELECT substring(secret_sealed FROM 2 FOR 4) FROM replication_target
    UNION ALL SELECT substring(bind_password_sealed FROM 2 FOR 4) FROM ldap_directory
    UNION ALL SELECT substring(client_secret_sealed FROM 2 FOR 4) FROM oidc_provider WHERE client_secret_sealed IS NOT NULL
    UNION ALL SELECT substring(secret_sealed FROM 2 FOR 4) FROM notification_target WHERE secret_sealed IS NOT NULL
    UNION ALL SELECT substring(secret_sealed FROM 2 FOR 4) FROM audit_key
    UNION ALL SELECT substring(wrapped_key FROM 3 FOR 4) FROM blob WHERE get_byte(wrapped_key, 1) = 1 AND state <> 'dead'
  ) AS needed ORDER BY id`;

/** SQL for the hexadecimal id of a seal, from the column that has its wrapped key: bytes of one seal are the same bytes. */
export function sealIdOf(column: string): string {
  return `encode(substring(${column} FROM 19 FOR 16), 'hex')`;
}

// Bytes that are pending or dead belong to nobody: the jobs clean up after them in the restored database too.
const filesQuery = `
  SELECT b.path, b.stored_size, b.id, COALESCE(${sealIdOf('b.wrapped_key')}, ''),
    COALESCE((SELECT string_agg(c.path, ',') FROM blob_copy c WHERE c.blob_id = b.id AND c.state = 'PLACED'), '')
  FROM blob b WHERE b.state = 'live' AND b.path IS NOT NULL ORDER BY b.path COLLATE "C"`;

/**
 * Where the list of the files that rows name is, until their bytes are copied: path, size, blob id, seal id, paths of
 * copies.
 */
export function namedFilesPath(directory: BackupDirectory): string {
  return `${directory.drafts}/named-files.tsv.zst`;
}

/** Writes all rows of one moment, while others go on writing. The client is in a transaction with one snapshot. */
export async function backUpRows(client: Client, directory: BackupDirectory, id: string): Promise<RowsSnapshot> {
  const migrations = await client.query<{ name: string }>(migrationsQuery);
  const keys = await client.query<{ id: string }>(masterKeysQuery);
  const tables: Manifest['tables'] = [];
  for (const table of await listTables(client, ownTables)) {
    const rows = copyTableOut(client, table);
    const written = await writeCompressed(directory, directory.table(id, table.name), rows);
    tables.push({ ...table, rows: rows.rowCount, ...written });
  }
  await writeCompressed(directory, namedFilesPath(directory), copyQueryOut(client, filesQuery));
  return {
    migrations: migrations.rows.map((row) => row.name),
    masterKeyIds: keys.rows.map((row) => row.id),
    tables,
    sequences: await readSequences(client, ownTables),
  };
}

/** Puts all rows back, in the transaction that the client is in. @throws GranaryError when a table has not its rows. */
export async function restoreRows(client: Client, directory: BackupDirectory, manifest: Manifest): Promise<void> {
  for (const table of manifest.tables) {
    const sink = copyTableIn(client, table);
    await pipeline(createReadStream(directory.table(manifest.id, table.name)), createZstdDecompress(), sink);
    if (sink.rowCount !== table.rows) {
      throw new GranaryError('DigestMismatch', `The table ${table.name} came back with ${sink.rowCount} rows.`);
    }
  }
  await writeSequences(client, manifest.sequences);
}

/** Compresses what comes into a file. */
export function writeCompressed(
  directory: BackupDirectory,
  path: string,
  text: AsyncIterable<string | Uint8Array> | Readable,
): Promise<FileDigest> {
  const source = text instanceof Readable ? text : Readable.from(text, { objectMode: false });
  return writeWhole(directory.drafts, path, compressed(source));
}

async function* compressed(source: Readable): AsyncGenerator<Uint8Array> {
  const zstd: Transform = createZstdCompress();
  const ended = pipeline(source, zstd);
  // The reader below gets the same error; nobody else waits for this one while it reads.
  ended.catch(() => undefined);
  for await (const piece of zstd) {
    yield piece as Buffer;
  }
  await ended;
}
