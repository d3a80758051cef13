import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { get as httpGet, type IncomingMessage } from 'node:http';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/directory.js';
import { TestProcess } from '../support/process.js';
import { testUnless } from '../support/programs.js';
import { readZip } from './read-zip.js';

const MiB = 1024 * 1024;
const password = 'correct-horse-battery';
const credentials = { accessKeyId: 'TESTROOTKEY', secretAccessKey: 'test-root-secret-key' };

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: TestProcess;
let httpUrl: string;
let token: string;
let s3: S3Client;
let pool: Pool;

// A process of its own, so that its memory is not the client's.
beforeAll(async () => {
  database = await createTestDatabase();
  pool = new Pool({ connectionString: database.url });
  directory = await temporaryDirectory();
  server = new TestProcess(['dist/src/main.js'], {
    env: {
      ...{ GRANARY_HTTP_PORT: '0', GRANARY_S3_PORT: '0', GRANARY_DATA_DIR: directory.path, DATABASE_URL: database.url },
      ...{ GRANARY_ROOT_ACCESS_KEY: credentials.accessKeyId, GRANARY_ROOT_SECRET_KEY: credentials.secretAccessKey },
      ...{ GRANARY_ADMIN_PASSWORD: password, GRANARY_WORKERS: '1' },
    },
  });
  await server.prints(/Press Ctrl-C/);
  const [, endpoint = ''] = await server.prints(/S3 +(http:\S+)/);
  [, httpUrl = ''] = await server.prints(/GraphQL +(http:\/\/[^/\s]+)/);
  s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 });
  await s3.send(new CreateBucketCommand({ Bucket: 'bulk' }));
  const login = 'mutation($input: LoginInput!) { login(input: $input) { accessToken } }';
  const { data } = await ask(login, { input: { username: 'admin', password } });
  token = data.login.accessToken;
}, 60_000);

afterAll(async () => {
  s3?.destroy();
  await server?.dispose();
  await pool?.end();
  await database?.drop();
  await directory?.[Symbol.asyncDispose]();
});

// biome-ignore lint/suspicious/noExplicitAny: each caller knows the shape of what it asks for.
async function ask(query: string, variables: object): Promise<any> {
  const response = await fetch(`${httpUrl}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

async function zipUrl(prefix: string): Promise<string> {
  const query = 'query($prefix: String) { bucket(name: "bulk") { zipUrl(prefix: $prefix) } }';
  return (await ask(query, { prefix })).data.bucket.zipUrl;
}

/** Makes rows like one that is there, for to upload so many objects would take minutes. */
async function repeatObject(key: string, times: number): Promise<void> {
  await pool.query(
    `WITH original AS MATERIALIZED (SELECT v FROM object_version v WHERE v.key = $1)
     INSERT INTO object_version
     SELECT r.* FROM original, generate_series(2, $2) AS n, LATERAL jsonb_populate_record(v, jsonb_build_object(
       'id', nextval(pg_get_serial_sequence('object_version', 'id')), 'key', $1 || '-' || lpad(n::text, 6, '0'))) AS r`,
    [key, times],
  );
}

test('a folder of several pages of objects is whole', async () => {
  const key = 'tiny/object';
  await s3.send(new PutObjectCommand({ Bucket: 'bulk', Key: key, Body: 'tiny', ContentLength: 4 }));
  await repeatObject(key, 2100);
  const response = await fetch(await zipUrl('tiny/'));
  const entries = await readZip(Buffer.from(await response.arrayBuffer()));
  expect(new Set(entries.map(({ name }) => name)).size).toBe(2100);
  expect(entries.every(({ content }) => content.toString() === 'tiny')).toBe(true);
}, 60_000);

test('a folder whose names would fill the memory is refused before anything is sent', async () => {
  const key = `wide/${'x'.repeat(1000)}`;
  await s3.send(new PutObjectCommand({ Bucket: 'bulk', Key: key, Body: 'wide', ContentLength: 4 }));
  await repeatObject(key, 62_500);
  for (const method of ['GET', 'HEAD']) {
    expect((await fetch(await zipUrl('wide/'), { method })).status).toBe(400);
  }
}, 60_000);

/** An object of as many equal parts, of which one was uploaded. */
async function putRepeated(key: string, part: Buffer, times: number): Promise<void> {
  const at = { Bucket: 'bulk', Key: key };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
  const { ETag } = await s3.send(
    new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: part, ContentLength: part.length }),
  );
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload }));
  await pool.query(
    `INSERT INTO version_part
     SELECT (jsonb_populate_record(p, jsonb_build_object('part_number', n, 'start_at', (n - 1) * p.size))).*
     FROM version_part p JOIN object_version v ON v.id = p.version_id, generate_series(2, $2) AS n WHERE v.key = $1`,
    [key, times],
  );
  await pool.query('UPDATE object_version SET size = size * $2, part_count = $2 WHERE key = $1', [key, times]);
}

/** The most memory that the server had during a download of so many bytes; proc(5) says what is written there. */
async function peakDuring(url: string): Promise<{ received: number; peak: number }> {
  await writeFile(`/proc/${server.child.pid}/clear_refs`, '5');
  const [response] = (await once(httpGet(url), 'response')) as [IncomingMessage];
  let received = 0;
  for await (const piece of response) {
    received += piece.length;
  }
  const status = await readFile(`/proc/${server.child.pid}/status`, 'utf8');
  return { received, peak: Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024 };
}

testUnless(
  existsSync('/proc/self/clear_refs') ? undefined : 'there is no /proc',
  'a folder of sixteen times the size takes no more memory',
  async () => {
    const part = Buffer.alloc(64 * MiB, 'repeated');
    await putRepeated('small/a', part, 1);
    await putRepeated('large/a', part, 16);
    const small = await peakDuring(await zipUrl('small/'));
    const large = await peakDuring(await zipUrl('large/'));
    expect(Math.floor(small.received / MiB)).toBe(64);
    expect(Math.floor(large.received / MiB)).toBe(1024);
    // What piles up while nothing collects garbage does so once; what a folder's size costs, each time.
    const isOver = large.peak - small.peak >= 96 * MiB;
    const again = isOver ? await peakDuring(await zipUrl('large/')) : large;
    expect(Math.min(large.peak, again.peak) - small.peak).toBeLessThan(96 * MiB);
  },
  180_000,
);
