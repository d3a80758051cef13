import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

const create = async (mutation: string, input: object, token?: string): Promise<void> => {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { answer: ${mutation}(input: $input) { userErrors { message } } }`;
  const { data, errors } = await server.graphql(query, { input }, token);
  expect({ errors, userErrors: data?.answer.userErrors }).toEqual({ errors: undefined, userErrors: [] });
};

interface Shown {
  action: string;
  outcome: string;
  actorName: string | null;
  key: string | null;
}

const fields = `edges { cursor } nodes { id at action outcome actorName accessKeyId bucketName key versionId requestId
  sourceIp userAgent decisionId details tenant { name } actor { username } bucket { name } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;

async function log(args: string, token?: string) {
  const { data, errors } = await server.graphql(`{ auditLog(${args}) { ${fields} } }`, {}, token);
  if (errors !== undefined) {
    throw new Error(JSON.stringify(errors));
  }
  return data.auditLog;
}

beforeAll(async () => {
  server = await startTestServer();
  await create('createTenant', { name: 'acme' });
  await create('createUser', {
    tenant: 'acme',
    username: 'boss',
    password: 'long-secret-words-1',
    role: 'TENANT_ADMINISTRATOR',
  });
  await create('createUser', { tenant: 'acme', username: 'ann', password: 'long-secret-words-2', role: 'MEMBER' });
  const ann = await server.login('ann', 'long-secret-words-2', 'acme');
  await create('createBucket', { name: 'papers' }, ann);
  await server.s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  for (const key of ['2025/a', '2026/b', '2026/c']) {
    await server.s3.send(new PutObjectCommand({ Bucket: 'photos', Key: key, Body: key }));
  }
}, 60_000);

afterAll(() => server?.stop());

test('events are shown the newest first, with who, what, where and the request', async () => {
  const { nodes } = await log('first: 1');
  expect(nodes).toEqual([
    {
      id: expect.stringMatching(/^\d+$/),
      at: expect.any(String),
      action: 's3:PutObject',
      outcome: 'SUCCESS',
      actorName: 'admin',
      accessKeyId: server.accessKeyId,
      bucketName: 'photos',
      key: '2026/c',
      versionId: expect.stringMatching(/^[0-9a-f]{16}$/),
      requestId: expect.any(String),
      sourceIp: expect.stringMatching(/127\.0\.0\.1$/),
      userAgent: null,
      decisionId: null,
      details: null,
      tenant: { name: 'default' },
      actor: { username: 'admin' },
      bucket: { name: 'photos' },
    },
  ]);
});

test('what no event can have finds none', async () => {
  for (const field of ['actor', 'action', 'bucket', 'keyPrefix', 'requestId', 'sourceIp']) {
    expect((await log(`first: 1, filter: { ${field}: "a\\u0000" }`)).nodes).toEqual([]);
  }
});

test.each([
  ['action: "s3:CreateBucket"', 1],
  ['action: "s3:PutObject"', 3],
  ['keyPrefix: "2026/"', 2],
  ['keyPrefix: "2026/", bucket: "photos"', 2],
  ['bucket: "photos"', 4],
  ['bucket: "papers"', 0],
  ['actor: "nobody"', 0],
  ['actor: "admin", action: "s3:PutObject"', 3],
  ['outcome: DENIED', 0],
  ['sourceIp: "192.0.2.7"', 0],
  ['requestId: "nothing"', 0],
  ['from: "2100-01-01T00:00:00Z"', 0],
  ['to: "2000-01-01T00:00:00Z"', 0],
])('a filter finds what fits all of it: %s', async (filter, count) => {
  const { nodes } = await log(`first: 100, filter: { ${filter} }`);
  expect(nodes).toHaveLength(count);
});

test('a request is found by its id', async () => {
  const [{ requestId }] = (await log('first: 1, filter: { keyPrefix: "2025/" }')).nodes;
  const { nodes } = await log(`first: 10, filter: { requestId: "${requestId}" }`);
  expect(nodes.map(({ key }: Shown) => key)).toEqual(['2025/a']);
});

test('pages follow each other from both ends, without gaps', async () => {
  const all = (await log('first: 100')).edges.map(({ cursor }: { cursor: string }) => cursor);
  for (const [size, place, direction] of [
    ['first', 'after', 'endCursor'],
    ['last', 'before', 'startCursor'],
  ] as const) {
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await log(`${size}: 3${cursor === '' ? '' : `, ${place}: "${cursor}"`}`);
      const cursors = page.edges.map((edge: { cursor: string }) => edge.cursor);
      seen.splice(size === 'first' ? seen.length : 0, 0, ...cursors);
      cursor = page.pageInfo[direction];
      if (!(size === 'first' ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage)) {
        break;
      }
    }
    // Signing in for this test has added none since.
    expect(seen).toEqual(all);
  }
  await expect(log('first: 3, after: "YXVkaXRMb2c6eA"')).rejects.toThrow(/place in the list/);
});

test('the log is for administrators: of their tenant, or of any for global ones', async () => {
  const boss = await server.login('boss', 'long-secret-words-1', 'acme');
  const ann = await server.login('ann', 'long-secret-words-2', 'acme');
  const own = await log('first: 100', boss);
  expect(own.nodes.every(({ tenant }: { tenant: { name: string } }) => tenant.name === 'acme')).toBe(true);
  expect(own.nodes.map(({ action }: Shown) => action)).toContain('s3:CreateBucket');
  const asked = await log('first: 100, tenant: "acme", filter: { action: "s3:CreateBucket" }');
  expect(asked.nodes).toMatchObject([{ actorName: 'ann', bucketName: 'papers', details: { name: 'papers' } }]);
  await expect(log('first: 1', ann)).rejects.toThrow(/FORBIDDEN|ACCESS|Access/);
  await expect(log('first: 1, tenant: "default"', boss)).rejects.toThrow(/There is no tenant/);
  expect((await server.graphql('{ auditLog(first: 1) { nodes { id } } }', {}, null)).errors).toHaveLength(1);
});

test('the log can be fetched whole, as JSON lines, by whom it is shown to', async () => {
  const fetchLog = async (query: string, token: string | null) => {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`${server.httpUrl}/audit/export${query}`, { headers });
    return { status: response.status, body: await response.text() };
  };
  const boss = await server.login('boss', 'long-secret-words-1', 'acme');
  const { status, body } = await fetchLog('?from=2000-01-01', boss);
  expect(status).toBe(200);
  const events = body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.map(({ tenantName }) => tenantName)).toEqual(events.map(() => 'acme'));
  expect(events.map(({ action }) => action)).toContain('s3:CreateBucket');
  expect((await fetchLog('?tenant=acme', await server.login())).body).toContain('s3:CreateBucket');
  expect(await fetchLog('?to=2000-01-01', boss)).toEqual({ status: 200, body: '' });
  expect((await fetchLog('?tenant=default', boss)).status).toBe(404);
  expect((await fetchLog('', await server.login('ann', 'long-secret-words-2', 'acme'))).status).toBe(403);
  expect((await fetchLog('', null)).status).toBeGreaterThanOrEqual(401);
  expect((await fetchLog('', 'nonsense')).status).toBe(401);
  expect((await fetchLog('?from=soon', boss)).status).toBe(400);
});

test('a failed sign-in is a failure in the log', async () => {
  await expect(server.login('ann', 'wrong-password', 'acme')).rejects.toThrow();
  const { nodes } = await log('first: 1, tenant: "acme", filter: { outcome: FAILURE }');
  expect(nodes).toMatchObject([{ action: 'granary:Login', outcome: 'FAILURE', details: { username: 'ann' } }]);
  expect(JSON.stringify(nodes)).not.toContain('wrong-password');
});
