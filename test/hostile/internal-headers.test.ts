import { send, sendSigned } from '../s3/raw-request.js';
import { makeS3User, type S3User } from '../support/s3-user.js';
import type { TestServer } from '../support/server.js';
import { openBesiegedServer, withstand } from './siege.js';

let server: TestServer;
let reader: S3User;

beforeAll(async () => {
  server = await openBesiegedServer();
  reader = await makeS3User(server, { username: 'reader', role: 'READ_ONLY' });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

/** What proxies, sidecars and other servers use among themselves, and what this one might. */
const internal: [string, string][] = [
  ['x-granary-user', 'admin'],
  ['x-granary-tenant', 'default'],
  ['x-granary-role', 'ADMINISTRATOR'],
  ['x-granary-internal', 'true'],
  ['x-granary-request-id', 'forged'],
  ['x-granary-bypass', '1'],
  ['x-forwarded-user', 'admin'],
  ['x-remote-user', 'admin'],
  ['remote-user', 'admin'],
  ['x-authenticated-user', 'admin'],
  ['x-original-url', '/bucket/witness'],
  ['x-rewrite-url', '/bucket/witness'],
  ['x-http-method-override', 'DELETE'],
  ['x-minio-source-proxy-request', 'true'],
  ['x-rgw-auth', 'true'],
];

test.each(internal)('35: %s: %s makes nobody somebody', async (name, value) => {
  const headers = { [name]: value };
  const anonymous = await withstand(server, () => send(server, { path: '/bucket/witness', headers }));
  expect([anonymous.status, anonymous.code]).toEqual([403, 'AccessDenied']);
  const asked = await fetch(`${server.httpUrl}/graphql`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ viewer { user { username } } }' }),
  });
  const { data } = (await asked.json()) as { data?: { viewer?: { user?: unknown } } };
  expect(data?.viewer?.user ?? null).toBeNull();
});

test.each(internal)('35: signed along, %s: %s gives no right and changes no request', async (name, value) => {
  const key = { s3Url: server.s3Url, accessKeyId: reader.accessKeyId, secretAccessKey: reader.secretAccessKey };
  const headers = { [name]: value };
  const read = await sendSigned(key, { path: '/bucket/witness', headers });
  expect([read.status, read.body]).toEqual([200, 'still here']);
  expect(read.headers['x-amz-request-id']).not.toBe(value);
  for (const method of ['PUT', 'DELETE']) {
    const raw = { method, path: '/bucket/witness', headers, ...(method === 'PUT' ? { body: 'overwritten' } : {}) };
    const answer = await withstand(server, () => sendSigned(key, raw));
    expect([answer.status, answer.code]).toEqual([403, 'AccessDenied']);
  }
});

test('35: who says that a write is a replica needs the right to write replicas', async () => {
  const { accessKeyId, secretAccessKey } = await makeS3User(server, { username: 'member' });
  const key = { s3Url: server.s3Url, accessKeyId, secretAccessKey };
  await sendSigned(key, { method: 'PUT', path: '/of-member' });
  const write = (path: string, headers = {}) => sendSigned(key, { method: 'PUT', path, headers, body: 'x' });
  const headers = { 'x-granary-replication': 'REPLICA' };
  expect((await write('/bucket/k', headers)).code).toBe('AccessDenied');
  expect([
    (await write('/of-member/k')).status,
    (await write('/of-member/k', { 'x-granary-replication': 'x' })).status,
  ]).toEqual([200, 400]);
});
