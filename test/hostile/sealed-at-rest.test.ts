import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { sweep } from '../../src/operations/blobs/sweep.js';
import { putObject } from '../../src/operations/objects/put-object.js';
import type { TestServer } from '../support/server.js';
import { requestOfAdministrator } from './administrator.js';
import { openBesiegedServer } from './siege.js';

const MIB = 1024 * 1024;
const Bucket = 'bucket';

let server: TestServer;

beforeAll(async () => {
  server = await openBesiegedServer();
});

afterAll(async () => {
  await server?.stop();
});

interface File {
  /** Relative to the data directory. */
  name: string;
  bytes: Buffer;
}

/** All files of the data directory that hold content, or held it. */
async function filesAtRest(): Promise<File[]> {
  const folders = ['blobs', 'staging', 'quarantine'].map((folder) => join(server.settings.dataDir, folder));
  const entries = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })));
  return Promise.all(
    entries
      .flat()
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map(async (name) => ({ name, bytes: await readFile(name) })),
  );
}

/** All that tells what the content is: itself in pieces, and its digests as clients and rows write them. */
function tracesOf(content: Buffer): Buffer[] {
  const digests = ['sha256', 'md5', 'sha1'].map((name) => createHash(name).update(content).digest());
  const pieces = [0, Math.floor(content.length / 2), content.length - 16].map((at) => content.subarray(at, at + 16));
  const written = digests.flatMap((digest) => [
    digest,
    ...['hex', 'base64', 'base64url'].map((encoding) => Buffer.from(digest.toString(encoding as BufferEncoding))),
    Buffer.from(digest.toString('hex').toUpperCase()),
  ]);
  return [...pieces, ...written];
}

async function expectNoTraces(contents: Buffer[]): Promise<void> {
  const files = await filesAtRest();
  expect(files.length).toBeGreaterThan(0);
  for (const trace of contents.flatMap(tracesOf)) {
    const telling = files.filter(({ name, bytes }) => name.includes(trace.toString('latin1')) || bytes.includes(trace));
    expect(telling.map(({ name }) => name)).toEqual([]);
  }
}

async function putParts(Key: string, bodies: Buffer[]): Promise<void> {
  const { UploadId } = await server.s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const Parts = [];
  for (const [i, Body] of bodies.entries()) {
    const part = { Bucket, Key, UploadId, PartNumber: i + 1 };
    Parts.push({ ETag: (await server.s3.send(new UploadPartCommand({ ...part, Body }))).ETag, PartNumber: i + 1 });
  }
  await server.s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
}

test('60: no file and no name of a file tells the content or a digest of it', async () => {
  const inline = randomBytes(1_000);
  const file = randomBytes(100_000);
  const large = randomBytes(3 * MIB);
  const parts = [randomBytes(5 * MIB), randomBytes(70_000)];
  const text = Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(40_000));
  await server.s3.send(new PutObjectCommand({ Bucket, Key: 'inline', Body: inline }));
  await server.s3.send(new PutObjectCommand({ Bucket, Key: 'file', Body: file }));
  await server.s3.send(new PutObjectCommand({ Bucket, Key: 'large', Body: large }));
  await server.s3.send(new PutObjectCommand({ Bucket, Key: 'text', Body: text, ContentType: 'text/plain' }));
  await putParts('parts', parts);
  await expectNoTraces([inline, file, large, text, ...parts, Buffer.concat(parts)]);
});

test('60: what an upload that broke off left in staging tells nothing', async () => {
  const content = randomBytes(3 * MIB);
  let staged: File[] = [];
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield content.subarray(0, 2 * MIB);
    staged = (await filesAtRest()).filter(({ name }) => name.includes('/staging/'));
    throw new Error('The client is gone');
  }
  const context = await requestOfAdministrator(server);
  const body = { stream: broken(), length: content.length };
  await expect(putObject(context, { bucket: Bucket, key: 'broken', body, attributes: {} })).rejects.toThrow();
  expect(staged).toHaveLength(1);
  for (const at of [0, MIB, 2 * MIB - 16]) {
    expect(staged[0]?.bytes.includes(content.subarray(at, at + 16))).toBe(false);
  }
});

test('60: a file in quarantine tells no more than it did before', async () => {
  const content = randomBytes(200_000);
  await server.s3.send(new PutObjectCommand({ Bucket, Key: 'set-aside', Body: content }));
  const { rows } = await server.granary.database.pool.query('SELECT path FROM blob ORDER BY created_at DESC LIMIT 1');
  const file = join(server.settings.dataDir, 'blobs', rows[0].path);
  await writeFile(file.replace(/\.[^.]+$/, '.0123456789abcdef0123456789abcdef'), await readFile(file));
  const { quarantined } = await sweep(server.granary, { staleSeconds: 0, stagingIdleSeconds: 0 });
  expect(quarantined).toBe(1);
  await expectNoTraces([content]);
});

test('60: equal content of two tenants has unlike names and unlike bytes', async () => {
  const content = randomBytes(150_000);
  await server.graphql('mutation { createTenant(input: { name: "twin" }) { userErrors { message } } }');
  await server.graphql(
    'mutation { createBucket(input: { name: "bucket", tenant: "twin" }) { userErrors { message } } }',
  );
  const known = new Set((await filesAtRest()).map(({ name }) => name));
  const context = await requestOfAdministrator(server);
  for (const tenant of ['default', 'twin']) {
    const body = { stream: onePiece(content), length: content.length };
    await putObject(context, { bucket: Bucket, tenant, key: 'same', body, attributes: {} });
  }
  const fresh = (await filesAtRest()).filter(({ name }) => !known.has(name));
  expect(fresh).toHaveLength(2);
  const [one, other] = fresh;
  const nameOf = (file: File | undefined) => /([0-9a-f]{64})\.[^/]*$/.exec(file?.name ?? '')?.[1];
  expect(nameOf(one)).toMatch(/^[0-9a-f]{64}$/);
  expect(nameOf(one)).not.toBe(nameOf(other));
  // Of the header only the 16 bytes before the seal's id are alike.
  for (let at = 16; at + 16 <= 150_000; at += 16) {
    expect(one?.bytes.subarray(at, at + 16).equals(other?.bytes.subarray(at, at + 16) ?? Buffer.alloc(0))).toBe(false);
  }
});

async function* onePiece(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}
