import { startTestServer, type TestServer } from '../support/server.js';
import { putTestObjects } from './objects.js';

let server: TestServer;
let tokenA: string;
let tokenB: string;

beforeAll(async () => {
  server = await startTestServer();
  for (const tenant of ['alpha', 'beta']) {
    const created = await server.graphql(
      `mutation($tenant: String!) {
        createTenant(input: { name: $tenant }) { tenant { name } userErrors { message } }
        createUser(input: { tenant: $tenant, username: "boss", password: "a long password", role: TENANT_ADMINISTRATOR }) {
          user { username } userErrors { message }
        }
      }`,
      { tenant },
    );
    expect(created.data).toMatchObject({ createTenant: { userErrors: [] }, createUser: { userErrors: [] } });
  }
  [tokenA, tokenB] = await Promise.all([
    server.login('boss', 'a long password', 'alpha'),
    server.login('boss', 'a long password', 'beta'),
  ]);
  for (const token of [tokenA, tokenB]) {
    await server.graphql('mutation { createBucket(input: { name: "same" }) { userErrors { message } } }', {}, token);
    await putTestObjects(server, 'same', ['key'], token);
  }
});

afterAll(async () => server.stop());

async function idsOf(token: string): Promise<string[]> {
  const { data } = await server.graphql(
    `mutation { createAccessKey(input: {}) { accessKey { id } userErrors { message } } }`,
    {},
    token,
  );
  const seen = await server.graphql(
    `{ viewer { user { id } tenant { id } } bucket(name: "same") { id object(key: "key") { id } } }`,
    {},
    token,
  );
  const { viewer, bucket } = seen.data;
  return [viewer.user.id, viewer.tenant.id, bucket.id, bucket.object.id, data.createAccessKey.accessKey.id];
}

test("another tenant's ids are null, one's own are what they were", async () => {
  const [own, foreign] = [await idsOf(tokenB), await idsOf(tokenA)];
  const query = 'query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';
  const { data, errors } = await server.graphql(query, { ids: [...foreign, ...own] }, tokenB);
  expect(errors).toBeUndefined();
  expect(data.nodes.slice(0, foreign.length)).toEqual(foreign.map(() => null));
  expect(data.nodes.slice(foreign.length)).toEqual([
    { __typename: 'User', id: own[0] },
    { __typename: 'Tenant', id: own[1] },
    { __typename: 'Bucket', id: own[2] },
    { __typename: 'StoredObject', id: own[3] },
    { __typename: 'AccessKey', id: own[4] },
  ]);
  for (const id of foreign) {
    expect((await server.graphql('query($id: ID!) { node(id: $id) { id } }', { id }, tokenB)).data).toEqual({
      node: null,
    });
  }
});

test('ids that were never given out are null', async () => {
  const ids = [
    '',
    'x',
    '💥',
    Buffer.from('Bucket:0').toString('base64url'),
    Buffer.from('Bucket:1e3').toString('base64url'),
  ];
  const odd = [
    Buffer.from('Nothing:1').toString('base64url'),
    Buffer.from('User:99999999999999999').toString('base64url'),
    'x'.repeat(100_000),
  ];
  const { data } = await server.graphql('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [...ids, ...odd] });
  expect(data.nodes).toEqual([...ids, ...odd].map(() => null));
});

test('the same bucket name in two tenants is two buckets', async () => {
  const query =
    '{ bucket(name: "same") { id tenant { name } objects(first: 10) { totalCount } } buckets(first: 10) { totalCount } }';
  const [a, b] = [await server.graphql(query, {}, tokenA), await server.graphql(query, {}, tokenB)];
  expect(a.data).toMatchObject({ bucket: { tenant: { name: 'alpha' } }, buckets: { totalCount: 1 } });
  expect(b.data).toMatchObject({ bucket: { tenant: { name: 'beta' } }, buckets: { totalCount: 1 } });
  expect(a.data.bucket.id).not.toBe(b.data.bucket.id);
});

test('naming another tenant finds nothing; for an administrator it finds it', async () => {
  const query =
    '{ bucket(name: "same", tenant: "alpha") { name } object(bucket: "same", tenant: "alpha", key: "key") { key } }';
  expect((await server.graphql(query, {}, tokenB)).data).toEqual({ bucket: null, object: null });
  expect((await server.graphql(query)).data).toEqual({ bucket: { name: 'same' }, object: { key: 'key' } });
  const remove =
    'mutation { deleteObject(input: { bucket: "same", tenant: "alpha", key: "key" }) { userErrors { code } } }';
  expect((await server.graphql(remove, {}, tokenB)).data.deleteObject.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
});

test('a user and a tenant are found by name by who may see them', async () => {
  const query = `{ user(username: "boss", tenant: "alpha") { username tenant { name } } tenant(name: "alpha") { name }
    none: user(username: "nobody") { username } odd: user(username: "a b\\u0000") { username }
    unknown: tenant(name: "Nobody\\u0000") { name } }`;
  const found = { user: { username: 'boss', tenant: { name: 'alpha' } }, tenant: { name: 'alpha' } };
  const nothing = { none: null, odd: null, unknown: null };
  for (const token of [tokenA, undefined]) {
    const { data, errors } = await server.graphql(query, {}, token);
    expect([errors, data]).toEqual([undefined, { ...found, ...nothing }]);
  }
  const other = await server.graphql(query, {}, tokenB);
  expect([other.errors, other.data]).toEqual([undefined, { user: null, tenant: null, ...nothing }]);
});

test('what is not for everybody is denied', async () => {
  await server.graphql(
    'mutation { createUser(input: { username: "reader", password: "a long password", role: READ_ONLY }) { userErrors { code } } }',
    {},
    tokenA,
  );
  const reader = await server.login('reader', 'a long password', 'alpha');
  const remove = 'mutation { deleteObject(input: { bucket: "same", key: "key" }) { userErrors { code } } }';
  expect((await server.graphql(remove, {}, reader)).data.deleteObject.userErrors).toEqual([{ code: 'DENIED' }]);
  const named = '{ own: user(username: "reader") { username } user(username: "boss") { username } }';
  expect(await server.graphql(named, {}, reader)).toMatchObject({
    ...{ data: { own: { username: 'reader' }, user: null }, errors: [{ extensions: { code: 'DENIED' } }] },
  });
  const users = await server.graphql('{ users(first: 1) { nodes { username } } }', {}, reader);
  expect(users.errors).toMatchObject([{ extensions: { code: 'DENIED' } }]);
  const tenant = 'mutation { createTenant(input: { name: "gamma" }) { userErrors { code } } }';
  expect((await server.graphql(tenant, {}, tokenA)).data.createTenant.userErrors).toEqual([{ code: 'DENIED' }]);
});
