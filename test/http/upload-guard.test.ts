import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { quickest } from '../support/quickest.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { formBytes, type Part, sendForm, singleUpload, uploadMutation } from './multipart.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ idleTimeoutMs: 2000 });
  await server.graphql('mutation { createBucket(input: { name: "files" }) { userErrors { message } } }');
});

afterAll(async () => server.stop());

const parts = singleUpload({ bucket: 'files', key: 'k' }, 'content');

async function isAlive(): Promise<boolean> {
  const { data } = await server.graphql('{ viewer { user { username } } }');
  return data?.viewer.user.username === 'admin';
}

function withMap(map: unknown): Part[] {
  return parts.map((part) => (part.name === 'map' ? { ...part, content: JSON.stringify(map) } : part));
}

test('a form without the preflight header is refused before it is read', async () => {
  const answer = await sendForm(server, parts, { headers: {} });
  expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
});

test('x-apollo-operation-name does as well', async () => {
  const answer = await sendForm(server, parts, { headers: { 'x-apollo-operation-name': 'upload' } });
  expect(answer.data.uploadObject.userErrors).toEqual([]);
});

test('a form without a token, or with a wrong one, is refused before it is read', async () => {
  const unsigned = await sendForm(server, parts, { token: null });
  expect(unsigned).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  const wrong = await sendForm(server, parts, { token: 'no.such.token' });
  expect(wrong).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
});

test.each([
  '__proto__.polluted',
  'constructor.prototype.polluted',
  'variables.__proto__.polluted',
  'variables.constructor.prototype.toString',
  'variables.input.toString',
  'variables.toString.call',
  'query',
  'variables.input.key',
  'variables.input.nothing',
  '',
])('a map path "%s" is refused', async (path) => {
  const answer = await sendForm(server, withMap({ 0: [path] }));
  expect(answer.status).toBe(400);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(typeof Object.prototype.toString.call).toBe('function');
  expect(await isAlive()).toBe(true);
});

test.each([
  ['no list', { 0: 'variables.input.file' }],
  ['two paths', { 0: ['variables.input.file', 'variables.input.file'] }],
  ['no object', ['variables.input.file']],
  ['one path twice', { 0: ['variables.input.file'], 1: ['variables.input.file'] }],
])('a map with %s is refused', async (_name, map) => {
  expect((await sendForm(server, withMap(map))).status).toBe(400);
});

test('headers of a part called __proto__ do no harm', async () => {
  const form = formBytes(parts, 'b')
    .toString()
    .replace('Content-Type: text/plain', '__proto__: x\r\nconstructor: y\r\ntoString: z');
  const answer = await sendForm(server, [], { body: Buffer.from(form), boundary: 'b' });
  expect([200, 400]).toContain(answer.status);
  expect(await isAlive()).toBe(true);
});

test('a boundary of 252 hyphens is refused within 50 ms', async () => {
  const boundary = '-'.repeat(252);
  const body = Buffer.from('-'.repeat(1_000_000));
  await server.login();
  const took = await quickest(async () => {
    expect((await sendForm(server, [], { boundary, body })).status).toBe(400);
  });
  // The bound is of the server's work; a machine shared with other tests needs some slack.
  expect(took).toBeLessThan(500);
});

test('a second boundary hidden in another parameter is not used', async () => {
  const headers = {
    'apollo-require-preflight': 'true',
    'content-type': `multipart/form-data; x="; boundary=ok"; boundary=${'-'.repeat(252)}`,
  };
  expect((await sendForm(server, parts, { headers })).status).toBe(400);
});

test('broken part headers, again and again, are refused each time', async () => {
  const broken = [
    '--b\r\nContent-Disposition: form-data; name="operations"\r\nBad Header\r\n\r\nx\r\n--b--\r\n',
    `--b\r\nX: ${'y'.repeat(100_000)}\r\n\r\nx\r\n--b\r\nZ\r\n\r\n--b\r\n`,
    '--b\r\n\x00\x01\x02\r\n--b\r\n\x00\r\n--b',
    '--b\r\nContent-Disposition: form-data; name="operations"',
    `${formBytes(parts.slice(0, 2), 'b').toString().slice(0, -6)}--b\r\nbroken header\r\n\r\n--b\r\nbroken again\r\n`,
  ];
  for (const body of [...broken, ...broken, ...broken]) {
    const answer = await sendForm(server, [], { body: Buffer.from(body), boundary: 'b' });
    expect(JSON.stringify(answer)).toMatch(/BAD_REQUEST|INCOMPLETE_BODY/);
  }
  expect(await isAlive()).toBe(true);
});

test('broken headers behind a file that is being read are an incomplete upload', async () => {
  const start = formBytes(parts.slice(0, 2), 'b').toString().slice(0, -7);
  const file = '--b\r\nContent-Disposition: form-data; name="0"; filename="x"\r\n\r\n';
  const body = `${start}${file}${'x'.repeat(100_000)}\r\n--b\r\nbroken\r\n\r\n--b\r\nbroken\r\n\r\n`;
  const answer = await sendForm(server, [], { body: Buffer.from(body), boundary: 'b' });
  expect(answer.data.uploadObject.userErrors).toMatchObject([{ code: 'INCOMPLETE_BODY' }]);
  expect(await isAlive()).toBe(true);
});

test.each([
  ['more than two fields', [...parts.slice(0, 2), { name: 'third', content: 'x' }, ...parts.slice(2)]],
  ['the map before the operations', [parts[1], parts[0], parts[2]]],
  ['the file before the map', [parts[0], parts[2], parts[1]]],
  ['two files of one name', [...parts, parts[2]]],
  ['no operations', parts.slice(1)],
  ['a field of 1.5 MiB', [{ name: 'operations', content: 'x'.repeat(1_500_000) }]],
  ['a batch', [{ name: 'operations', content: JSON.stringify([{ query: uploadMutation }]) }, ...parts.slice(1)]],
])('a form with %s is refused', async (_name, form) => {
  const answer = await sendForm(server, form as Part[]);
  expect(JSON.stringify(answer)).toMatch(/BAD_REQUEST|INCOMPLETE_BODY/);
});

test('a file that no resolver reads is dropped', async () => {
  const variables = { input: { bucket: 'files', key: 'k', file: null } };
  const operations = { query: 'query($input: JSON) { viewer { roles } }', variables };
  const form = [{ name: 'operations', content: JSON.stringify(operations) }, ...parts.slice(1, 2)];
  const answer = await sendForm(server, [...form, { name: '0', content: Buffer.alloc(2_000_000), filename: 'x' }]);
  expect(JSON.stringify(answer.errors)).toContain('GRAPHQL_VALIDATION_FAILED');
});

test('a client that stops sending is timed out, and nothing stays staged', async () => {
  const bytes = formBytes(singleUpload({ bucket: 'files', key: 'slow' }, Buffer.alloc(500_000)), 'b');
  const { hostname, port } = new URL(server.httpUrl);
  const token = await server.login();
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nApollo-Require-Preflight: true\r\n` +
      `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  );
  socket.write(bytes.subarray(0, 300_000));
  const answer = await new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())));
  socket.destroy();
  expect(answer).toMatch(/INCOMPLETE_BODY|408/);
  expect(await readdir(join(server.settings.dataDir, 'staging')).catch(() => [])).toEqual([]);
  expect(await isAlive()).toBe(true);
});
