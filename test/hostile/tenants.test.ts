import { createHash } from 'node:crypto';
import { type RawAnswer, type RawRequest, send, sendSigned } from '../s3/raw-request.js';
import type { TestServer } from '../support/server.js';
import { presign } from './presign.js';
import { expectAlive, expectRefused, keysOf, openBesiegedServer, withstand } from './siege.js';
import { type Member, openTenant } from './tenant-member.js';

let server: TestServer;
let alpha: Member;
let beta: Member;

beforeAll(async () => {
  server = await openBesiegedServer();
  alpha = await openTenant(server, 'alpha');
  beta = await openTenant(server, 'beta');
  await sendSigned(alpha, { method: 'PUT', path: '/a-files' });
  await sendSigned(beta, { method: 'PUT', path: '/b-files' });
  for (const member of [alpha, beta]) {
    await sendSigned(member, { method: 'PUT', path: '/same' });
  }
  await sendSigned(beta, { method: 'PUT', path: '/b-files/key', body: 'secret of beta' });
  await sendSigned(beta, { method: 'PUT', path: '/same/key', body: 'secret of beta' });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

/** What beta has is what it was. */
async function expectBetaIntact(): Promise<void> {
  for (const path of ['/b-files/key', '/same/key']) {
    expect((await sendSigned(beta, { path })).body).toBe('secret of beta');
  }
  expect((await keysOfMember(beta, 'b-files')).filter((key) => key !== 'key')).toEqual([]);
}

function keysOfMember(member: Member, bucket: string): Promise<string[]> {
  return keysOf({ ...server, ...member }, bucket);
}

const paths: [path: string, key: string][] = [
  ['/a-files/../b-files/key', '../b-files/key'],
  ['/a-files/%2e%2e/b-files/key', '../b-files/key'],
  ['/a-files/%2e%2e%2fb-files%2fkey', '../b-files/key'],
  ['/a-files/..%5cb-files%5ckey', '..\\b-files\\key'],
  ['/a-files/../beta:b-files/key', '../beta:b-files/key'],
  ['/a-files/../../b-files/key', '../../b-files/key'],
  ['/a-files//b-files/key', '/b-files/key'],
];

test.each(paths)('24: %s is a literal key of the bucket that it begins with', async (path, key) => {
  await expectRefused(server, () => sendSigned(alpha, { path }), [404, 'NoSuchKey']);
  expect((await sendSigned(alpha, { method: 'PUT', path, body: 'of alpha' })).status).toBe(200);
  expect(await keysOfMember(alpha, 'a-files')).toEqual([key]);
  expect((await sendSigned(alpha, { path })).body).toBe('of alpha');
  expect((await sendSigned(alpha, { method: 'DELETE', path })).status).toBe(204);
  await expectBetaIntact();
  await expectAlive(server);
});

test.each([
  ['/../b-files/key', 404],
  ['/./b-files/key', 404],
  ['/%2e%2e/b-files/key', 404],
  ['/beta:b-files/key', 404],
  ['/beta%3Ab-files/key', 404],
  ['/beta:same/key', 404],
  ['/:b-files/key', 404],
  ['/a-files:b-files/key', 404],
  ['/beta:../key', 404],
])('24: %s finds nothing for a stranger, and is not written', async (path, status) => {
  for (const method of ['GET', 'PUT', 'DELETE', 'HEAD']) {
    const attack = () => sendSigned(alpha, { method, path, body: method === 'PUT' ? 'x' : '' });
    const answer = await withstand(server, attack);
    expect([status, 400]).toContain(answer.status);
    expect(answer.body).not.toContain('secret of beta');
  }
  await expectBetaIntact();
});

test('24: a bucket of the same name is one’s own', async () => {
  await expectRefused(server, () => sendSigned(alpha, { path: '/same/key' }), [404, 'NoSuchKey']);
  expect(await keysOfMember(alpha, 'same')).toEqual([]);
});

describe('25: a copy source that climbs', () => {
  const literal = '/a-files/%2e%2e/b-files/key';

  afterEach(async () => {
    await expectBetaIntact();
  });

  async function openUpload(): Promise<string> {
    const { body } = await sendSigned(alpha, { method: 'POST', path: '/a-files/target?uploads=' });
    return /<UploadId>(\w+)<\/UploadId>/.exec(body)?.[1] ?? '';
  }

  function copy(source: string): Promise<RawAnswer> {
    const headers = { 'x-amz-copy-source': source };
    return sendSigned(alpha, { method: 'PUT', path: '/a-files/target', headers });
  }

  function copyPart(source: string, uploadId: string): Promise<RawAnswer> {
    const headers = { 'x-amz-copy-source': source };
    return sendSigned(alpha, { method: 'PUT', path: `/a-files/target?partNumber=1&uploadId=${uploadId}`, headers });
  }

  test.each([
    'a-files/../b-files/key',
    '/a-files/%2e%2e/b-files/key',
    'a-files/..%2fb-files%2fkey',
    'a-files/../../b-files/key',
  ])('25: %s is a literal key, which is not there', async (source) => {
    await expectRefused(server, () => copy(source), [404, 'NoSuchKey']);
    const uploadId = await openUpload();
    await expectRefused(server, () => copyPart(source, uploadId), [404, 'NoSuchKey']);
  });

  test('25: where it is there, its own bytes are copied', async () => {
    await sendSigned(alpha, { method: 'PUT', path: literal, body: 'of alpha' });
    expect((await copy('a-files/../b-files/key')).status).toBe(200);
    expect((await sendSigned(alpha, { path: '/a-files/target' })).body).toBe('of alpha');
    const uploadId = await openUpload();
    const { status, body } = await copyPart('a-files/../b-files/key', uploadId);
    const digest = createHash('md5').update('of alpha').digest('hex');
    expect([status, /<ETag>&quot;(\w+)&quot;/.exec(body)?.[1]]).toEqual([200, digest]);
    for (const path of [literal, '/a-files/target']) {
      await sendSigned(alpha, { method: 'DELETE', path });
    }
  });

  test.each(['b-files/key', 'beta:b-files/key', 'beta:same/key', '/beta%3Ab-files/key'])(
    '25: %s, which is a stranger’s, does not exist',
    async (source) => {
      await expectRefused(server, () => copy(source), [404, 'NoSuchBucket']);
      const uploadId = await openUpload();
      await expectRefused(server, () => copyPart(source, uploadId), [404, 'NoSuchBucket']);
    },
  );

  test.each(['../b-files/key', './b-files/key', '//b-files/key'])('25: %s names no bucket', async (source) => {
    const answer = await withstand(server, () => copy(source));
    expect([400, 404]).toContain(answer.status);
  });

  test('25: GraphQL copies do not climb either', async () => {
    const mutation = `mutation($input: CopyObjectInput!) {
      copyObject(input: $input) { object { key } userErrors { code } }
    }`;
    const target = { bucket: 'a-files', key: 'target' };
    for (const source of [
      { bucket: 'a-files', key: '../b-files/key' },
      { bucket: 'b-files', key: 'key' },
      { bucket: 'same', tenant: 'beta', key: 'key' },
    ]) {
      const { data } = await withstand(server, () =>
        server.graphql(mutation, { input: { source, target } }, alpha.token),
      );
      expect(data.copyObject).toEqual({ object: null, userErrors: [{ code: 'NOT_FOUND' }] });
    }
  });
});

describe('27: ../ in a list of keys to delete', () => {
  const keys = ['../b-files/key', '../../b-files/key', '../beta:b-files/key', '/b-files/key', '..%2fb-files%2fkey'];

  function deleteAll(member: Member, bucket: string): Promise<RawAnswer> {
    const body = `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`;
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    return sendSigned(member, { method: 'POST', path: `/${bucket}?delete=`, body, headers });
  }

  test('27: the keys are literal, and nothing of a stranger is deleted', async () => {
    await sendSigned(alpha, { method: 'PUT', path: '/a-files/..%2fb-files%2fkey', body: 'of alpha' });
    const { status, body } = await deleteAll(alpha, 'a-files');
    expect(status).toBe(200);
    expect([...body.matchAll(/<Deleted><Key>(.*?)<\/Key>/g)].map(([, key]) => key)).toEqual(keys);
    expect(await keysOfMember(alpha, 'a-files')).toEqual([]);
    await expectBetaIntact();
    await expectAlive(server);
  });

  test('27: a stranger’s bucket does not exist', async () => {
    await expectRefused(server, () => deleteAll(alpha, 'beta:b-files'), [404, 'NoSuchBucket']);
    await expectBetaIntact();
  });
});

test.each(['sts', 'iam', 'execute-api', 'S3', 's3express', ''])(
  '29: a signature for the service "%s" is refused',
  async (service) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const raw: RawRequest = { method, path: '/a-files/k', service, body: method === 'PUT' ? 'x' : '' };
      await expectRefused(server, () => sendSigned(alpha, raw), [400, 'AuthorizationHeaderMalformed']);
      const path = presign(alpha, { method, path: '/a-files/k', service });
      await expectRefused(server, () => send(alpha, { ...raw, path }), [400, 'AuthorizationQueryParametersError']);
    }
  },
);

test('31: the ids of another tenant’s things are null', async () => {
  const seen = await server.graphql(
    `{ viewer { user { id } tenant { id } } bucket(name: "b-files") { id object(key: "key") { id versions(first: 1) { nodes { id } } } } }`,
    {},
    beta.token,
  );
  const keys = await server.graphql(
    'mutation { createAccessKey(input: {}) { accessKey { id } userErrors { message } } }',
    {},
    beta.token,
  );
  const { viewer, bucket } = seen.data;
  const ids = [
    viewer.user.id,
    viewer.tenant.id,
    bucket.id,
    bucket.object.id,
    bucket.object.versions.nodes[0].id,
    keys.data.createAccessKey.accessKey.id,
  ];
  expect(new Set(ids.filter((id) => typeof id === 'string')).size).toBeGreaterThanOrEqual(5);
  const query = 'query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';
  const foreign = await withstand(server, () => server.graphql(query, { ids }, alpha.token));
  expect(foreign.data).toEqual({ nodes: ids.map(() => null) });
  for (const id of ids) {
    const single = await server.graphql('query($id: ID!) { node(id: $id) { id } }', { id }, alpha.token);
    expect(single.data).toEqual({ node: null });
  }
  const own = await server.graphql(query, { ids }, beta.token);
  expect(own.data.nodes.map((node: { id: string } | null) => node?.id)).toEqual(ids);
});
