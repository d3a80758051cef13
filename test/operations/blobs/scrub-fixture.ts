import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import type { Settings } from '../../../src/config/settings.js';
import { startTestServer, type TestServer } from '../../support/server.js';

export interface BlobPlace {
  id: string;
  path: string;
  damage: string | null;
}

/** Compares digests: jest compares buffers byte by byte, in seconds. */
export function expectSame(read: Buffer, written: Buffer): void {
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  expect([read.length, digest(read)]).toEqual([written.length, digest(written)]);
}

/** A server with one bucket, whose files and rows a test may damage. */
export class ScrubbedServer {
  readonly bucket = 'scrubbed';
  readonly server: TestServer;

  private constructor(server: TestServer) {
    this.server = server;
  }

  static async start(overrides: Partial<Settings> = {}): Promise<ScrubbedServer> {
    const scrubbed = new ScrubbedServer(await startTestServer({ scrubRate: 2 ** 40, gcGraceSeconds: 0, ...overrides }));
    await scrubbed.server.s3.send(new CreateBucketCommand({ Bucket: scrubbed.bucket }));
    return scrubbed;
  }

  async sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.server.granary.database.pool.query(text, values)).rows as Row[];
  }

  async put(key: string, body: Buffer, more: Partial<PutObjectCommandInput> = {}): Promise<BlobPlace> {
    await this.server.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ...more }));
    return this.placeOf(key);
  }

  async placeOf(key: string): Promise<BlobPlace> {
    const [place] = await this.sql<BlobPlace>(
      `SELECT b.id, b.path, b.damage FROM object_version v JOIN blob b ON b.id = v.blob_id
       WHERE v.key = $1 AND v.is_latest`,
      [key],
    );
    if (place === undefined) {
      throw new Error(`${key} has no blob`);
    }
    return place;
  }

  async get(key: string, more: object = {}): Promise<Buffer> {
    const { Body } = await this.server.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: key, ...more }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  fileOf(path: string): string {
    return join(this.server.settings.dataDir, 'blobs', path);
  }

  async flipBit(path: string, at: number): Promise<void> {
    const file = await open(this.fileOf(path), 'r+');
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
    await file.close();
  }

  /** Changes the wrapped key in a blob's row, beyond the id of the key that wrapped it. */
  async damageKey(blobId: string): Promise<void> {
    await this.sql(
      'UPDATE blob SET wrapped_key = set_byte(wrapped_key, 60, get_byte(wrapped_key, 60) # 1) WHERE id = $1',
      [blobId],
    );
  }

  async eventsOf(action: string): Promise<{ details: { damage?: string; versions: { key: string }[] } }[]> {
    return this.sql('SELECT details FROM event WHERE action = $1 ORDER BY id', [action]);
  }

  async integrityOf(key: string): Promise<string> {
    const query = `query($key: String!) { object(bucket: "${this.bucket}", key: $key) { integrity } }`;
    const { data } = await this.server.graphql(query, { key });
    return data.object.integrity;
  }

  async setCopies(copies: string[]): Promise<void> {
    const { data } = await this.server.graphql(
      'mutation($input: SetBucketPlacementInput!) { setBucketPlacement(input: $input) { userErrors { message } } }',
      { input: { bucket: this.bucket, rules: copies.length === 0 ? [] : [{ copies }] } },
    );
    expect(data.setBucketPlacement.userErrors).toEqual([]);
  }
}
