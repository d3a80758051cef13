import { CreateBucketCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { objectKindOf } from '../../src/operations/objects/object-kind.js';
import { indexAll, put } from '../operations/search/search-fixture.js';
import { makeS3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let ann: string;

const fields = `objects bytes kinds { kind objects bytes } buckets { name objects bytes kinds { kind objects } bucket { name } }
  newest(first: 2) { key } largest(first: 2) { key size } countedUntil`;

async function facts(token?: string) {
  const { data, errors } = await server.graphql(`{ viewer { facts { ${fields} } } }`, {}, token);
  expect(errors).toBeUndefined();
  return data.viewer.facts;
}

beforeAll(async () => {
  server = await startTestServer();
  const { s3 } = server;
  for (const Bucket of ['docs', 'media', 'empty']) {
    await s3.send(new CreateBucketCommand({ Bucket }));
  }
  await put(s3, { Bucket: 'docs', Key: 'a.pdf', ContentType: 'application/pdf', size: 100 });
  await put(s3, { Bucket: 'docs', Key: 'b.txt', ContentType: 'text/plain; charset=utf-8', size: 5 });
  await put(s3, { Bucket: 'media', Key: 'c.png', ContentType: 'image/png', size: 300 });
  await put(s3, { Bucket: 'media', Key: 'team/d.jpg', ContentType: 'image/jpeg', size: 20 });
  await put(s3, { Bucket: 'media', Key: 'gone.zip', ContentType: 'application/zip', size: 9 });
  await s3.send(new DeleteObjectCommand({ Bucket: 'media', Key: 'gone.zip' }));
  await makeS3User(server, { username: 'ann' });
  ann = await server.login('ann', 'a long enough password 1', 'default');
  await indexAll(server);
}, 60_000);

afterAll(() => server?.stop());

test('totals, kinds, buckets, the newest and the largest of all that may be listed', async () => {
  expect(await facts()).toEqual({
    objects: 4,
    bytes: 425,
    kinds: [
      { kind: 'IMAGE', objects: 2, bytes: 320 },
      { kind: 'DOCUMENT', objects: 1, bytes: 100 },
      { kind: 'TEXT', objects: 1, bytes: 5 },
    ],
    buckets: [
      { name: 'media', objects: 2, bytes: 320, kinds: [{ kind: 'IMAGE', objects: 2 }], bucket: { name: 'media' } },
      {
        ...{ name: 'docs', objects: 2, bytes: 105, bucket: { name: 'docs' } },
        kinds: [
          { kind: 'DOCUMENT', objects: 1 },
          { kind: 'TEXT', objects: 1 },
        ],
      },
      { name: 'empty', objects: 0, bytes: 0, kinds: [], bucket: { name: 'empty' } },
    ],
    newest: [{ key: 'team/d.jpg' }, { key: 'c.png' }],
    largest: [
      { key: 'c.png', size: 300 },
      { key: 'a.pdf', size: 100 },
    ],
    countedUntil: expect.any(String),
  });
});

test('nothing is counted of what the caller may not list, or not as a whole', async () => {
  const nothing = { objects: 0, bytes: 0, kinds: [], buckets: [], newest: [], largest: [] };
  expect(await facts(ann)).toMatchObject(nothing);
  const allow = async (bucket: string, Condition?: object) => {
    const policy = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${bucket}`, Condition },
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` },
      ],
    };
    const { data, errors } = await server.graphql(
      'mutation($input: PutBucketPolicyInput!) { putBucketPolicy(input: $input) { userErrors { message } } }',
      { input: { bucket, policy: JSON.parse(JSON.stringify(policy)) } },
    );
    expect([errors, data?.putBucketPolicy.userErrors]).toEqual([undefined, []]);
  };
  await allow('media', { StringLike: { 's3:prefix': 'team/*' } });
  expect(await facts(ann)).toMatchObject({
    ...nothing,
    newest: [{ key: 'team/d.jpg' }],
    largest: [{ key: 'team/d.jpg' }],
  });
  await allow('docs');
  expect(await facts(ann)).toMatchObject({
    objects: 2,
    bytes: 105,
    buckets: [{ name: 'docs' }],
    largest: [{ key: 'a.pdf' }, {}],
  });
});

test('no more than 100 of anything are shown', async () => {
  for (const field of ['buckets(first: 0) { name }', 'newest(first: 101) { key }', 'largest(first: -1) { key }']) {
    const { errors } = await server.graphql(`{ viewer { facts { ${field} } } }`);
    expect(errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
  }
  const { data } = await server.graphql('{ viewer { facts { buckets(first: 1) { name } } } }');
  expect(data.viewer.facts.buckets).toEqual([{ name: 'media' }]);
});

test('the facts are there, with what was found, where too much is hidden to look through for the newest and the largest', async () => {
  const { pool } = server.granary.database;
  // Before everything else in both orders, but for one object, and nothing that anybody may see.
  await pool.query(
    `INSERT INTO search_entry
     SELECT r.* FROM search_entry s, generate_series(1, 12200) AS n, LATERAL jsonb_populate_record(s, jsonb_build_object(
       'key', 'hidden/' || n, 'version_id', 1000000 + n, 'size', 200, 'created_at', s.created_at + interval '1 day')) AS r
     WHERE s.key = 'a.pdf'`,
  );
  try {
    expect(await facts()).toMatchObject({ objects: 4, bytes: 425, newest: [], largest: [{ key: 'c.png', size: 300 }] });
    const { errors } = await server.graphql('{ search(first: 2, orderBy: { field: DATE }) { nodes { key } } }');
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT' });
  } finally {
    await pool.query(`DELETE FROM search_entry WHERE key LIKE 'hidden/%'`);
  }
});

test.each([
  ['image/svg+xml', 'image'],
  ['VIDEO/mp4', 'video'],
  ['audio/mpeg', 'audio'],
  ['application/pdf; version=1.7', 'document'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'document'],
  ['application/vnd.oasis.opendocument.text', 'document'],
  ['application/vnd.ms-excel', 'document'],
  ['application/epub+zip', 'document'],
  ['application/zip', 'archive'],
  ['application/x-7z-compressed', 'archive'],
  ['application/x-tar', 'archive'],
  ['application/gzip', 'archive'],
  ['application/json', 'text'],
  ['application/ld+json', 'text'],
  ['application/x-yaml', 'text'],
  ['text/html', 'text'],
  ['application/octet-stream', 'other'],
  ['binary/octet-stream', 'other'],
  ['constructor', 'other'],
  ['', 'other'],
  [`application/${'+'.repeat(100_000)}`, 'other'],
])('%.60s is of the kind %s', (contentType, kind) => {
  expect(objectKindOf(contentType)).toBe(kind);
});
