import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Client } from 'pg';
import { openDatabase } from '../../src/database/database.js';
import { migrateTo } from '../../src/database/migrate.js';
import { blobPath } from '../../src/storage/blob-path.js';
import { createEmptyDatabase, type TestDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/directory.js';

const MIB = 1024 * 1024;
const SCOPE = 1;

/** Bytes of objects by their keys; `first` and `second` are the versions of one. */
export const contents = {
  empty: Buffer.alloc(0),
  small: randomBytes(700),
  large: randomBytes(3 * MIB),
  first: randomBytes(200_000),
  second: randomBytes(300),
  parts: [randomBytes(5 * MIB), randomBytes(5 * MIB), randomBytes(70_000)] as const,
};

/** A database and a data directory as the first schema's version left them. */
export interface OldInstallation extends AsyncDisposable {
  databaseUrl: string;
  dataDir: string;
  /** Has the first two of the parts. */
  uploadId: string;
}

/** Writes rows and files as Granary did before it sealed, compressed and placed what it stores. */
export async function makeOldInstallation(): Promise<OldInstallation> {
  const database = await createEmptyDatabase();
  const directory = await temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await makeFirstSchema(database);
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const uploadId = await new OldWriter(client, dataDir).writeAll();
    return {
      databaseUrl: database.url,
      dataDir,
      uploadId,
      async [Symbol.asyncDispose]() {
        await database.drop();
        await directory[Symbol.asyncDispose]();
      },
    };
  } finally {
    await client.end();
  }
}

async function makeFirstSchema({ url }: TestDatabase): Promise<void> {
  const database = await openDatabase({ url, poolSize: 2 });
  await migrateTo(database, 'Migration20261121000000');
  await database.close();
}

class OldWriter {
  readonly #client: Client;
  readonly #dataDir: string;

  constructor(client: Client, dataDir: string) {
    this.#client = client;
    this.#dataDir = dataDir;
  }

  async writeAll(): Promise<string> {
    await this.#identity();
    const large = await this.#blob(contents.large, 2);
    await this.#version({ bucket: 1, key: 'empty', bytes: contents.empty, blob: await this.#blob(contents.empty, 1) });
    await this.#version({ bucket: 1, key: 'small', bytes: contents.small, blob: await this.#blob(contents.small, 1) });
    await this.#version({ bucket: 1, key: 'large', bytes: contents.large, blob: large });
    await this.#version({ bucket: 1, key: 'equal', bytes: contents.large, blob: large });
    const [first, second, third] = contents.parts;
    const shared = [await this.#blob(first, 2), await this.#blob(second, 2)];
    await this.#multipart([...shared, await this.#blob(third, 1)]);
    const uploadId = await this.#openUpload(shared);
    await this.#history();
    await this.#query(`INSERT INTO bucket_usage VALUES (1, 3, 2, 2, $1), (1, 9, 3, 3, $2), (2, 0, 1, 2, 200300)`, [
      contents.small.length,
      2 * contents.large.length + sizeOf(contents.parts),
    ]);
    return uploadId;
  }

  async #identity(): Promise<void> {
    await this.#query(
      `INSERT INTO tenant (name, display_name, canonical_id) VALUES ('default', 'Default', 'old-tenant')`,
    );
    await this.#query(
      `INSERT INTO user_account (tenant_id, username, role, display_name, canonical_id)
       VALUES (1, 'admin', 'ADMINISTRATOR', 'Administrator', 'old-admin')`,
    );
    await this.#query(
      `INSERT INTO bucket (tenant_id, name, owner_id, versioning) VALUES (1, 'plain', 1, 'UNVERSIONED'), (1, 'kept', 1, 'ENABLED')`,
    );
  }

  async #history(): Promise<void> {
    const { first, second } = contents;
    const [old, young] = [await this.#blob(first, 1), await this.#blob(second, 1)];
    await this.#version({ bucket: 2, key: 'key', bytes: first, blob: old, place: 'older' });
    await this.#version({ bucket: 2, key: 'key', bytes: second, blob: young });
    await this.#query(
      `INSERT INTO object_version (bucket_id, key, is_latest, is_null, delete_marker, owner_id)
       VALUES (2, 'gone', true, false, true, 1)`,
    );
  }

  async #blob(bytes: Buffer, references: number): Promise<string> {
    const id = randomUUID();
    const sha256 = digest('sha256', bytes);
    const path = bytes.length > 32_768 ? blobPath('hot', sha256, id) : null;
    if (path !== null) {
      const file = join(this.#dataDir, 'blobs', path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    await this.#query(
      `INSERT INTO blob (id, scope, address, size, state, path, content, ref_count) VALUES ($1, $2, $3, $4, 'live', $5, $6, $7)`,
      [id, SCOPE, sha256, bytes.length, path, path === null ? bytes : null, references],
    );
    return id;
  }

  async #version(row: { bucket: number; key: string; bytes: Buffer; blob: string; place?: 'older' }): Promise<void> {
    const { bucket, key, bytes, blob, place } = row;
    await this.#query(
      `INSERT INTO object_version (bucket_id, key, is_latest, is_null, blob_id, size, etag, sha256, content_type, metadata, checksum, owner_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'text/plain', '{"made":"before"}',
         jsonb_build_object('type', 'FULL_OBJECT', 'algorithm', 'CRC32', 'value', $9::text), 1)`,
      [
        ...[bucket, key, place !== 'older', bucket === 1, blob, bytes.length],
        ...[digest('md5', bytes).toString('hex'), digest('sha256', bytes), checksum(bytes)],
      ],
    );
  }

  async #multipart(blobs: string[]): Promise<void> {
    const etag = digest('md5', Buffer.concat(contents.parts.map((bytes) => digest('md5', bytes)))).toString('hex');
    const { rows } = await this.#client.query<{ id: string }>(
      `INSERT INTO object_version (bucket_id, key, is_latest, is_null, size, etag, part_count, owner_id)
       VALUES (1, 'parts', true, true, $1, $2, 3, 1) RETURNING id`,
      [sizeOf(contents.parts), `${etag}-3`],
    );
    let start = 0;
    for (const [index, bytes] of contents.parts.entries()) {
      await this.#query('INSERT INTO version_part VALUES ($1, $2, $3, $4, $5, $6, $7)', [
        ...[rows[0]?.id, index + 1, blobs[index], start, bytes.length],
        ...[digest('md5', bytes).toString('hex'), checksum(bytes)],
      ]);
      start += bytes.length;
    }
  }

  async #openUpload(blobs: string[]): Promise<string> {
    const id = randomUUID();
    await this.#query(
      `INSERT INTO upload (id, bucket_id, key, owner_id, content_type) VALUES ($1, 1, 'open', 1, 'binary/octet-stream')`,
      [id],
    );
    for (const [index, blob] of blobs.entries()) {
      const bytes = contents.parts[index] ?? contents.empty;
      await this.#query('INSERT INTO upload_part VALUES ($1, $2, $3, $4, $5, $6)', [
        ...[id, index + 1, blob, bytes.length, digest('md5', bytes).toString('hex'), checksum(bytes)],
      ]);
    }
    return id;
  }

  async #query(text: string, values: unknown[] = []): Promise<void> {
    await this.#client.query(text, values);
  }
}

export function sizeOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, bytes) => sum + bytes.length, 0);
}

function digest(algorithm: 'md5' | 'sha256', bytes: Buffer): Buffer {
  return createHash(algorithm).update(bytes).digest();
}

function checksum(bytes: Buffer): string {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return value.toString('base64');
}
