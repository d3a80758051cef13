import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, RenameObjectCommand } from '@aws-sdk/client-s3';
import { mostFavourites } from '../../src/operations/favourites/add-favourite.js';
import { makeS3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let ann: string;
let bob: string;

const change = async (mutation: string, input: object, token?: string) => {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { answer: ${mutation}(input: $input) { userErrors { code message } } }`;
  const { data, errors } = await server.graphql(query, { input }, token);
  expect(errors).toBeUndefined();
  return data.answer.userErrors.map(({ code }: { code: string }) => code);
};

const add = (key: string, token = ann, bucket = 'photos') => change('addFavourite', { bucket, key }, token);
const remove = (key: string, token = ann, bucket = 'photos') => change('removeFavourite', { bucket, key }, token);

async function favourites(args = 'first: 100', token = ann) {
  const fields = 'nodes { key isFavourite } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
  const { data, errors } = await server.graphql(`{ viewer { favourites(${args}) { ${fields} } } }`, {}, token);
  expect(errors).toBeUndefined();
  const { nodes, totalCount, pageInfo } = data.viewer.favourites;
  return { keys: nodes.map(({ key }: { key: string }) => key), totalCount, ...pageInfo };
}

const sql = async (text: string, values: unknown[] = []) =>
  (await server.granary.database.pool.query(text, values)).rows;

const put = (Key: string, Bucket = 'photos') =>
  server.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', Tagging: 'team=a' }));

beforeAll(async () => {
  server = await startTestServer();
  await server.s3.send(new CreateBucketCommand({ Bucket: 'photos' }));
  await server.s3.send(new CreateBucketCommand({ Bucket: 'closed' }));
  for (const username of ['ann', 'bob']) {
    await makeS3User(server, { username });
  }
  ann = await server.login('ann', 'a long enough password 1', 'default');
  bob = await server.login('bob', 'a long enough password 1', 'default');
  await open('photos', '*');
}, 60_000);

afterAll(() => server?.stop());

beforeEach(async () => {
  await sql('DELETE FROM favourite');
  for (const key of ['a', 'b', 'c', 'd', 'e']) {
    await put(key);
  }
});

/** Lets everybody in the tenant read these keys. */
async function open(bucket: string, keys: string): Promise<void> {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/${keys}` },
    ],
  };
  expect(await change('putBucketPolicy', { bucket, policy })).toEqual([]);
}

test('marked objects are listed, the last one first, for who marked them alone', async () => {
  for (const key of ['b', 'a', 'c', 'a']) {
    expect(await add(key)).toEqual([]);
  }
  expect(await favourites()).toMatchObject({ keys: ['c', 'a', 'b'], totalCount: 3, hasNextPage: false });
  expect(await favourites('first: 100', bob)).toMatchObject({ keys: [], totalCount: 0, endCursor: null });
  const query =
    '{ a: object(bucket: "photos", key: "a") { isFavourite } d: object(bucket: "photos", key: "d") { isFavourite } }';
  expect((await server.graphql(query, {}, ann)).data).toEqual({ a: { isFavourite: true }, d: { isFavourite: false } });
  expect((await server.graphql(query, {}, bob)).data).toEqual({ a: { isFavourite: false }, d: { isFavourite: false } });
});

test('pages go both ways and meet', async () => {
  for (const key of ['e', 'd', 'c', 'b', 'a']) {
    await add(key);
  }
  const first = await favourites('first: 2');
  expect(first).toMatchObject({ keys: ['a', 'b'], totalCount: 5, hasNextPage: true, hasPreviousPage: false });
  const second = await favourites(`first: 2, after: "${first.endCursor}"`);
  expect(second).toMatchObject({ keys: ['c', 'd'], hasNextPage: true, hasPreviousPage: true });
  expect(await favourites(`first: 2, after: "${second.endCursor}"`)).toMatchObject({ keys: ['e'], hasNextPage: false });
  expect(await favourites(`last: 2, before: "${second.startCursor}"`)).toMatchObject({ keys: ['a', 'b'] });
  expect(await favourites('last: 2')).toMatchObject({ keys: ['d', 'e'], hasPreviousPage: true });
  const made = Buffer.from('favourites:1 OR 1=1').toString('base64url');
  const { errors } = await server.graphql(
    `{ viewer { favourites(first: 1, after: "${made}") { totalCount } } }`,
    {},
    ann,
  );
  expect(errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
});

test('what is gone is not there, nor counted, and is marked again once it is back', async () => {
  await add('a');
  await add('b');
  await server.s3.send(new DeleteObjectCommand({ Bucket: 'photos', Key: 'b' }));
  expect(await favourites()).toMatchObject({ keys: ['a'], totalCount: 1 });
  await put('b');
  expect(await favourites()).toMatchObject({ keys: ['b', 'a'], totalCount: 2 });
});

test('what may not be read any more is not there, whatever its page, and can be unmarked', async () => {
  await open('closed', '*');
  for (let i = 0; i < 60; i++) {
    await put(`${i}`, 'closed');
    await add(`${i}`, ann, 'closed');
  }
  await add('a');
  await put('last', 'closed');
  await add('last', ann, 'closed');
  expect((await favourites()).totalCount).toBe(62);
  await open('closed', '7');
  expect(await favourites('first: 1')).toMatchObject({ keys: ['a'], totalCount: 2, hasNextPage: true });
  expect(await favourites()).toMatchObject({ keys: ['a', '7'], hasNextPage: false });
  expect(await add('8', ann, 'closed')).toEqual(['DENIED']);
  expect(await remove('8', ann, 'closed')).toEqual([]);
  expect(await remove('8', ann, 'closed')).toEqual(['DENIED']);
  expect(await sql(`SELECT FROM favourite WHERE key = '8'`)).toEqual([]);
});

test('unmarking is for oneself, and twice is no error', async () => {
  await add('a');
  await add('a', bob);
  expect([await remove('a'), await remove('a')]).toEqual([[], []]);
  expect((await favourites()).keys).toEqual([]);
  expect((await favourites('first: 1', bob)).keys).toEqual(['a']);
  expect(await remove('nothing')).toEqual([expect.stringMatching(/NOT_FOUND|DENIED/)]);
  expect(await add('nothing')).toEqual([expect.stringMatching(/NOT_FOUND|DENIED/)]);
  expect(await add('a\u0000')).toEqual(['INVALID_INPUT']);
  expect(await remove('a\u0000')).toEqual(['INVALID_INPUT']);
});

test('a mark goes along with a move, and there is never a second one', async () => {
  await add('a');
  await add('b');
  await add('b', bob);
  const at = (key: string) => ({ bucket: 'photos', key });
  expect(await change('moveObject', { source: at('a'), target: at('moved') })).toEqual([]);
  expect((await favourites()).keys).toEqual(['b', 'moved']);
  expect(await change('moveObject', { source: at('b'), target: at('moved') })).toEqual([]);
  expect((await favourites()).keys).toEqual(['moved']);
  expect((await favourites('first: 1', bob)).keys).toEqual(['moved']);
  const rename = { Bucket: 'photos', Key: 'renamed', RenameSource: 'moved' };
  await server.s3.send(new RenameObjectCommand(rename));
  expect((await favourites()).keys).toEqual(['renamed']);
  await server.s3.send(new DeleteObjectCommand({ Bucket: 'photos', Key: 'renamed' }));
});

test('of any number that are marked at once, as many are as there is room for, and what is gone makes room', async () => {
  await sql(
    `INSERT INTO favourite (user_id, bucket_id, key) SELECT u.id, b.id, 'gone/' || n
     FROM user_account u, bucket b, generate_series(1, $1) AS n WHERE u.username = 'ann' AND b.name = 'photos'`,
    [mostFavourites],
  );
  expect(await add('a')).toEqual([]);
  expect(await sql('SELECT key FROM favourite')).toEqual([{ key: 'a' }]);
  await sql(
    `INSERT INTO object_version (bucket_id, key, state, is_latest, is_null, owner_id) SELECT b.id, 'full/' || n, 'COMMITTED', true, true, u.id
     FROM user_account u, bucket b, generate_series(1, $1) AS n WHERE u.username = 'ann' AND b.name = 'photos'`,
    [mostFavourites - 2],
  );
  await sql(
    `INSERT INTO favourite (user_id, bucket_id, key) SELECT u.id, v.bucket_id, v.key
     FROM user_account u, object_version v WHERE u.username = 'ann' AND v.key LIKE 'full/%'`,
  );
  const answers = (await Promise.all(['b', 'c', 'd', 'e'].map((key) => add(key)))).flat();
  expect(answers).toEqual(['QUOTA_EXCEEDED', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED']);
  expect(await favourites('first: 1')).toMatchObject({ totalCount: mostFavourites });
  await sql(`DELETE FROM object_version WHERE key LIKE 'full/%'`);
});

test('marks go with the user and the bucket', async () => {
  await add('a');
  await add('a', bob);
  expect(await change('deleteUser', { username: 'bob' })).toEqual([]);
  expect(await sql('SELECT key FROM favourite')).toHaveLength(1);
  await server.s3.send(new CreateBucketCommand({ Bucket: 'brief' }));
  await sql(`INSERT INTO favourite (user_id, bucket_id, key) SELECT f.user_id, b.id, 'x' FROM favourite f, bucket b
             WHERE b.name = 'brief'`);
  await sql(`DELETE FROM bucket WHERE name = 'brief'`);
  expect(await sql('SELECT key FROM favourite')).toEqual([{ key: 'a' }]);
  await sql(`DELETE FROM favourite`);
});

test('policies say who may, and the audit log who did', async () => {
  await add('a');
  const [event] = await sql(
    `SELECT actor_name AS actor, key FROM event WHERE action = 'granary:AddFavourite' ORDER BY id DESC LIMIT 1`,
  );
  expect(event).toEqual({ actor: 'ann', key: 'a' });
  const document = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 'granary:*Favourite*', Resource: '*' }],
  };
  expect(await change('putInlinePolicy', { username: 'ann', name: 'none', document })).toEqual([]);
  expect(await add('b')).toEqual(['DENIED']);
  expect(await remove('a')).toEqual(['DENIED']);
  const { data } = await server.graphql('{ object(bucket: "photos", key: "a") { isFavourite } }', {}, ann);
  expect(data).toEqual({ object: { isFavourite: false } });
  const { errors } = await server.graphql('{ viewer { favourites(first: 1) { totalCount } } }', {}, ann);
  expect(errors?.[0]?.extensions?.code).toBe('DENIED');
});
