import { once } from 'node:events';
import { get } from 'node:http';
import { GranaryError } from '../../src/errors.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { sendForm, singleUpload } from './multipart.js';
import { change, share, tryToShare, visit } from './shares.js';

let server: TestServer;
let ann: string;
const password = 'a long enough secret';

beforeAll(async () => {
  server = await startTestServer();
  await change(server, 'createTenant', { name: 'acme' });
  for (const [username, role] of [
    ['ann', 'MEMBER'],
    ['bob', 'MEMBER'],
    ['rita', 'READ_ONLY'],
    ['boss', 'TENANT_ADMINISTRATOR'],
  ]) {
    await change(server, 'createUser', { tenant: 'acme', username, password, role });
  }
  ann = await server.login('ann', password, 'acme');
  expect(await change(server, 'createBucket', { name: 'papers' }, ann)).toEqual([]);
  await put('a/one.txt', 'one');
}, 60_000);

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

async function put(key: string, content: string | Buffer): Promise<void> {
  const { data } = await sendForm(server, singleUpload({ bucket: 'papers', key }, content), { token: ann });
  expect(data.uploadObject.userErrors).toEqual([]);
}

const object = { bucket: 'papers', key: 'a/one.txt' };

/** Both kinds of link at once: what ends one ends the other. */
async function made(token = ann): Promise<() => Promise<number[]>> {
  const links = [await share(server, object, token), await share(server, { bucket: 'papers', folder: 'a' }, token)];
  return async () => Promise.all(links.map(async ({ url }) => (await visit(url)).status));
}

async function user(username: string, role = 'TENANT_ADMINISTRATOR'): Promise<string> {
  expect(await change(server, 'createUser', { tenant: 'acme', username, password, role })).toEqual([]);
  return server.login(username, password, 'acme');
}

test('a link is dead while its maker is disabled, and for good when it is deleted', async () => {
  const statuses = await made(await user('carl'));
  expect(await statuses()).toEqual([200, 200]);
  await server.graphql(
    'mutation { disableUser(input: { tenant: "acme", username: "carl" }) { userErrors { message } } }',
  );
  expect(await statuses()).toEqual([404, 404]);
  await server.graphql(
    'mutation { enableUser(input: { tenant: "acme", username: "carl" }) { userErrors { message } } }',
  );
  expect(await statuses()).toEqual([200, 200]);
  await change(server, 'deleteUser', { tenant: 'acme', username: 'carl' });
  expect(await statuses()).toEqual([404, 404]);
});

test('a link goes along with a move by its maker, or by who could share the new place, and by nobody else', async () => {
  const eve = await user('eve', 'MEMBER');
  const folder = (name: string, ...actions: string[]) => ({
    ...{ Effect: 'Allow', Action: actions },
    Resource: [`arn:aws:s3:::papers/${name}/*`],
  });
  const Statement = [
    folder('moves', 's3:GetObject', 's3:DeleteObject'),
    folder('drop', 's3:PutObject'),
    folder('open', 's3:PutObject', 's3:GetObject', 'granary:CreateShareLink'),
  ];
  const document = { Version: '2012-10-17', Statement };
  expect(await change(server, 'putInlinePolicy', { tenant: 'acme', username: 'eve', name: 'moves', document })).toEqual(
    [],
  );
  const statusAfter = async (key: string, target: string, token: string) => {
    await put(key, key);
    const link = await share(server, { bucket: 'papers', key }, ann);
    const input = { source: { bucket: 'papers', key }, target: { bucket: 'papers', key: target } };
    expect(await change(server, 'moveObject', input, token)).toEqual([]);
    return (await visit(link.url)).status;
  };
  expect(await statusAfter('moves/1', 'drop/1', eve)).toBe(404);
  expect(await statusAfter('moves/2', 'open/2', eve)).toBe(200);
  expect(await statusAfter('moves/3', 'drop/3', ann)).toBe(200);
});

test('a link is dead when its maker may not read, or not share any more', async () => {
  const statuses = await made(await user('dora'));
  for (const Action of ['s3:*', 'granary:CreateShareLink']) {
    const Statement = [{ Effect: 'Deny', Action, Resource: '*' }];
    const policy = { tenant: 'acme', username: 'dora', name: 'no', document: { Version: '2012-10-17', Statement } };
    expect(await change(server, 'putInlinePolicy', policy)).toEqual([]);
    expect(await statuses()).toEqual([404, 404]);
    await change(server, 'deleteInlinePolicy', { tenant: 'acme', username: 'dora', name: 'no' });
    expect(await statuses()).toEqual([200, 200]);
  }
  await change(server, 'updateUser', { tenant: 'acme', username: 'dora', role: 'READ_ONLY' });
  expect(await statuses()).toEqual([404, 404]);
});

test('conditions on the prefix count when a folder’s link is used, as they did when it was made', async () => {
  const statuses = await made(await user('emma'));
  const set = async (Statement: object[]) => {
    const document = { Version: '2012-10-17', Statement };
    const policy = { tenant: 'acme', username: 'emma', name: 'prefix', document };
    expect(await change(server, 'putInlinePolicy', policy)).toEqual([]);
  };
  const deny = (Condition: object) =>
    set([{ Effect: 'Deny', Action: 'granary:CreateShareLink', Resource: 'arn:aws:s3:::papers', Condition }]);
  await deny({ StringEquals: { 's3:prefix': 'a/' } });
  expect(await statuses()).toEqual([200, 404]);
  await deny({ StringEquals: { 's3:prefix': 'b/' } });
  expect(await statuses()).toEqual([200, 200]);
  await deny({ StringNotLike: { 's3:prefix': 'a/*' } });
  expect(await statuses()).toEqual([200, 200]);
});

test('a link is dead while its tenant is suspended', async () => {
  const statuses = await made();
  await change(server, 'suspendTenant', { tenant: 'acme' });
  expect(await statuses()).toEqual([404, 404]);
  await change(server, 'resumeTenant', { tenant: 'acme' });
  expect(await statuses()).toEqual([200, 200]);
});

test('what a folder’s maker may not read is neither shown in the bytes nor in the zip', async () => {
  await put('mixed/open.txt', 'open');
  await put('mixed/closed.txt', 'closed');
  const { url } = await share(server, { bucket: 'papers', folder: 'mixed' }, ann);
  const Statement = [
    { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::papers/mixed/closed.txt' },
  ];
  expect(
    await change(server, 'putBucketPolicy', { bucket: 'papers', policy: { Version: '2012-10-17', Statement } }, ann),
  ).toEqual([]);
  const refused = await visit(`${url}/content?file=closed.txt`);
  expect({ status: refused.status, id: refused.headers.get('x-granary-decision-id') }).toEqual({
    status: 404,
    id: null,
  });
  expect(refused.text).toBe((await visit(`${url}/content?file=nothing.txt`)).text);
  const zip = await visit(`${url}/zip`);
  expect(zip.text).toContain('NOT-INCLUDED.txt');
  await change(server, 'deleteBucketPolicy', { bucket: 'papers' }, ann);
});

test('who may not share makes no links, and who may not read shares nothing', async () => {
  for (const username of ['rita', 'bob']) {
    const token = await server.login(username, password, 'acme');
    const { data } = await tryToShare(server, object, token);
    expect(data.createShareLink.userErrors).toMatchObject([{ code: 'DENIED' }]);
  }
});

test('a key that may only read makes no links, and links of a key end with it', async () => {
  const query = `mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret userErrors { message } } }`;
  const keyFor = async (input: object) =>
    (await server.graphql(query, { input: { name: 'key', ...input } }, ann)).data.createApiKey.secret;
  const reader = await tryToShare(server, object, await keyFor({ scopes: ['OBJECTS_READ'] }));
  expect(reader.data.createShareLink.userErrors).toMatchObject([{ code: 'DENIED' }]);
  const expiresAt = new Date(Date.now() + 3_600_000);
  const full = await tryToShare(server, object, await keyFor({ scopes: ['FULL'], expiresAt }));
  expect(new Date(full.data.createShareLink.shareLink.expiresAt)).toEqual(expiresAt);
  const sessionPolicy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['granary:*', 's3:GetObject', 's3:ListBucket'],
        Resource: '*',
        Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.1/32' } },
      },
    ],
  };
  const narrow = await share(server, object, await keyFor({ scopes: ['FULL'], sessionPolicy }));
  expect((await visit(narrow.url)).status).toBe(200);
  await server.granary.database.pool.query(
    `UPDATE share_link SET inherited_policies = replace(inherited_policies::text, '127.0.0.1/32', '192.0.2.1/32')::jsonb`,
  );
  expect((await visit(narrow.url)).status).toBe(404);
});

test('others see and revoke a link when its bucket is theirs or they administer the tenant, and else do not find it', async () => {
  const boss = await server.login('boss', password, 'acme');
  const bob = await server.login('bob', password, 'acme');
  const link = await share(server, { ...object, description: 'for the visit' }, boss);
  const seen = async (token: string) => {
    const { data } = await server.graphql(
      'query($id: ID!) { shareLinks(first: 100) { nodes { id } } node(id: $id) { id } bucket(name: "papers") { shareLinks(first: 100) { nodes { id } } } }',
      { id: link.id },
      token,
    );
    const has = (list?: { nodes: { id: string }[] }) => list?.nodes.some(({ id }) => id === link.id) ?? false;
    return [has(data.shareLinks), data.node !== null, has(data.bucket?.shareLinks)];
  };
  expect(await seen(boss)).toEqual([true, true, true]);
  expect(await seen(ann)).toEqual([false, false, true]);
  expect(await seen(bob)).toEqual([false, false, false]);
  expect(await change(server, 'revokeShareLink', { id: link.id }, bob)).toMatchObject([{ code: 'NOT_FOUND' }]);
  expect(await change(server, 'updateShareLink', { id: link.id, maxDownloads: 1 }, bob)).toMatchObject([
    { code: 'NOT_FOUND' },
  ]);
  expect((await visit(link.url)).status).toBe(200);
  expect(await change(server, 'revokeShareLink', { id: link.id }, ann)).toEqual([]);
  expect(await change(server, 'revokeShareLink', { id: link.id }, ann)).toEqual([]);
  expect(await change(server, 'updateShareLink', { id: link.id, maxDownloads: 1 }, ann)).toMatchObject([
    { code: 'CONFLICT' },
  ]);
  expect((await visit(link.url)).status).toBe(404);
});

test.each([
  ['setBucketSharing', { bucket: 'papers' }],
  ['setTenantSharing', {}],
])('%s forbids links, or those without password or end, also those that are there', async (mutation, place) => {
  const boss = await server.login('boss', password, 'acme');
  const set = async (sharing: object) =>
    expect(await change(server, mutation, { ...place, sharing }, boss)).toEqual([]);
  const open = await share(server, object, ann);
  const locked = await share(server, { ...object, password: 'seven green apples' }, ann);
  const statuses = async () => [(await visit(open.url)).status, (await visit(locked.url)).status];
  expect(await statuses()).toEqual([200, 403]);
  await set({ allowed: false });
  expect(await statuses()).toEqual([404, 404]);
  expect((await tryToShare(server, object, ann)).data.createShareLink.userErrors).toMatchObject([{ code: 'DENIED' }]);
  await set({ passwordRequired: true });
  expect(await statuses()).toEqual([404, 403]);
  expect((await tryToShare(server, object, ann)).data.createShareLink.userErrors).toMatchObject([
    { code: 'INVALID_INPUT' },
  ]);
  await set({ longestSeconds: 60 });
  expect(await statuses()).toEqual([200, 403]);
  const late = { ...object, expiresAt: new Date(Date.now() + 120_000) };
  expect((await tryToShare(server, late, ann)).data.createShareLink.userErrors).toMatchObject([
    { code: 'INVALID_INPUT' },
  ]);
  const short = await tryToShare(server, object, ann);
  expect(Date.parse(short.data.createShareLink.shareLink.expiresAt)).toBeLessThanOrEqual(Date.now() + 60_000);
  await server.granary.database.pool.query(`UPDATE share_link SET expiry_set_at = now() - interval '61 s'`);
  expect(await statuses()).toEqual([404, 404]);
  await set({});
  expect(await statuses()).toEqual([200, 403]);
});

test('members set no rules of the tenant', async () => {
  expect(await change(server, 'setTenantSharing', { sharing: { allowed: true } }, ann)).toMatchObject([
    { code: 'DENIED' },
  ]);
  expect(
    await change(server, 'setBucketSharing', { bucket: 'papers', sharing: { longestSeconds: 5 } }, ann),
  ).toMatchObject([{ code: 'INVALID_INPUT' }]);
});

test('a download that is under way breaks off when its link is revoked', async () => {
  await put('large.bin', Buffer.alloc(48 * 1024 * 1024, 1));
  const { url, id } = await share(server, { bucket: 'papers', key: 'large.bin' }, ann);
  const request = get(`${url}/content`);
  const [response] = await once(request, 'response');
  response.pause();
  response.on('error', () => undefined);
  const ended = new Promise((resolve) => response.once('close', resolve));
  expect(response.statusCode).toBe(200);
  await change(server, 'revokeShareLink', { id }, ann);
  // So slowly that the news comes before the end, whatever else the machine does.
  response.on('data', () => {
    response.pause();
    setTimeout(() => response.resume(), 10);
  });
  response.resume();
  await ended;
  expect(response.complete).toBe(false);
});

test('a download whose link is revoked while it is being opened is none', async () => {
  await put('opening.bin', Buffer.alloc(2 * 1024 * 1024, 1));
  const { url } = await share(server, { bucket: 'papers', key: 'opening.bin' }, ann);
  const { shares } = server.granary;
  const follow = shares.follow.bind(shares);
  shares.follow = (id, stream) => {
    const followed = follow(id, stream);
    stream.destroy(new GranaryError('Denied', 'The link was taken back.', { reason: 'ShareLinkRevoked' }));
    return followed;
  };
  const broken = await visit(`${url}/content`);
  shares.follow = follow;
  expect({ status: broken.status, etag: broken.headers.get('etag') }).toEqual({ status: 404, etag: null });
  expect((await visit(`${url}/content`)).status).toBe(200);
});

test('a download that cannot be opened is not counted, and its answer has no header of the object', async () => {
  await put('broken.bin', Buffer.alloc(2 * 1024 * 1024, 2));
  const { url } = await share(server, { bucket: 'papers', key: 'broken.bin', maxDownloads: 1 }, ann);
  const { pool } = server.granary.database;
  const ofBlob = `FROM object_version v WHERE v.key = 'broken.bin' AND blob.id = v.blob_id`;
  await pool.query(`UPDATE blob SET damage = 'CORRUPT', damaged_at = now() ${ofBlob}`);
  const { status, headers } = await visit(`${url}/content`);
  expect({ status, etag: headers.get('etag'), type: headers.get('content-type') }).toEqual({
    status: 500,
    etag: null,
    type: expect.stringContaining('application/json'),
  });
  expect(headers.get('last-modified')).toBeNull();
  expect(server.problems.splice(0)).toHaveLength(1);
  await pool.query(`UPDATE blob SET damage = NULL, damaged_at = NULL ${ofBlob}`);
  expect((await visit(`${url}/content`)).status).toBe(200);
});

test('a page of links with their visits, makers and buckets costs as many queries as one link', async () => {
  const { pool } = server.granary.database;
  const cost = async (first: number) => {
    let acquired = 0;
    const count = () => {
      acquired += 1;
    };
    pool.on('acquire', count);
    const fields = 'id bucket { name shareLinks(first: 2) { totalCount nodes { id } } } createdBy { username }';
    const { data, errors } = await server.graphql(
      `{ shareLinks(first: ${first}, tenant: "acme") { nodes { ${fields} accesses(first: 2) { totalCount nodes { at } } } } }`,
    );
    pool.off('acquire', count);
    expect({ errors, count: data.shareLinks.nodes.length }).toEqual({ errors: undefined, count: first });
    return acquired;
  };
  await cost(1);
  // What the server does beside may cost one more or less; each link would cost seven more.
  expect(await cost(8)).toBeLessThan((await cost(1)) + 4);
});
