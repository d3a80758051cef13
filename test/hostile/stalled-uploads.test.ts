import { formBytes, type Part, sendForm, singleUpload } from '../http/multipart.js';
import { eventually } from '../support/process.js';
import type { TestServer } from '../support/server.js';
import { exchangeBytes, requestBytes, sendAndLeave } from './raw-socket.js';
import { expectAlive, keysOf, openBesiegedServer, storedBy, withstand } from './siege.js';

const idleTimeoutMs = 400;
const input = { bucket: 'bucket', key: 'k' };
const parts = singleUpload(input, 'content');
let server: TestServer;

beforeAll(async () => {
  server = await openBesiegedServer({ idleTimeoutMs });
  await server.login();
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

describe('45: an upload that goes nowhere', () => {
  const content = Buffer.alloc(2_000_000);

  function withQuery(query: string, variables: object = { input: { ...input, file: null } }): Part[] {
    return [
      { name: 'operations', content: JSON.stringify({ query, variables }) },
      ...parts.slice(1, 2),
      { name: '0', content, filename: 'x' },
    ];
  }

  test.each([
    ['a query', 'query($input: JSON) { viewer { roles } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['no field', 'query($input: UploadObjectInput!) { __typename }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'an unknown mutation',
      'mutation($input: UploadObjectInput!) { upload(input: $input) { x } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['nonsense', 'mutation {{{', 'GRAPHQL_PARSE_FAILED'],
  ])('45: that %s takes is dropped', async (_, query, code) => {
    const answer = await withstand(server, () => sendForm(server, withQuery(query)));
    expect(answer.errors?.[0]?.extensions?.code).toBe(code);
    expect(answer.data ?? null).toBeNull();
  });

  test('45: to a bucket that is not there is dropped', async () => {
    const form = singleUpload({ bucket: 'nowhere', key: 'k' }, content);
    const { data } = await withstand(server, () => sendForm(server, form));
    expect(data.uploadObject).toMatchObject({ object: null, userErrors: [{ code: 'NOT_FOUND' }] });
  });

  test('45: in two mutations of one request is refused, as they could wait for each other', async () => {
    const mutation = `mutation($input: UploadObjectInput!) {
      a: uploadObject(input: $input) { object { key } } b: uploadObject(input: $input) { object { key } }
    }`;
    const answer = await withstand(server, () => sendForm(server, withQuery(mutation)));
    expect(answer.errors?.[0]?.extensions?.code).toBe('BAD_REQUEST');
  });

  async function beginning(bytes: Buffer, count: number): Promise<Buffer> {
    return requestBytes(
      'POST /graphql',
      [
        ['Host', 'granary'],
        ['Authorization', `Bearer ${await server.login()}`],
        ['Apollo-Require-Preflight', 'true'],
        ['Content-Type', 'multipart/form-data; boundary=b'],
        ['Content-Length', String(bytes.length)],
      ],
      bytes.subarray(0, count),
    );
  }

  const form = formBytes(singleUpload({ bucket: 'bucket', key: 'slow' }, content), 'b');

  test.each([
    ['before the first part', 0, /^HTTP\/1\.1 408 .*BAD_REQUEST/s],
    ['in the first field', 60, /^HTTP\/1\.1 408 .*BAD_REQUEST/s],
    ['in the file', 300_000, /^HTTP\/1\.1 200 .*INCOMPLETE_BODY/s],
    ['just before the end', form.length - 3, /^HTTP\/1\.1 200 .*INCOMPLETE_BODY/s],
  ])('45: whose client stops sending %s is timed out', async (_, count, expected) => {
    const bytes = await beginning(form, count);
    const start = performance.now();
    const { text } = await withstand(server, () => exchangeBytes(server.httpUrl, bytes));
    expect(text).toMatch(expected);
    expect(performance.now() - start).toBeLessThan(20 * idleTimeoutMs);
    expect(await keysOf(server)).not.toContain('slow');
  });

  test('45: in which a file that nobody reads is in the way of the one that is waited for is timed out', async () => {
    const [operations, , file] = singleUpload({ bucket: 'bucket', key: 'behind' }, 'content') as [Part, Part, Part];
    const request = JSON.parse(String(operations.content));
    request.variables.spare = null;
    const blocked = [
      { name: 'operations', content: JSON.stringify(request) },
      { name: 'map', content: JSON.stringify({ spare: ['variables.spare'], 0: ['variables.input.file'] }) },
      { name: 'spare', content, filename: 'x' },
      file,
    ];
    const { data } = await withstand(server, () => sendForm(server, blocked));
    expect(data.uploadObject).toMatchObject({ object: null, userErrors: [{ code: 'INCOMPLETE_BODY' }] });
    expect(await keysOf(server)).not.toContain('behind');
  });

  test('45: whose client goes away leaves nothing behind', async () => {
    const before = await storedBy(server);
    for (const count of [0, 60, 300_000, form.length - 3]) {
      await sendAndLeave(server.httpUrl, await beginning(form, count));
    }
    await eventually(async () => (await storedBy(server)).staged.length === 0);
    expect(await storedBy(server)).toEqual(before);
    await expectAlive(server);
  });
});
