import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { Client } from 'pg';
import { pino, stdSerializers } from 'pino';
import { loadSettings } from '../../src/config/settings.js';
import { type RunningGranary, startGranary } from '../../src/start.js';
import { sendSigned } from '../s3/raw-request.js';
import { createTestDatabase, type TestDatabase, testServerUrl } from '../support/database.js';
import { temporaryDirectory } from '../support/directory.js';

const password = 'the-password-of-the-administrator';
const accessKeyId = 'SECRETSROOTKEY';
const secretAccessKey = 'the-secret-key-of-the-root-access-key';
const otherPassword = 'the-password-of-somebody-else';
const wrongPassword = 'a-password-that-is-wrong';
const wrongSecret = 'a-secret-access-key-that-is-wrong-00';

interface Scene {
  running: RunningGranary;
  database: TestDatabase;
  dataDir: string;
  /** All that was logged, at the most talkative level, and all that was answered to requests that failed. */
  said: string[];
  /** What may stand nowhere, by what it is. */
  secrets: Map<string, string[]>;
}

async function graphql({ running, said }: Scene, request: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${running.httpUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  const answer = JSON.parse(text);
  if (answer.errors !== undefined || /"userErrors":\[\{/.test(text)) {
    said.push(text, JSON.stringify([...response.headers]));
  }
  return answer.data;
}

/** Everything that one secret may be written as. */
function formsOf(secret: Buffer | string): string[] {
  const bytes = Buffer.from(secret);
  const text = typeof secret === 'string' ? [secret, encodeURIComponent(secret)] : [];
  return [...text, bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'), bytes.toString('hex')];
}

function keep({ secrets }: Scene, name: string, ...values: (Buffer | string)[]): void {
  secrets.set(name, [...(secrets.get(name) ?? []), ...values.flatMap(formsOf)]);
}

function clientWith({ running }: Scene, secret: string): S3Client {
  const credentials = { accessKeyId, secretAccessKey: secret };
  const options = { endpoint: running.s3Url, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 };
  return new S3Client({ ...options, credentials });
}

function customerKey(key: Buffer) {
  const md5 = createHash('md5').update(key).digest('base64');
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: key.toString('base64'), SSECustomerKeyMD5: md5 };
}

async function refused({ said }: Scene, work: Promise<unknown>): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: S3ServiceException) => reason,
  );
  expect(error).toBeDefined();
  said.push(`${error?.name} ${error?.message} ${JSON.stringify(error?.$response?.headers)}`);
}

const loginMutation = `mutation($input: LoginInput!) {
  login(input: $input) { accessToken refreshToken userErrors { message } }
}`;

/** Sessions, users and access keys, with what is right and what is wrong. */
async function askGraphql(scene: Scene): Promise<string> {
  const { login } = await graphql(scene, {
    query: loginMutation,
    variables: { input: { username: 'admin', password } },
  });
  keep(scene, 'access token', login.accessToken);
  keep(scene, 'refresh token', login.refreshToken);
  const bearer = { authorization: `Bearer ${login.accessToken}` };
  for (const [username, wrong] of [
    ['admin', wrongPassword],
    ['nobody', wrongPassword],
    [wrongPassword, password],
  ]) {
    await graphql(scene, { query: loginMutation, variables: { input: { username, password: wrong } } });
  }
  const created = await graphql(
    scene,
    {
      query: `mutation($user: CreateUserInput!, $key: CreateAccessKeyInput!) {
        createUser(input: $user) { userErrors { message } }
        createAccessKey(input: $key) { secretAccessKey userErrors { message } }
      }`,
      variables: {
        user: { username: 'member', password: otherPassword, role: 'MEMBER' },
        key: { username: 'admin' },
      },
    },
    bearer,
  );
  keep(scene, 'made secret access key', created.createAccessKey.secretAccessKey);
  const factors = await graphql(
    scene,
    {
      query: `mutation($key: CreateApiKeyInput!) {
        createApiKey(input: $key) { secret userErrors { message } }
        enrollSecondFactor { uri userErrors { message } }
      }`,
      variables: { key: { name: 'a key', scopes: ['FULL'] } },
    },
    bearer,
  );
  await graphql(
    scene,
    {
      query: `mutation($change: ChangePasswordInput!) {
        confirmSecondFactor(input: { code: "000000" }) { recoveryCodes userErrors { message } }
        changePassword(input: $change) { userErrors { message } }
      }`,
      variables: { change: { oldPassword: wrongPassword, newPassword: otherPassword } },
    },
    bearer,
  );
  const { secret } = factors.createApiKey;
  keep(scene, 'API key', secret);
  keep(scene, 'secret of the second factor', new URL(factors.enrollSecondFactor.uri).searchParams.get('secret') ?? '');
  await graphql(scene, { query: '{ viewer { user { nothing } } }' }, { authorization: `Bearer ${secret}` });
  await graphql(scene, { query: '{ viewer { roles } }' }, { authorization: `Bearer ${secret.slice(0, -1)}` });
  // The same name again, a token that was cut, and a document that does not parse with a secret in it.
  await graphql(
    scene,
    {
      query: `mutation { createUser(input: { username: "member", password: "${otherPassword}", role: MEMBER }) { userErrors { message } } }`,
    },
    bearer,
  );
  await graphql(
    scene,
    { query: '{ viewer { user { username } } }' },
    { authorization: `${bearer.authorization.slice(0, -4)}AAAA` },
  );
  await graphql(scene, { query: `mutation { login(input: { password: "${password}" ` });
  await graphql(scene, {
    query: 'mutation($t: String!) { refreshSession(input: { refreshToken: $t }) { x } }',
    variables: { t: login.refreshToken },
  });
  return login.accessToken;
}

/** Objects with the customer's key, with the right one, a wrong one, and headers that are not well formed. */
async function askS3(scene: Scene): Promise<void> {
  const [right, wrong] = [randomBytes(32), randomBytes(32)];
  keep(scene, 'customer key', right, wrong);
  const s3 = clientWith(scene, secretAccessKey);
  const address = { Bucket: 'bucket', Key: 'object' };
  await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
  for (const size of [10, 100_000, 2_000_000]) {
    await s3.send(new PutObjectCommand({ ...address, Body: randomBytes(size), ...customerKey(right) }));
    const answer = await s3.send(new GetObjectCommand({ ...address, ...customerKey(right) }));
    await answer.Body?.transformToByteArray();
    await refused(scene, s3.send(new GetObjectCommand({ ...address, ...customerKey(wrong) })));
    await refused(scene, s3.send(new GetObjectCommand(address)));
    await refused(scene, s3.send(new HeadObjectCommand({ ...address, ...customerKey(wrong) })));
  }
  await sendMalformedKeys(scene, right);
  await sendWronglySigned(scene, right);
  const stranger = clientWith(scene, wrongSecret);
  await refused(scene, stranger.send(new GetObjectCommand(address)));
  const body = await (
    await fetch(
      `${scene.running.s3Url}/bucket/object?X-Amz-Signature=${wrongSecret}&X-Amz-Credential=${secretAccessKey}`,
    )
  ).text();
  // AWS's own error document gives parts of the request back, to who sent it only.
  expect(body).toContain('<Error>');
  s3.destroy();
  stranger.destroy();
}

/** An algorithm, a digest and a length that do not fit the key; the SDK would put them right. */
async function sendMalformedKeys({ running, said }: Scene, key: Buffer): Promise<void> {
  const fitting = {
    'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    'x-amz-server-side-encryption-customer-key': key.toString('base64'),
    'x-amz-server-side-encryption-customer-key-md5': customerKey(key).SSECustomerKeyMD5,
  };
  for (const change of [
    { 'x-amz-server-side-encryption-customer-algorithm': 'AES128' },
    { 'x-amz-server-side-encryption-customer-key': key.toString('hex') },
    { 'x-amz-server-side-encryption-customer-key-md5': customerKey(randomBytes(32)).SSECustomerKeyMD5 },
  ]) {
    const endpoint = { s3Url: running.s3Url, accessKeyId, secretAccessKey };
    const headers = { ...fitting, ...change };
    const answer = await sendSigned(endpoint, { method: 'PUT', path: '/bucket/malformed', headers, body: 'x' });
    expect(answer.status).toBe(400);
    said.push(`${JSON.stringify(answer.headers)} ${answer.body}`);
  }
}

/** What is answered to a wrong signature tells what was to be signed. */
async function sendWronglySigned(scene: Scene, key: Buffer): Promise<void> {
  const { running, said } = scene;
  const text = key.toString('base64');
  const token = randomBytes(30).toString('base64');
  keep(scene, 'session token', token);
  scene.secrets.set('bytes of what was signed', [spacedHex(text), spacedHex(token)]);
  const endpoint = { s3Url: running.s3Url, accessKeyId, secretAccessKey: wrongSecret };
  const headers = {
    'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    'x-amz-server-side-encryption-customer-key': text,
    'x-amz-server-side-encryption-customer-key-md5': customerKey(key).SSECustomerKeyMD5,
  };
  for (const path of ['/bucket/object', `/bucket/object?X-Amz-Security-Token=${encodeURIComponent(token)}`]) {
    const answer = await sendSigned(endpoint, { path, headers });
    said.push(`${JSON.stringify(answer.headers)} ${answer.body}`);
  }
  expect(said.at(-2)).toContain('<CanonicalRequestBytes>');
}

function spacedHex(text: string): string {
  return [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

async function askDownloads(scene: Scene, token: string): Promise<void> {
  const { running, said } = scene;
  const s3 = clientWith(scene, secretAccessKey);
  await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'download', Body: 'x' }));
  s3.destroy();
  const { object } = await graphql(
    scene,
    { query: '{ object(bucket: "bucket", key: "download") { downloadUrl } }' },
    { authorization: `Bearer ${token}` },
  );
  const url = new URL(object.downloadUrl, running.httpUrl);
  const secretPart = [...url.searchParams.values(), ...url.pathname.split('/')].reduce((a, b) =>
    b.length > a.length ? b : a,
  );
  expect(secretPart.length).toBeGreaterThan(20);
  keep(scene, 'download token', secretPart);
  const here = new URL(`${url.pathname}${url.search}`, running.httpUrl);
  expect((await fetch(here)).status).toBe(200);
  const spoiled = await fetch(here.href.replace(secretPart, `${secretPart.slice(0, -4)}AAAA`));
  expect(spoiled.status).toBeGreaterThanOrEqual(400);
  said.push(await spoiled.text());
}

/** Every connection breaks while requests are under way. */
async function breakDatabase(scene: Scene, token: string): Promise<void> {
  const [, name] = /\/(test_[0-9a-f]+)\?/.exec(scene.database.url) ?? [];
  expect(name).toBeDefined();
  const admin = new Client({ connectionString: testServerUrl().replace('/granary?', '/postgres?') });
  await admin.connect();
  const s3 = clientWith(scene, secretAccessKey);
  const key = randomBytes(32);
  keep(scene, 'customer key', key);
  try {
    for (let round = 0; round < 5; round += 1) {
      const work = [
        s3.send(
          new PutObjectCommand({ Bucket: 'bucket', Key: `b${round}`, Body: randomBytes(90_000), ...customerKey(key) }),
        ),
        graphql(scene, { query: loginMutation, variables: { input: { username: 'admin', password } } }).then((data) => {
          keep(scene, 'access token', data?.login?.accessToken ?? token);
          keep(scene, 'refresh token', data?.login?.refreshToken ?? token);
        }),
      ];
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      for (const result of await Promise.allSettled(work)) {
        scene.said.push(result.status === 'rejected' ? String(result.reason) : '');
      }
    }
  } finally {
    s3.destroy();
    await admin.end();
  }
}

/** Every row of every table, as text. */
async function rowsOf({ database }: Scene): Promise<string[]> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
      texts.push(...rows.map(({ text }) => `${name} ${text}`));
    }
    return texts;
  } finally {
    await client.end();
  }
}

async function filesOf({ dataDir }: Scene): Promise<{ name: string; text: string }[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const searched = files.filter((name) => !/^(keys|postgres)\//.test(name.slice(dataDir.length + 1)));
  return Promise.all(searched.map(async (name) => ({ name, text: await readFile(name, 'latin1') })));
}

function findings(secrets: Map<string, string[]>, places: { name: string; text: string }[]): string[] {
  return [...secrets].flatMap(([what, forms]) =>
    places.flatMap(({ name, text }) => (forms.some((form) => text.includes(form)) ? [`${what} in ${name}`] : [])),
  );
}

async function openScene(dataDir: string, database: TestDatabase): Promise<Scene> {
  const said: string[] = [];
  const sink = new Writable({
    write: (chunk, _, done) => {
      said.push(String(chunk));
      done();
    },
  });
  const settings = loadSettings({
    GRANARY_HTTP_PORT: '0',
    GRANARY_S3_PORT: '0',
    GRANARY_DATA_DIR: dataDir,
    GRANARY_DATABASE_POOL: '6',
    GRANARY_ADMIN_PASSWORD: password,
    GRANARY_ROOT_ACCESS_KEY: accessKeyId,
    GRANARY_ROOT_SECRET_KEY: secretAccessKey,
    DATABASE_URL: database.url,
  });
  const log = pino({ level: 'trace', serializers: { error: stdSerializers.err } }, sink);
  const running = await startGranary(settings, { log, jobs: 'none' });
  return { running, database, dataDir, said, secrets: new Map() };
}

/** What the process itself prints, beside its log. */
function recordOutput(said: string[]): Disposable {
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  for (const [i, stream] of streams.entries()) {
    stream.write = ((...args: Parameters<typeof stream.write>) => {
      said.push(String(args[0]));
      return writes[i]?.apply(stream, args) ?? true;
    }) as typeof stream.write;
  }
  return {
    [Symbol.dispose]: () => {
      for (const [i, stream] of streams.entries()) {
        stream.write = writes[i] ?? stream.write;
      }
    },
  };
}

test('65: no secret that comes through a door is logged, answered, kept in a row or written to a file', async () => {
  await using directory = await temporaryDirectory();
  const database = await createTestDatabase();
  const scene = await openScene(directory.path, database);
  using _output = recordOutput(scene.said);
  try {
    keep(scene, 'password', password, otherPassword, wrongPassword);
    keep(scene, 'secret access key', secretAccessKey, wrongSecret);
    const key = (await readFile(join(directory.path, 'keys', 'master.key'), 'utf8')).trim();
    keep(scene, 'master key', Buffer.from(key, 'base64'));
    const token = await askGraphql(scene);
    await askS3(scene);
    await askDownloads(scene, token);
    await breakDatabase(scene, token);
    expect(scene.said.filter((text) => text !== '').length).toBeGreaterThan(10);
    const places = [
      ...scene.said.map((text) => ({ name: `what was said: ${text.slice(0, 200)}`, text })),
      ...(await rowsOf(scene)).map((text) => ({ name: `a row of ${text.slice(0, 40)}`, text })),
      ...(await filesOf(scene)),
    ];
    expect(findings(scene.secrets, places)).toEqual([]);
    // The search itself finds what is there.
    expect(findings(new Map([['user', ['member']]]), places).length).toBeGreaterThan(0);
  } finally {
    await scene.running.stop();
    await database.drop();
  }
}, 120_000);
