import { existsSync } from 'node:fs';
import { chmod, readdir, rename, truncate, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Client } from 'pg';
import { packageRoot } from '../../src/config/package-root.js';
import { sendForm, singleUpload } from '../http/multipart.js';
import { sendSigned } from '../s3/raw-request.js';
import { testServerUrl } from '../support/database.js';
import type { TestServer } from '../support/server.js';
import { exchangeBytes, requestBytes } from './raw-socket.js';
import { openBesiegedServer } from './siege.js';

const marker = 'do-not-tell-this-to-anyone';
let server: TestServer;

beforeAll(() => {
  process.env.HOSTILE_MARKER = marker;
});

beforeEach(async () => {
  server = await openBesiegedServer();
  await server.login();
});

afterEach(async () => {
  await server.stop();
});

afterAll(() => {
  delete process.env.HOSTILE_MARKER;
});

/** Nothing of this may stand in any answer: headers and body. */
function expectDiscreet(text: string): void {
  const { settings, adminPassword, secretAccessKey } = server;
  const secrets = [
    settings.dataDir,
    settings.databaseUrl ?? marker,
    adminPassword,
    secretAccessKey,
    marker,
    process.cwd(),
    hostname(),
  ];
  for (const secret of secrets) {
    expect(text).not.toContain(secret);
  }
  // Values of the environment that are long enough not to stand there by chance.
  for (const value of Object.values(process.env)) {
    if (value !== undefined && value.length > 8) {
      expect(text).not.toContain(value);
    }
  }
  for (const pattern of [
    /\n\s+at .+:\d+/,
    /node:internal|node_modules|\/src\/|\/dist\/|\.[tj]s\b/,
    /\bSELECT\b|\bINSERT\b|\bUPDATE\b|put_version|object_version|bucket_usage/,
    /postgres|relation|does not exist"|pg_|ECONN|ENOENT|EACCES|EISDIR|42P01|57P01/i,
    /blobs\/|staging\/|hot\/|\/tmp\//,
    /\bfastify\b|\bapollo-server\b|\bexpress\b|x-powered-by/i,
  ]) {
    expect(text).not.toMatch(pattern);
  }
}

/** The whole of an answer, with its headers. */
async function textOf(response: Response): Promise<string> {
  return `${JSON.stringify([...response.headers])}\n${await response.text()}`;
}

async function askS3(path: string, method = 'GET', body = ''): Promise<{ status: number; code: string | undefined }> {
  const answer = await sendSigned(server, { method, path, body });
  expectDiscreet(`${JSON.stringify(answer.headers)}\n${answer.body}`);
  return { status: answer.status, code: answer.code };
}

async function askGraphql(
  query: string,
): Promise<{ status: number; code: string | undefined; message: string | undefined }> {
  const response = await fetch(`${server.httpUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await server.login()}` },
    body: JSON.stringify({ query }),
  });
  const text = await textOf(response);
  expectDiscreet(text);
  const { errors } = JSON.parse(text.slice(text.indexOf('\n') + 1));
  return { status: response.status, code: errors?.[0]?.extensions?.code, message: errors?.[0]?.message };
}

async function upload(): Promise<unknown> {
  const answer = await sendForm(server, singleUpload({ bucket: 'bucket', key: 'k' }, Buffer.alloc(100_000)));
  expectDiscreet(JSON.stringify(answer));
  return answer.errors?.[0]?.extensions?.code ?? answer.data?.uploadObject.userErrors[0]?.code;
}

const hasGraphiql = existsSync(join(packageRoot, 'dist', 'graphiql', 'index.html'));

/** The pages that need nobody to sign in. */
async function askPages(ready: number): Promise<void> {
  for (const [path, status] of [
    ['/', 200],
    ['/health', 200],
    ['/ready', ready],
    ['/nothing/here', 404],
    ['/%ff', 400],
    // Forbidden where GraphiQL was built, and unknown where it was not.
    ['/graphiql/../../package.json', hasGraphiql ? 403 : 404],
    ['/graphiql/%2e%2e/%2e%2e/package.json', hasGraphiql ? 403 : 404],
  ] as const) {
    const { status: found, text } = await exchangeBytes(
      server.httpUrl,
      requestBytes(`GET ${path}`, [['Host', new URL(server.httpUrl).host]]),
    );
    expectDiscreet(text.replaceAll('/graphql', ''));
    expect([path, found]).toEqual([path, status]);
  }
}

async function run(sql: string): Promise<void> {
  await server.granary.database.pool.query(sql);
}

async function downloadLink(key: string): Promise<string> {
  const { data } = await server.graphql(
    'query($key: String!) { object(bucket: "bucket", key: $key) { downloadUrl } }',
    { key },
  );
  return data.object.downloadUrl;
}

const internal = { status: 500, code: 'InternalError' };
const internalField = { code: 'INTERNAL_SERVER_ERROR', message: 'Internal error' };

test('73: tables that are gone are an internal error on both faces, and no more is said', async () => {
  const link = await downloadLink('witness');
  await run('ALTER TABLE object_version RENAME TO elsewhere');
  expect(await askS3('/bucket?list-type=2')).toEqual(internal);
  expect(await askS3('/bucket/other')).toEqual(internal);
  expect(await askS3('/bucket/k', 'PUT', 'x')).toEqual(internal);
  expect(await askS3('/bucket/witness', 'DELETE')).toEqual(internal);
  expect(await askGraphql('{ bucket(name: "bucket") { objects(first: 1) { nodes { key } } } }')).toMatchObject(
    internalField,
  );
  expect(await askGraphql('{ object(bucket: "bucket", key: "other") { key } }')).toMatchObject(internalField);
  expect(
    await askGraphql(
      'mutation { deleteObject(input: {bucket: "bucket", key: "witness"}) { userErrors { code message } } }',
    ),
  ).toMatchObject(internalField);
  expect(await upload()).toBe('INTERNAL_SERVER_ERROR');
  expectDiscreet(await textOf(await fetch(`${link}x`)));
  await askPages(200);
  // Whoever looks after the server finds all of it in the log, under the id that the client was given.
  expect(server.problems.join('\n')).toContain('object_version');
  await run('ALTER TABLE elsewhere RENAME TO object_version');
  expect((await sendSigned(server, { path: '/bucket/witness' })).body).toBe('still here');
});

test('73: so are a login and a look-up of keys without their tables', async () => {
  await run('ALTER TABLE user_account RENAME TO elsewhere');
  expect(
    await askGraphql('mutation { login(input: {username: "admin", password: "wrong-password"}) { accessToken } }'),
  ).toMatchObject(internalField);
  const stranger = await sendSigned({ ...server, accessKeyId: 'NOBODY' }, { path: '/bucket' });
  expect([stranger.status, stranger.code]).toEqual([500, 'InternalError']);
  expectDiscreet(`${JSON.stringify(stranger.headers)}${stranger.body}`);
  await run('ALTER TABLE elsewhere RENAME TO user_account');
});

describe('73: a stored file', () => {
  const content = 'x'.repeat(100_000);
  const address = { Bucket: 'bucket', Key: 'file' };

  async function putWhole(): Promise<void> {
    await server.s3.send(new PutObjectCommand({ ...address, Body: content }));
  }

  async function putInParts(): Promise<void> {
    const { UploadId } = await server.s3.send(new CreateMultipartUploadCommand(address));
    const part = { ...address, UploadId, PartNumber: 1 };
    const { ETag } = await server.s3.send(new UploadPartCommand({ ...part, Body: content }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await server.s3.send(new CompleteMultipartUploadCommand({ ...address, UploadId, MultipartUpload }));
  }

  async function storedFile(store = putWhole): Promise<string> {
    await store();
    const blobs = join(server.settings.dataDir, 'blobs');
    const entries = await readdir(blobs, { recursive: true, withFileTypes: true });
    const [file] = entries.filter((entry) => entry.isFile());
    return join(file?.parentPath ?? '', file?.name ?? '');
  }

  async function expectInternal(): Promise<void> {
    const link = await downloadLink('file');
    expect(await askS3('/bucket/file')).toEqual(internal);
    const download = await fetch(link);
    expect(download.status).toBe(500);
    expectDiscreet(await textOf(download));
    await askPages(200);
    expect((await sendSigned(server, { path: '/bucket/witness' })).body).toBe('still here');
    expect(server.problems.length).toBeGreaterThan(0);
  }

  test.each([
    ['that is missing', putWhole],
    ['of a first part that is missing', putInParts],
  ])('73: %s is an internal error', async (_, store) => {
    const file = await storedFile(store);
    await rename(file, `${file}.gone`);
    await expectInternal();
    await rename(`${file}.gone`, file);
    expect((await sendSigned(server, { path: '/bucket/file' })).body).toBe(content);
  });

  test('73: that has other bytes is an internal error, and not one of them goes out', async () => {
    const file = await storedFile();
    await chmod(file, 0o600);
    await writeFile(file, 'y'.repeat(content.length));
    await expectInternal();
  });

  test('73: that is too short is an internal error', async () => {
    const file = await storedFile();
    await chmod(file, 0o600);
    await truncate(file, 1000);
    await expectInternal();
  });
});

test('73: a staging directory that is gone is an internal error of uploads alone', async () => {
  const staging = join(server.settings.dataDir, 'staging');
  await rename(staging, `${staging}.gone`);
  expect(await askS3('/bucket/k', 'PUT', 'x'.repeat(100_000))).toEqual(internal);
  expect(await upload()).toBe('INTERNAL_SERVER_ERROR');
  expect((await sendSigned(server, { path: '/bucket/witness' })).body).toBe('still here');
  await rename(`${staging}.gone`, staging);
  expect(await upload()).toBeUndefined();
});

test('73: a database that was dropped is an internal error of everything, and no more is said', async () => {
  await dropDatabase();
  // Connections that were open end in one way or another; what comes later finds no database.
  expect([500, 503]).toContain((await askS3('/bucket?list-type=2')).status);
  expect(await askS3('/bucket?list-type=2')).toEqual(internal);
  expect(await askGraphql('{ buckets(first: 1) { nodes { name } } }')).toMatchObject(internalField);
  await askPages(503);
});

async function dropDatabase(): Promise<void> {
  const name = /\/(test_\w+)\?/.exec(server.settings.databaseUrl ?? '')?.[1];
  const client = new Client({ connectionString: testServerUrl() });
  await client.connect();
  await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await client.end();
}

test('73: what is not HTTP, or no request at all, is answered shortly', async () => {
  for (const url of [server.s3Url, server.httpUrl]) {
    for (const bytes of [
      'nonsense\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`,
    ]) {
      const { status, text } = await exchangeBytes(url, bytes);
      expect([400, 431, 505]).toContain(status);
      expectDiscreet(text);
    }
  }
});
