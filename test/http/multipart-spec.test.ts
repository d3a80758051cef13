import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestServer, type TestServer } from '../support/server.js';
import { type Part, sendForm, singleUpload, uploadMutation } from './multipart.js';

/*
 * The cases of https://github.com/jaydenseric/graphql-multipart-request-spec that the tests of uploads and of their
 * guard do not have: what a form may look like, and what it is answered with when it looks otherwise.
 */

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ idleTimeoutMs: 2000 });
  await server.graphql('mutation { createBucket(input: { name: "files" }) { userErrors { message } } }');
});

afterAll(async () => {
  expect(await readdir(join(server.settings.dataDir, 'staging'))).toEqual([]);
  expect(server.problems).toEqual([]);
  await server.stop();
});

/** A form with this document, this map, and files by their names. */
function form(operations: unknown, map: unknown, files: Record<string, string>): Part[] {
  return [
    { name: 'operations', content: typeof operations === 'string' ? operations : JSON.stringify(operations) },
    { name: 'map', content: typeof map === 'string' ? map : JSON.stringify(map) },
    ...Object.entries(files).map(([name, content]) => ({ name, content, filename: `${name}.txt`, type: 'text/plain' })),
  ];
}

async function textOf(key: string): Promise<string | null> {
  const query = 'query($key: String!) { object(bucket: "files", key: $key) { downloadUrl } }';
  const { data } = await server.graphql(query, { key });
  return data.object === null ? null : (await fetch(data.object.downloadUrl)).text();
}

async function expectRefused(parts: Part[], key: string, status = 400): Promise<void> {
  const answer = await sendForm(server, parts);
  expect(answer).toEqual({ status, errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }] });
  expect(await textOf(key)).toBeNull();
}

const listMutation = `mutation($files: [UploadFileInput!]!) {
  uploadObjects(input: { bucket: "files", files: $files }) { objects { key } userErrors { code field } }
}`;

const upload = (key: string) => ({ query: uploadMutation, variables: { input: { bucket: 'files', key, file: null } } });
const toFile = { 0: ['variables.input.file'] };

describe('where files may stand', () => {
  test('a file may be a variable of its own', async () => {
    const query = `mutation($file: Upload!) {
      uploadObject(input: { bucket: "files", key: "alone", file: $file }) { userErrors { message } }
    }`;
    const { data } = await sendForm(
      server,
      form({ query, variables: { file: null } }, { f: ['variables.file'] }, { f: 'one' }),
    );
    expect(data.uploadObject.userErrors).toEqual([]);
    expect(await textOf('alone')).toBe('one');
  });

  test('files may stand in variables of their own and in lists inside others, and be sent under any names', async () => {
    const query = `mutation($first: Upload!, $last: UploadFileInput!) {
      one: uploadObjects(input: { bucket: "files", files: [{ key: "n/1", file: $first }, $last] }) { userErrors { message } }
      __typename
    }`;
    const variables = { first: null, last: { key: 'n/2', file: null } };
    const map = { größe: ['variables.first'], 'a b': ['variables.last.file'] };
    const { data, errors } = await sendForm(server, form({ query, variables }, map, { größe: '1', 'a b': '2' }));
    expect(errors).toBeUndefined();
    expect(data.one.userErrors).toEqual([]);
    expect([await textOf('n/1'), await textOf('n/2')]).toEqual(['1', '2']);
  });

  test('one file of one name for two variables is refused, and the same content sent twice is stored', async () => {
    const variables = { files: ['twice/1', 'twice/2'].map((key) => ({ key, file: null })) };
    const paths = ['variables.files.0.file', 'variables.files.1.file'];
    await expectRefused(form({ query: listMutation, variables }, { 0: paths }, { 0: 'same' }), 'twice/1');
    const map = { 0: paths.slice(0, 1), 1: paths.slice(1) };
    const { data } = await sendForm(server, form({ query: listMutation, variables }, map, { 0: 'same', 1: 'same' }));
    expect(data.uploadObjects.userErrors).toEqual([]);
    expect([await textOf('twice/1'), await textOf('twice/2')]).toEqual(['same', 'same']);
  });

  test('one variable with a file, used at two places, is good for one object', async () => {
    const query = `mutation($file: Upload!) {
      uploadObjects(input: { bucket: "files", files: [{ key: "used/1", file: $file }, { key: "used/2", file: $file }] }) {
        objects { key } userErrors { code field }
      }
    }`;
    const { data } = await sendForm(
      server,
      form({ query, variables: { file: null } }, { 0: ['variables.file'] }, { 0: 'x' }),
    );
    expect(data.uploadObjects.objects).toEqual([{ key: 'used/1' }]);
    expect(data.uploadObjects.userErrors).toMatchObject([{ code: 'INVALID_INPUT' }]);
    expect(await textOf('used/2')).toBeNull();
  });

  test('other operations in the same document stay out of it', async () => {
    const query = `query Other { viewer { user { username } } }
      mutation Remove { deleteBucket(input: { bucket: "files" }) { userErrors { message } } }
      mutation Upload($input: UploadObjectInput!) { uploadObject(input: $input) { object { key } } }`;
    const operations = { ...upload('chosen'), query };
    const chosen = await sendForm(server, form({ ...operations, operationName: 'Upload' }, toFile, { 0: 'x' }));
    expect(chosen.data).toEqual({ uploadObject: { object: { key: 'chosen' } } });
    const none = await sendForm(server, form(operations, toFile, { 0: 'x' }));
    expect(JSON.stringify(none.errors)).toContain('operation');
    const unknown = await sendForm(server, form({ ...operations, operationName: 'None' }, toFile, { 0: 'x' }));
    expect(unknown.errors).toHaveLength(1);
    const other = await sendForm(server, form({ ...operations, operationName: 'Other' }, toFile, { 0: 'x' }));
    expect(other.data).toEqual({ viewer: { user: { username: 'admin' } } });
  });

  test('a mutation without files may stand beside the one that takes a file', async () => {
    const query = `mutation($input: UploadObjectInput!) {
      createBucket(input: { name: "beside" }) { bucket { name } }
      uploadObject(input: $input) { object { key } }
      deleteObject(input: { bucket: "files", key: "mixed" }) { userErrors { message } }
    }`;
    const { data } = await sendForm(server, form({ ...upload('mixed'), query }, toFile, { 0: 'x' }));
    expect(data).toEqual({
      createBucket: { bucket: { name: 'beside' } },
      uploadObject: { object: { key: 'mixed' } },
      deleteObject: { userErrors: [] },
    });
    expect(await textOf('mixed')).toBeNull();
  });

  test('a form without files is an operation like any other', async () => {
    const { status, data } = await sendForm(server, form({ query: '{ viewer { user { username } } }' }, {}, {}));
    expect([status, data]).toEqual([200, { viewer: { user: { username: 'admin' } } }]);
  });

  test('more operations in the same form’s document that take files are refused, in whatever fragments they hide', async () => {
    const query = `mutation($a: Upload!, $b: Upload!) {
      ...One
      ... on Mutation { two: uploadObject(input: { bucket: "files", key: "frag/2", file: $b }) { userErrors { code } } }
    }
    fragment One on Mutation { one: uploadObject(input: { bucket: "files", key: "frag/1", file: $a }) { userErrors { code } } }`;
    const variables = { a: null, b: null };
    const map = { 0: ['variables.a'], 1: ['variables.b'] };
    const { status, errors } = await sendForm(server, form({ query, variables }, map, { 0: 'a', 1: 'b' }));
    expect(status).toBe(400);
    expect(errors?.[0]?.message).toContain('one mutation that takes files');
    expect([await textOf('frag/1'), await textOf('frag/2')]).toEqual([null, null]);
  });
});

describe('files that are missing, or too many', () => {
  test('a file of the map that is never sent is an incomplete upload', async () => {
    const { data } = await sendForm(server, form(upload('missing'), toFile, {}));
    expect(data.uploadObject).toMatchObject({ object: null, userErrors: [{ code: 'INCOMPLETE_BODY' }] });
    const other = await sendForm(server, form(upload('missing'), toFile, { 1: 'x' }));
    expect(other.data.uploadObject.userErrors).toMatchObject([{ code: 'INCOMPLETE_BODY' }]);
    expect(await textOf('missing')).toBeNull();
  });

  test('of a list of which one file is missing the others are stored', async () => {
    const variables = { files: ['some/1', 'some/2'].map((key) => ({ key, file: null })) };
    const map = { 0: ['variables.files.0.file'], 1: ['variables.files.1.file'] };
    const { data } = await sendForm(server, form({ query: listMutation, variables }, map, { 0: 'first' }));
    expect(data.uploadObjects.objects).toEqual([{ key: 'some/1' }]);
    expect(data.uploadObjects.userErrors).toMatchObject([{ code: 'INCOMPLETE_BODY' }]);
    expect(data.uploadObjects.userErrors[0].field.slice(0, 3)).toEqual(['input', 'files', '1']);
  });

  test('a variable that stays null is not a file', async () => {
    const { data, errors } = await sendForm(server, form(upload('null'), {}, {}));
    expect(data).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(await textOf('null')).toBeNull();
  });

  test('a file that the map does not name is dropped, in front of the one that it names', async () => {
    const parts = form(upload('behind'), toFile, { more: 'unused'.repeat(50_000), 0: 'used' });
    const { data } = await sendForm(server, [parts[0], parts[1], ...parts.slice(2).reverse()] as Part[]);
    expect(data.uploadObject.userErrors).toEqual([]);
    expect(await textOf('behind')).toBe('used');
  });

  test('a file that the map names but no variable of the document takes is dropped', async () => {
    const query = 'query($more: Upload) { viewer { user { username } } }';
    const answer = await sendForm(
      server,
      form({ query, variables: { more: null } }, { 0: ['variables.more'] }, { 0: 'x' }),
    );
    expect(answer.status).toBe(400);
    expect(answer.errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const extra = { query: '{ viewer { user { username } } }', variables: { more: null } };
    const dropped = await sendForm(server, form(extra, { 0: ['variables.more'] }, { 0: 'x'.repeat(300_000) }));
    expect(dropped.data).toEqual({ viewer: { user: { username: 'admin' } } });
  });

  test('a part of the name of a file that is no file is refused', async () => {
    const [operations, map] = form(upload('field'), toFile, {}) as [Part, Part];
    const { data, errors } = await sendForm(server, [operations, map, { name: '0', content: 'no file' }]);
    expect(JSON.stringify(data?.uploadObject.userErrors ?? errors)).toMatch(/INCOMPLETE_BODY|BAD_REQUEST/);
    expect(await textOf('field')).toBeNull();
  });

  test('a hundred files of one form are taken, one more is not', async () => {
    const send = (count: number) => {
      const names = Array.from({ length: count }, (_, index) => String(index));
      const variables = { files: names.map((name) => ({ key: `many/${count}/${name}`, file: null })) };
      const map = Object.fromEntries(names.map((name) => [name, [`variables.files.${name}.file`]]));
      return sendForm(
        server,
        form({ query: listMutation, variables }, map, Object.fromEntries(names.map((name) => [name, 'x']))),
      );
    };
    const taken = await send(100);
    expect(taken.data.uploadObjects.userErrors).toEqual([]);
    expect(taken.data.uploadObjects.objects).toHaveLength(100);
    const { data, errors } = await send(101);
    expect((errors ?? data.uploadObjects.userErrors).length).toBeGreaterThan(0);
    expect(await textOf('many/101/100')).toBeNull();
  });
});

describe('fields that cannot be read', () => {
  test.each([
    ['no JSON', '{"query":'],
    ['nothing', ''],
    ['a string', '"query"'],
    ['null', 'null'],
    ['a batch', JSON.stringify([upload('bad')])],
    ['a batch of none', '[]'],
    ['JSON with something behind it', `${JSON.stringify(upload('bad'))}x`],
  ])('operations that are %s are refused', async (_name, operations) => {
    await expectRefused(form(operations, toFile, { 0: 'x' }), 'bad');
  });

  test.each([
    ['no JSON', '{0:'],
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '1'],
    ['a list', '[["variables.input.file"]]'],
    ['a file with no path', '{"0":[]}'],
    ['a path that is a number', '{"0":[0]}'],
    ['a path that is null', '{"0":[null]}'],
    ['a path to nowhere', '{"0":["variables.input.other"]}'],
    ['a path that goes on below null', '{"0":["variables.input.file.name"]}'],
    ['a path to what is not null', '{"0":["variables.input.bucket"]}'],
    ['a path with an empty step', '{"0":["variables..file"]}'],
    ['a path outside of the variables', '{"0":["operationName"]}'],
    ['a path of a batch', '{"0":["0.variables.input.file"]}'],
    ['__proto__ in a path', '{"0":["variables.__proto__.file"]}'],
  ])('a map that is or has %s is refused', async (_name, map) => {
    await expectRefused(form({ ...upload('bad'), operationName: null }, map, { 0: 'x' }), 'bad');
  });

  test('a map of more paths than there may be is refused, and one that is too large', async () => {
    const count = 1001;
    const variables = { files: Array.from({ length: count }, () => null) };
    const map = Object.fromEntries(variables.files.map((_, index) => [index, [`variables.files.${index}`]]));
    await expectRefused(form({ ...upload('huge'), variables }, map, { 0: 'x' }), 'huge');
    const large = { ...toFile, ...Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`x${i}`, ['y']])) };
    expect(JSON.stringify(large).length).toBeGreaterThan(1024 * 1024);
    const answer = await sendForm(server, form(upload('huge'), large, { 0: 'x' }));
    expect([400, 413]).toContain(answer.status);
    expect(answer.errors?.[0]?.extensions?.code).toBe('BAD_REQUEST');
    expect(await textOf('huge')).toBeNull();
  });

  test('operations may have a mebibyte, and no more', async () => {
    const padded = (bytes: number) => {
      const text = JSON.stringify(upload('padded'));
      return `${text.slice(0, -1)}${' '.repeat(bytes - text.length)}}`;
    };
    await expectRefused(form(padded(1024 * 1024 + 1), toFile, { 0: 'x' }), 'padded', 413);
    const { data } = await sendForm(server, form(padded(1024 * 1024 - 1), toFile, { 0: 'x' }));
    expect(data.uploadObject.userErrors).toEqual([]);
  });

  test('a field that there is twice, or that no form has, is refused before anything runs', async () => {
    const [operations, map, file] = singleUpload({ bucket: 'files', key: 'extra' }, 'x') as [Part, Part, Part];
    await expectRefused([operations, operations, map, file], 'extra');
    await expectRefused([operations, { name: 'extra', content: 'x' }, map, file], 'extra');
    await expectRefused([{ name: 'extra', content: 'x' }, operations, map, file], 'extra');
  });
});
