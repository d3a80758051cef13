import { CreateBucketCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { DigestsUnderWay } from '../../../src/operations/objects/digests-under-way.js';
import { FairTurns } from '../../../src/turns/fair-turns.js';
import { requestOfAdministrator } from '../../hostile/administrator.js';
import { openTenant } from '../../hostile/tenant-member.js';
import { makeS3User } from '../../support/s3-user.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { indexAll, put, searchKeys } from './search-fixture.js';

let server: TestServer;
const tokens: Record<string, string> = {};

const statement = (Effect: string, Action: string | string[], Resource: string | string[], Condition?: object) => ({
  ...{ Effect, Action, Resource },
  ...(Condition === undefined ? {} : { Condition }),
});

const bucketArn = (name: string) => `arn:aws:s3:::${name}`;
const list = statement('Allow', 's3:ListBucket', bucketArn('shared'));

/** What each member may do beside its role. */
const people: Record<string, object[]> = {
  nobody: [],
  // Only what is its own.
  home: [
    statement('Allow', 's3:ListBucket', bucketArn('shared'), {
      StringLike: { 's3:prefix': `home/\${aws:username}/*` },
    }),
    statement('Allow', 's3:GetObject', `${bucketArn('shared')}/home/\${aws:username}/*`),
  ],
  // Everything but what is secret.
  almost: [
    list,
    statement('Allow', 's3:GetObject', '*'),
    statement('Deny', 's3:GetObject', `${bucketArn('*')}/*secret*`),
  ],
  // Everything but tags.
  untold: [
    list,
    statement('Allow', 's3:*', `${bucketArn('shared')}/*`),
    statement('Deny', 's3:GetObjectTagging', `${bucketArn('*')}/*`),
  ],
  // By the tags of each object.
  tagged: [
    list,
    statement('Allow', 's3:GetObject', `${bucketArn('shared')}/*`, {
      StringEquals: { 's3:ExistingObjectTag/public': 'yes' },
    }),
  ],
  // Names, but nothing of the objects.
  lister: [list],
  // Objects, but not their list.
  reader: [statement('Allow', 's3:GetObject', `${bucketArn('shared')}/*`)],
};

beforeAll(async () => {
  server = await startTestServer();
  for (const Bucket of ['shared', 'closed']) {
    await server.s3.send(new CreateBucketCommand({ Bucket }));
  }
  for (const [username, Statement] of Object.entries(people)) {
    await makeS3User(server, { username });
    tokens[username] = await server.login(username, 'a long enough password 1');
    if (Statement.length > 0) {
      const { data, errors } = await server.graphql(
        'mutation($input: PutInlinePolicyInput!) { putInlinePolicy(input: $input) { userErrors { message } } }',
        { input: { username, name: 'own', document: { Version: '2012-10-17', Statement } } },
      );
      expect({ errors, userErrors: data?.putInlinePolicy.userErrors }).toEqual({ errors: undefined, userErrors: [] });
    }
  }
  const { s3 } = server;
  for (const Key of ['home/home/diary.txt', 'home/other/diary.txt', 'secret/plan.txt', 'plain.txt']) {
    await put(s3, { Bucket: 'shared', Key, Metadata: { project: 'apollo' }, Tagging: 'state=draft' });
  }
  await put(s3, { Bucket: 'shared', Key: 'open.txt', Metadata: { project: 'apollo' }, Tagging: 'public=yes' });
  await put(s3, { Bucket: 'closed', Key: 'closed.txt', Metadata: { project: 'apollo' } });
  await indexAll(server);
}, 60_000);

afterAll(() => server?.stop());

const everywhere = 'text: "apollo", orderBy: { field: NAME }';

test.each([
  ['nobody', []],
  ['home', ['home/home/diary.txt']],
  ['almost', ['home/home/diary.txt', 'home/other/diary.txt', 'open.txt', 'plain.txt']],
  ['tagged', ['open.txt']],
  ['lister', []],
  ['reader', []],
])('%s finds what it may list and read, and nothing else', async (username, expected) => {
  const token = tokens[username];
  expect(await searchKeys(server, everywhere, token)).toEqual(expected);
  for (const filter of ['metadata: [{ name: "project", value: "apollo" }]', 'key: "*.txt"', 'maxSize: 1', '']) {
    expect(await searchKeys(server, `orderBy: { field: NAME }, filter: { ${filter} }`, token)).toEqual(expected);
  }
});

test('tags find nothing for who may not read them', async () => {
  const all = ['home/home/diary.txt', 'home/other/diary.txt', 'secret/plan.txt', 'plain.txt'].toSorted();
  const ways = [
    'filter: { tags: [{ key: "state", value: "draft" }] }',
    'text: "draft"',
    'text: "dra"',
    'text: "drafd"',
  ];
  for (const way of ways) {
    const args = `${way}, orderBy: { field: NAME }`;
    expect(await searchKeys(server, args)).toEqual(all);
    expect(await searchKeys(server, args, tokens.untold)).toEqual([]);
  }
  const byMore = 'text: "apollo plan", matchTypos: false, orderBy: { field: NAME }';
  expect(await searchKeys(server, byMore, tokens.untold)).toEqual(['secret/plan.txt']);
});

test('who may name a bucket must be allowed to look into it', async () => {
  for (const username of ['nobody', 'lister', 'reader']) {
    const asked = searchKeys(server, 'filter: { buckets: ["closed"] }', tokens[username]);
    await expect(asked).rejects.toThrow('Access Denied');
  }
  await expect(searchKeys(server, 'filter: { buckets: ["absent"] }', tokens.almost)).rejects.toThrow('does not exist');
});

test('pages do not tell of what is hidden', async () => {
  const query = `query($text: String) { search(first: 1, text: $text) { nodes { key } pageInfo { hasNextPage endCursor } } }`;
  const empty = { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
  for (const text of ['secret', 'nothing']) {
    expect((await server.graphql(query, { text }, tokens.almost)).data.search).toEqual(empty);
  }
  const { data } = await server.graphql(query, { text: 'diary' }, tokens.home);
  expect(data.search).toMatchObject({ nodes: [{ key: 'home/home/diary.txt' }], pageInfo: { hasNextPage: false } });
});

test('the order of what is found tells nothing of tags', async () => {
  const keys = ['orchard 1', 'orchard 2', 'orchard 3'];
  for (const [index, Key] of keys.entries()) {
    await put(server.s3, { Bucket: 'shared', Key, ...(index === 1 ? { Tagging: 'orcs=many' } : {}) });
  }
  await indexAll(server);
  const ranked = 'text: "orc", orderBy: { field: RELEVANCE }';
  for (const token of [undefined, tokens.untold]) {
    expect(await searchKeys(server, ranked, token)).toEqual(keys.toReversed());
  }
});

test('what is hidden by thousands does not keep a page from being filled', async () => {
  await server.granary.database.pool.query(
    `INSERT INTO object_version (bucket_id, key, is_latest, is_null, blob_id, size, etag, metadata)
     SELECT v.bucket_id, 'a/secret/' || i, true, true, v.blob_id, 1, v.etag, v.metadata
     FROM object_version v, generate_series(1, 3000) i WHERE v.key = 'plain.txt'`,
  );
  await server.granary.database.pool.query(`UPDATE search_place SET walk = 'OBJECTS'`);
  await indexAll(server);
  expect(await searchKeys(server, everywhere, tokens.almost)).toHaveLength(4);
  expect(await searchKeys(server, everywhere, tokens.home)).toHaveLength(1);
  // By tags of objects nothing is known before they are read; the page is filled or the last one all the same.
  const found: string[] = [];
  let pages = 0;
  for (let after: string | null = null, isMore = true; isMore; pages++) {
    const { data, errors } = await server.graphql(
      'query($after: String) { search(first: 10, after: $after, text: "apollo") { nodes { key } pageInfo { hasNextPage endCursor } } }',
      { after },
      tokens.tagged,
    );
    expect(errors).toBeUndefined();
    found.push(...data.search.nodes.map(({ key }: { key: string }) => key));
    after = data.search.pageInfo.endCursor;
    isMore = data.search.pageInfo.hasNextPage;
    expect(Buffer.from(after ?? '', 'base64url').toString('latin1')).not.toContain('secret');
  }
  expect(found).toEqual(['open.txt']);
  expect(pages).toBe(1);
});

test('what is granted and taken back counts at once', async () => {
  const policy = (Effect: string) =>
    server.s3.send(
      new PutBucketPolicyCommand({
        Bucket: 'shared',
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              ...{ Effect, Principal: '*', Action: ['s3:GetObject', 's3:ListBucket'] },
              Resource: [bucketArn('shared'), `${bucketArn('shared')}/plain*`],
            },
          ],
        }),
      }),
    );
  await policy('Allow');
  expect(await searchKeys(server, everywhere, tokens.nobody)).toEqual(['plain.txt']);
  await policy('Deny');
  expect(await searchKeys(server, everywhere, tokens.nobody)).toEqual([]);
  expect(await searchKeys(server, everywhere, tokens.almost)).not.toContain('plain.txt');
});

test('tenants do not find what others have', async () => {
  const acme = await openTenant(server, 'acme');
  expect(await searchKeys(server, 'text: "apollo"', acme.token)).toEqual([]);
  await expect(searchKeys(server, 'tenant: "default"', acme.token)).rejects.toThrow('no tenant');
  await expect(searchKeys(server, 'filter: { buckets: ["shared"] }', acme.token)).rejects.toThrow('does not exist');
  const { data, errors } = await server.graphql('{ search(first: 1) { nodes { key } } }', {}, null);
  expect(data?.search ?? null).toBeNull();
  expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
});

test('a tenant with more buckets than one search looks through is told to name some', async () => {
  const many = await openTenant(server, 'many');
  const { pool } = server.granary.database;
  const { rows } = await pool.query(
    `INSERT INTO bucket (tenant_id, owner_id, name, region)
     SELECT t.id, u.id, 'many-' || n, 'us-east-1' FROM tenant t, user_account u, generate_series(1, 10001) n
     WHERE t.name = 'many' AND u.tenant_id = t.id AND u.username = 'boss' RETURNING id`,
  );
  const { errors } = await server.graphql('{ search(first: 1) { nodes { key } } }', {}, many.token);
  expect(errors).toEqual([
    expect.objectContaining({
      message: 'There are more than 10000 buckets. Name those to search, 100 at most.',
      extensions: expect.objectContaining({ code: 'INVALID_INPUT', reason: 'SearchTooWide' }),
    }),
  ]);
  expect(await searchKeys(server, 'filter: { buckets: ["many-10001"] }', many.token)).toEqual([]);
  await pool.query('DELETE FROM bucket WHERE id = $1', [rows.at(-1).id]);
  expect(await searchKeys(server, 'text: "apollo"', many.token)).toEqual([]);
});

describe('searches that wait', () => {
  const limits = { running: { all: 4, tenant: 3, user: 2 }, waiting: { all: 12, tenant: 9, user: 6 } };
  const [ann, bob, eve] = [
    { tenantId: 1, userId: 1 },
    { tenantId: 1, userId: 2 },
    { tenantId: 2, userId: 3 },
  ];

  /** Asks for work that goes on until it is ended by `end`, in the order in which it began. */
  function openTurns() {
    const turns = new FairTurns('searches', limits);
    const running: { name: string; end: () => void }[] = [];
    const begun: string[] = [];
    const ask = (name: string, asker: typeof ann) =>
      turns.run(asker, () => {
        const { promise, resolve } = Promise.withResolvers<void>();
        running.push({ name, end: resolve });
        begun.push(name);
        return promise;
      });
    const endFirst = async () => {
      running.shift()?.end();
      await new Promise(setImmediate);
    };
    return { ask, begun, running, endFirst };
  }

  test('go on tenant by tenant and user by user, and nobody has all places', async () => {
    const { ask, begun, running, endFirst } = openTurns();
    const all = [
      ...['a1', 'a2', 'a3', 'a4', 'a5'].map((name) => ask(name, ann)),
      ...['b1', 'b2', 'b3'].map((name) => ask(name, bob)),
      ...['e1', 'e2', 'e3'].map((name) => ask(name, eve)),
    ];
    await new Promise(setImmediate);
    expect(begun).toEqual(['a1', 'a2', 'b1', 'e1']);
    while (running.length > 0) {
      await endFirst();
    }
    await Promise.all(all);
    expect(begun.slice(4)).toEqual(['a3', 'e2', 'b2', 'e3', 'a4', 'b3', 'a5']);
  });

  test('are so many at most, of a user, of a tenant and of all', async () => {
    const { ask, running, endFirst } = openTurns();
    const asked: Promise<void>[] = [];
    const fill = (asker: typeof ann, count: number) => {
      asked.push(...Array.from({ length: count }, () => ask('', asker)));
    };
    const refused = (asker: typeof ann, message: string) =>
      expect(ask('', asker)).rejects.toMatchObject({ kind: 'RateLimited', message: expect.stringContaining(message) });
    fill(ann, 8);
    await refused(ann, '6 searches of yours');
    fill(bob, 4);
    await refused(bob, '9 searches of your tenant');
    fill(eve, 4);
    await refused(eve, 'Too many searches');
    while (running.length > 0) {
      await endFirst();
    }
    await Promise.all(asked);
    fill(ann, 8);
    await refused(ann, '6 searches of yours');
  });
});

test('digests that one tenant has asked for keep nobody else waiting, nor those of another kind', async () => {
  const [large, other] = [new DigestsUnderWay<string>(), new DigestsUnderWay<string>()];
  const { caller } = await requestOfAdministrator(server);
  const begun: string[] = [];
  const { promise, resolve: end } = Promise.withResolvers<Buffer>();
  const digest = (digests: typeof large, name: string, tenantId?: number) =>
    digests.digest(name, tenantId === undefined ? undefined : { ...caller, tenantId }, () => {
      begun.push(name);
      return promise;
    });
  const all = [
    ...['a1', 'a2', 'a3', 'a1'].map((name) => digest(large, name, 1)),
    digest(large, 'b1', 2),
    ...['c1', 'c2'].map((name) => digest(other, name, 1)),
    digest(other, 'background'),
  ];
  await new Promise(setImmediate);
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'c2', 'background']);
  end(Buffer.from('digest'));
  expect(new Set((await Promise.all(all)).map(String))).toEqual(new Set(['digest']));
  expect(begun.slice(6)).toEqual(['a3']);
});
