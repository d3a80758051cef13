import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { startTestServer, type TestServer } from '../support/server.js';
import { formBytes, type Part, sendForm, singleUpload, uploadMutation } from './multipart.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ maxUploadSize: 1_000_000, idleTimeoutMs: 2000 });
  await server.graphql('mutation { createBucket(input: { name: "files" }) { userErrors { message } } }');
});

afterAll(async () => server.stop());

const listMutation = `mutation($input: UploadObjectsInput!) {
  uploadObjects(input: $input) { objects { key size sha256 } userErrors { code field message } }
}`;

function listUpload(keys: string[], sent: { order: number[]; contents: string[] }): Part[] {
  const files = keys.map((key) => ({ key, file: null }));
  const map = Object.fromEntries(sent.order.map((index) => [`f${index}`, [`variables.input.files.${index}.file`]]));
  return [
    {
      name: 'operations',
      content: JSON.stringify({ query: listMutation, variables: { input: { bucket: 'files', files } } }),
    },
    { name: 'map', content: JSON.stringify(map) },
    ...sent.order.map((index) => ({
      name: `f${index}`,
      content: sent.contents[index] ?? '',
      filename: 'x',
      type: 'text/plain',
    })),
  ];
}

async function objectOf(key: string) {
  const { data } = await server.graphql('query($key: String!) { object(bucket: "files", key: $key) { key sha256 } }', {
    key,
  });
  return data.object;
}

async function stagedFiles(): Promise<string[]> {
  return readdir(join(server.settings.dataDir, 'staging')).catch(() => []);
}

test('a file goes in through GraphQL and comes out through S3 and the download link', async () => {
  const content = randomBytes(300_000);
  const input = {
    bucket: 'files',
    key: 'in/größe "1".bin',
    metadata: { author: 'Ann' },
    tags: [{ key: 'kind', value: 'test' }],
  };
  const { status, data, errors } = await sendForm(server, singleUpload(input, content, 'application/x-thing'));
  expect(errors).toBeUndefined();
  expect(status).toBe(200);
  expect(data.uploadObject).toMatchObject({
    userErrors: [],
    object: {
      key: input.key,
      size: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
      contentType: 'application/x-thing',
      metadata: { author: 'Ann' },
      tags: [{ key: 'kind', value: 'test' }],
    },
  });
  const read = await server.s3.send(new GetObjectCommand({ Bucket: 'files', Key: input.key }));
  expect(Buffer.from((await read.Body?.transformToByteArray()) ?? [])).toEqual(content);
  const link = await server.graphql(
    'query($key: String!) { object(bucket: "files", key: $key) { downloadUrl } }',
    input,
  );
  const download = await fetch(link.data.object.downloadUrl);
  expect(Buffer.from(await download.arrayBuffer())).toEqual(content);
});

test('fetch and FormData, as in a browser, do', async () => {
  const form = new FormData();
  const variables = { input: { bucket: 'files', key: 'browser', file: null } };
  form.append('operations', JSON.stringify({ query: uploadMutation, variables }));
  form.append('map', JSON.stringify({ 0: ['variables.input.file'] }));
  form.append('0', new Blob(['hello'], { type: 'text/plain' }), 'hello.txt');
  const headers = { authorization: `Bearer ${await server.login()}`, 'apollo-require-preflight': 'true' };
  const response = await fetch(`${server.httpUrl}/graphql`, { method: 'POST', headers, body: form });
  expect(await response.json()).toMatchObject({
    data: { uploadObject: { object: { key: 'browser', size: 5 }, userErrors: [] } },
  });
});

test('equal bytes are stored once, an empty file is a file', async () => {
  const first = await sendForm(server, singleUpload({ bucket: 'files', key: 'twin-1' }, 'the same'));
  const second = await sendForm(server, singleUpload({ bucket: 'files', key: 'twin-2' }, 'the same'));
  expect([first.data.uploadObject.deduplicated, second.data.uploadObject.deduplicated]).toEqual([false, true]);
  const empty = await sendForm(server, singleUpload({ bucket: 'files', key: 'empty' }, ''));
  expect(empty.data.uploadObject.object.size).toBe(0);
});

test.each([
  ['in order', [0, 1, 2]],
  ['in reverse', [2, 1, 0]],
])('a list of files arrives %s', async (name, order) => {
  const keys = ['a', 'b', 'c'].map((key) => `${name}/${key}`);
  const contents = ['first', 'x'.repeat(200_000), 'third'];
  const { data } = await sendForm(server, listUpload(keys, { order, contents }));
  expect(data.uploadObjects.userErrors).toEqual([]);
  expect(data.uploadObjects.objects).toEqual(
    keys.map((key, index) => ({
      key,
      size: contents[index]?.length,
      sha256: createHash('sha256')
        .update(contents[index] ?? '')
        .digest('hex'),
    })),
  );
});

test('one bad file of a list does not stop the others', async () => {
  const keys = ['', 'good-1', 'good-2'];
  const contents = ['x'.repeat(300_000), 'one', 'y'.repeat(300_000)];
  const { data } = await sendForm(server, listUpload(keys, { order: [0, 1, 2], contents }));
  expect(data.uploadObjects.objects.map(({ key }: { key: string }) => key)).toEqual(['good-1', 'good-2']);
  expect(data.uploadObjects.userErrors).toMatchObject([
    { code: 'INVALID_INPUT', field: ['input', 'files', '0', 'key'] },
  ]);
});

test('exactly the largest size is taken, one byte more is not', async () => {
  const taken = await sendForm(server, singleUpload({ bucket: 'files', key: 'max' }, Buffer.alloc(1_000_000)));
  expect(taken.data.uploadObject.userErrors).toEqual([]);
  const refused = await sendForm(server, singleUpload({ bucket: 'files', key: 'over' }, Buffer.alloc(1_000_001)));
  expect(refused.data.uploadObject).toMatchObject({ object: null, userErrors: [{ code: 'TOO_LARGE' }] });
  expect(await objectOf('over')).toBeNull();
});

test('a file for which nobody can pay the price is dropped, and the answer still comes', async () => {
  const huge = Buffer.alloc(8_000_000);
  const { data } = await sendForm(server, singleUpload({ bucket: 'no-such-bucket', key: 'k' }, huge));
  expect(data.uploadObject.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
});

test('a SHA-256 that the client gives is verified, and ifMatch keeps what somebody else wrote', async () => {
  const sha256 = createHash('sha256').update('right').digest('hex');
  const send = async (input: object, content: string) => {
    const { data } = await sendForm(server, singleUpload({ bucket: 'files', key: 'known', ...input }, content));
    return data.uploadObject;
  };
  expect((await send({ sha256 }, 'right')).userErrors).toEqual([]);
  expect((await send({ sha256 }, 'wrong')).userErrors).toMatchObject([{ code: 'DIGEST_MISMATCH' }]);
  expect((await send({ sha256: 'abc' }, 'right')).userErrors).toMatchObject([
    { code: 'INVALID_INPUT', field: ['input', 'sha256'] },
  ]);
  expect((await send({ ifMatch: '"0123"' }, 'wrong')).userErrors).toMatchObject([{ code: 'PRECONDITION_FAILED' }]);
  expect((await objectOf('known')).sha256).toBe(sha256);
});

test('a file that several paths of the map name, or that no path names, is refused', async () => {
  const [operations, , file] = singleUpload({ bucket: 'files', key: 'twice' }, 'content');
  const two = JSON.stringify({ 0: ['variables.input.file', 'variables.input.key'] });
  const none = JSON.stringify({ 1: ['variables.input.file'] });
  for (const map of [two, none]) {
    const parts = [operations, { name: 'map', content: map }, file] as Part[];
    const { status, data, errors } = await sendForm(server, parts);
    expect(status === 400 || errors !== undefined || data.uploadObject.userErrors.length > 0).toBe(true);
  }
  expect(await objectOf('twice')).toBeNull();
});

test('operations come before the map, and the map before the files', async () => {
  const [operations, map, file] = singleUpload({ bucket: 'files', key: 'order' }, 'content') as [Part, Part, Part];
  for (const parts of [
    [map, operations, file],
    [operations, file, map],
    [file, operations, map],
    [operations, file],
    [map, file],
  ]) {
    expect((await sendForm(server, parts)).status).toBe(400);
  }
  expect(await objectOf('order')).toBeNull();
});

test('a file that is sent but that nothing uses does no harm, whether before or behind the others', async () => {
  const [operations, , file] = singleUpload({ bucket: 'files', key: 'used' }, 'content') as [Part, Part, Part];
  const map = { name: 'map', content: JSON.stringify({ 0: ['variables.input.file'] }) };
  const unused: Part = { name: 'more', content: 'unused', filename: 'x', type: 'text/plain' };
  const { data } = await sendForm(server, [operations, map, file, unused]);
  expect(data.uploadObject.userErrors).toEqual([]);
  expect(await stagedFiles()).toEqual([]);
});

test('ifNoneMatch keeps what is there', async () => {
  const once = { bucket: 'files', key: 'once', ifNoneMatch: '*' };
  expect((await sendForm(server, singleUpload(once, 'one'))).data.uploadObject.userErrors).toEqual([]);
  const again = await sendForm(server, singleUpload(once, 'two'));
  expect(again.data.uploadObject.userErrors).toMatchObject([{ code: 'PRECONDITION_FAILED' }]);
});

test('a form that is cut off anywhere stores nothing', async () => {
  const parts = singleUpload({ bucket: 'files', key: 'torn' }, randomBytes(200_000));
  const whole = formBytes(parts, 'granary-test-boundary');
  for (const length of [whole.length - 1000, whole.length - 30, whole.length - 4]) {
    const { data, errors } = await sendForm(server, parts, { body: whole.subarray(0, length) });
    const codes = data?.uploadObject?.userErrors ?? errors;
    expect(JSON.stringify(codes)).toMatch(/INCOMPLETE_BODY|BAD_REQUEST/);
    expect(await objectOf('torn')).toBeNull();
  }
  expect(await stagedFiles()).toEqual([]);
});

test('a client that goes away leaves nothing behind', async () => {
  const parts = singleUpload({ bucket: 'files', key: 'gone' }, randomBytes(400_000));
  const whole = formBytes(parts, 'granary-test-boundary');
  const half = whole.subarray(0, 200_000);
  await expect(sendForm(server, parts, { body: half, contentLength: whole.length })).rejects.toThrow();
  await delay(300);
  expect(await objectOf('gone')).toBeNull();
  expect(await stagedFiles()).toEqual([]);
});

test('two mutations that take files are refused', async () => {
  const query = `mutation($a: UploadObjectInput!, $b: UploadObjectInput!) {
    one: uploadObject(input: $a) { userErrors { code } } two: uploadObject(input: $b) { userErrors { code } }
  }`;
  const variables = { a: { bucket: 'files', key: 'a', file: null }, b: { bucket: 'files', key: 'b', file: null } };
  const answer = await sendForm(server, [
    { name: 'operations', content: JSON.stringify({ query, variables }) },
    { name: 'map', content: JSON.stringify({ 0: ['variables.a.file'], 1: ['variables.b.file'] }) },
    { name: '0', content: 'a', filename: 'a' },
    { name: '1', content: 'b', filename: 'b' },
  ]);
  expect(answer.status).toBe(400);
  expect(answer.errors?.[0]?.message).toContain('one mutation that takes files');
});
