import { sendForm, singleUpload } from '../http/multipart.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => server.stop());

const createBucket = `mutation($input: CreateBucketInput!) {
  createBucket(input: $input) { bucket { name } userErrors { code field message } }
}`;

test('what a caller can expect to go wrong is a user error', async () => {
  await server.graphql(createBucket, { input: { name: 'taken' } });
  const again = await server.graphql(createBucket, { input: { name: 'taken' } });
  expect(again.errors).toBeUndefined();
  expect(again.data.createBucket).toMatchObject({
    bucket: null,
    userErrors: [{ code: 'CONFLICT', field: ['input', 'name'] }],
  });
  for (const field of ['name', 'bucket']) {
    const taken = await server.graphql(createBucket, { input: { [field]: 'taken' } });
    expect(taken.data.createBucket.userErrors).toMatchObject([{ code: 'CONFLICT', field: ['input', field] }]);
    const bad = await server.graphql(createBucket, { input: { [field]: 'No' } });
    expect(bad.data.createBucket.userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', field] }]);
  }
  const unknown = await server.graphql(
    'mutation { deleteBucket(input: { bucket: "nobody" }) { userErrors { code } } }',
  );
  expect(unknown.data.deleteBucket.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
});

test('a bucket has the region of the server unless another is named', async () => {
  const create = `mutation($input: CreateBucketInput!) { createBucket(input: $input) { bucket { region } } }`;
  for (const [name, region, expected] of [
    ['regional', undefined, server.settings.s3Region],
    ['empty', '', server.settings.s3Region],
    ['north', 'eu-north-1', 'eu-north-1'],
  ]) {
    const { data } = await server.graphql(create, { input: { name, region } });
    expect(data.createBucket.bucket).toEqual({ region: expected });
  }
});

test('content with another digest than was announced is refused in the words of who announced it', async () => {
  const sha256 = '0'.repeat(64);
  const { data } = await sendForm(server, singleUpload({ bucket: 'taken', key: 'a', sha256 }, 'x'));
  expect(data.uploadObject.userErrors).toMatchObject([
    { code: 'DIGEST_MISMATCH', message: 'The content does not have the SHA-256 that was announced.' },
  ]);
  const rest = await fetch(`${server.httpUrl}/v1/objects?bucket=taken&key=a&sha256=${sha256}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await server.login()}` },
    body: 'x',
  });
  expect(await rest.json()).toMatchObject({ code: 'DIGEST_MISMATCH', field: 'sha256' });
});

test('a subscription that is sent as a query is told where subscriptions go', async () => {
  const before = server.problems.length;
  for (const query of [
    'subscription { objectEvents(bucket: "taken") { key } }',
    'subscription S { jobProgress(id: 1) { id } }',
  ]) {
    const { data, errors } = await server.graphql(query);
    expect(data ?? null).toBeNull();
    const message = expect.stringMatching(/WebSocket.*\/graphql\/stream/);
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_REQUEST' } }]);
  }
  expect(server.problems.slice(before)).toEqual([]);
});

test('who is not signed in is told so, whatever it asks for', async () => {
  for (const query of ['{ viewer { roles } }', '{ ...Q } fragment Q on Query { node(id: "x") { id } }', createBucket]) {
    const { data, errors } = await server.graphql(query, { input: { name: 'x' } }, null);
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  }
  expect((await server.graphql('{ __typename }', {}, null)).data).toEqual({ __typename: 'Query' });
});

test('a wrong token is a 401 in the form of GraphQL', async () => {
  for (const authorization of ['Bearer nonsense', 'Basic YTpi', 'Bearer ', 'Bearer a.b.c']) {
    const response = await fetch(`${server.httpUrl}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  }
});

test('a wrong password is a user error that says nothing of which part was wrong', async () => {
  const login = 'mutation($input: LoginInput!) { login(input: $input) { accessToken userErrors { code message } } }';
  const wrong = await server.graphql(login, { input: { username: 'admin', password: 'wrong password' } }, null);
  const nobody = await server.graphql(login, { input: { username: 'nobody', password: 'wrong password' } }, null);
  expect(wrong.data.login).toMatchObject({ accessToken: null, userErrors: [{ code: 'UNAUTHENTICATED' }] });
  expect(nobody.data).toEqual(wrong.data);
});

test('a session is renewed once per refresh token', async () => {
  const fields = '{ accessToken refreshToken expiresAt user { username } userErrors { code } }';
  const login = `mutation($input: LoginInput!) { session: login(input: $input) ${fields} }`;
  const refresh = `mutation($input: RefreshSessionInput!) { session: refreshSession(input: $input) ${fields} }`;
  const first = await server.graphql(login, { input: { username: 'admin', password: server.adminPassword } }, null);
  const input = { refreshToken: first.data.session.refreshToken };
  const second = await server.graphql(refresh, { input }, null);
  expect(second.data.session).toMatchObject({ user: { username: 'admin' }, userErrors: [] });
  const third = await server.graphql(refresh, { input }, null);
  expect(third.data.session).toMatchObject({ accessToken: null, userErrors: [{ code: 'UNAUTHENTICATED' }] });
});

test.each([
  [
    'a variable of another type',
    'mutation($input: LoginInput!) { login(input: $input) { accessToken } }',
    { input: { username: { s3cret: 1 }, password: 's3cret' } },
  ],
  [
    'an unknown field',
    'mutation($input: LoginInput!) { login(input: $input) { accessToken } }',
    { input: { username: 'a', password: 's3cret', x: 's3cret' } },
  ],
  [
    'a missing field',
    'mutation($input: LoginInput!) { login(input: $input) { accessToken } }',
    { input: { password: 's3cret' } },
  ],
  ['no object at all', 'mutation($input: LoginInput!) { login(input: $input) { accessToken } }', { input: 's3cret' }],
  ['nothing', 'mutation($input: LoginInput!) { login(input: $input) { accessToken } }', {}],
])('%s is refused without repeating values', async (_name, query, variables) => {
  const { errors } = await server.graphql(query, variables, null);
  expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  expect(JSON.stringify(errors)).not.toContain('s3cret');
});

test('a required variable that has a default may be left out', async () => {
  await server.graphql('mutation { createBucket(input: { name: "defaults" }) { userErrors { message } } }');
  const asked = `query($name: String! = "defaults", $first: Int! = 7, $no: Boolean! = true) {
    bucket(name: $name) { name objects(first: $first) { nodes { key } } } typed: __typename @skip(if: $no)
  }`;
  const first = await server.graphql(asked);
  expect(first.errors).toBeUndefined();
  expect(first.data).toEqual({ bucket: { name: 'defaults', objects: { nodes: [] } } });
  const { data } = await server.graphql(asked, { name: 'there-is-none', no: false });
  expect(data).toEqual({ bucket: null, typed: 'Query' });
  const create = `mutation($versioning: BucketVersioningSetting! = ENABLED, $input: SetBucketTagsInput! = { bucket: "defaults", tags: [{ key: "a", value: "b" }] }) {
    setBucketVersioning(input: { bucket: "defaults", versioning: $versioning }) { bucket { versioning } }
    setBucketTags(input: $input) { bucket { tags { key } } }
  }`;
  expect((await server.graphql(create)).data).toEqual({
    setBucketVersioning: { bucket: { versioning: 'ENABLED' } },
    setBucketTags: { bucket: { tags: [{ key: 'a' }] } },
  });
});

test('a bug is masked, and its request id stands in the log', async () => {
  const { granary } = server;
  const original = granary.database.query;
  const token = await server.login();
  await server.graphql('{ viewer { roles } }', {}, token);
  granary.database.query = () => Promise.reject(new Error('secret detail at /etc/passwd'));
  const { errors } = await server.graphql('{ buckets(first: 1) { nodes { name } } }', {}, token);
  granary.database.query = original;
  const [error] = errors as { message: string; extensions: { code: string; requestId: string } }[];
  expect(error).toMatchObject({ message: 'Internal error', extensions: { code: 'INTERNAL_SERVER_ERROR' } });
  expect(JSON.stringify(errors)).not.toMatch(/secret|passwd|\.ts|\.js/);
  expect(server.problems.some((problem) => problem.includes(error?.extensions.requestId ?? 'none'))).toBe(true);
  server.problems.length = 0;
});

test.each([
  ['none of that name', { query: 'query A { __typename }', operationName: 'B' }],
  ['several, and no name', { query: 'query A { __typename } query B { __typename }' }],
])('a document with %s has no operation to run', async (_, body) => {
  const response = await fetch(`${server.httpUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await server.login()}` },
    body: JSON.stringify(body),
  });
  expect(await response.json()).toMatchObject({
    errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }],
  });
});

test('a page must say how long it is, and cursors are of their own list', async () => {
  for (const query of [
    '{ buckets { nodes { name } } }',
    '{ buckets(first: 0) { nodes { name } } }',
    '{ buckets(first: 101) { nodes { name } } }',
    '{ buckets(last: -1) { nodes { name } } }',
    '{ buckets(first: 1, last: 1) { nodes { name } } }',
    '{ buckets(first: 1, before: "x") { nodes { name } } }',
    '{ buckets(first: 1, after: "x") { nodes { name } } }',
    `{ buckets(first: 1, after: "${Buffer.from('users:a').toString('base64url')}") { nodes { name } } }`,
  ]) {
    expect((await server.graphql(query)).errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
  }
});

test('in production, strangers see no schema and get no suggestions', async () => {
  const production = await startTestServer({ production: true });
  try {
    const schema = await production.graphql('{ __schema { queryType { name } } }', {}, null);
    expect(schema.errors).toMatchObject([{ extensions: { code: 'INTROSPECTION_DISABLED' } }]);
    expect((await production.graphql('{ __schema { queryType { name } } }')).data.__schema.queryType.name).toBe(
      'Query',
    );
    const typo = await production.graphql('{ viewr { roles } }', {}, null);
    expect(JSON.stringify(typo)).not.toContain('Did you mean');
  } finally {
    await production.stop();
  }
});
