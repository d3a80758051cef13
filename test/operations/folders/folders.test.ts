import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { FolderCounter } from '../../../src/operations/folders/folder-counter.js';
import { loadFolderTotals } from '../../../src/operations/folders/folder-totals.js';
import { recountFolders, recountSuspicious } from '../../../src/operations/folders/recount-folders.js';
import { requestOfAdministrator } from '../../hostile/administrator.js';
import { makeS3User } from '../../support/s3-user.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let counter: FolderCounter;

beforeAll(async () => {
  server = await startTestServer();
  counter = new FolderCounter(server.granary);
});

afterAll(() => server.stop());

const put = (Bucket: string, Key: string, size: number) =>
  server.s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(size, 'x') }));
const remove = (Bucket: string, Key: string, VersionId?: string) =>
  server.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const version = (Bucket: string, Status: 'Enabled' | 'Suspended') =>
  server.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));

/** Folds in whatever can be. */
async function foldAll(): Promise<void> {
  const { pool } = server.granary.database;
  for (;;) {
    await counter.run();
    const { rows } = await pool.query(
      'SELECT p.event_id = s.last_value AS done FROM folder_position p, event_id_seq s',
    );
    if (rows[0].done) {
      return;
    }
  }
}

async function totals(bucket: string, path: string, token?: string) {
  const query = `query($bucket: String!, $path: String!) { bucket(name: $bucket) { folder(path: $path) {
    name path objectCount totalSize lastChangedAt countedAt breadcrumb { path } } } }`;
  const { data, errors } = await server.graphql(query, { bucket, path }, token);
  expect(errors).toBeUndefined();
  return data.bucket.folder;
}

async function figures(bucket: string, path: string): Promise<[number, number] | null> {
  const folder = await totals(bucket, path);
  return folder === null ? null : [folder.objectCount, folder.totalSize];
}

test('a folder knows what it holds at once, before and after it is folded in', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'counted' }));
  const look = async () => [
    await figures('counted', ''),
    await figures('counted', 'a/'),
    await figures('counted', 'a/b'),
    await figures('counted', 'none/'),
  ];
  await put('counted', 'a/one', 10);
  await put('counted', 'a/b/two', 20);
  await put('counted', 'top', 5);
  const first = [[3, 35], [2, 30], [1, 20], null];
  expect(await look()).toEqual(first);
  await foldAll();
  expect(await look()).toEqual(first);
  await put('counted', 'a/one', 3);
  await remove('counted', 'a/b/two');
  await remove('counted', 'a/b/two');
  await server.s3.send(new CopyObjectCommand({ Bucket: 'counted', Key: 'a/c/copy', CopySource: 'counted/a/one' }));
  const second = [[3, 11], [2, 6], null, null];
  expect(await look()).toEqual(second);
  await foldAll();
  expect(await look()).toEqual(second);
  const folder = await totals('counted', 'a/c/');
  expect(folder).toMatchObject({ name: 'c', countedAt: null, breadcrumb: [{ path: 'a/' }, { path: 'a/c/' }] });
  expect(Date.now() - Date.parse(folder.lastChangedAt)).toBeLessThan(60_000);
  expect(await recountFolders(server.granary)).toEqual({ folders: 3, wrong: 0 });
});

test('versions, markers and versions that are deleted count as what is shown', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'versioned' }));
  const expectShown = async (shown: [number, number] | null) => {
    expect(await figures('versioned', 'f/')).toEqual(shown);
    await foldAll();
    expect(await figures('versioned', 'f/')).toEqual(shown);
    expect(await recountFolders(server.granary, { tenant: 'default', name: 'versioned' })).toMatchObject({ wrong: 0 });
  };
  await put('versioned', 'f/k', 1);
  await version('versioned', 'Enabled');
  const { VersionId: second } = await put('versioned', 'f/k', 2);
  await expectShown([1, 2]);
  const { VersionId: marker } = await remove('versioned', 'f/k');
  await expectShown(null);
  await remove('versioned', 'f/k', marker);
  await expectShown([1, 2]);
  await put('versioned', 'f/k', 4);
  await remove('versioned', 'f/k', second);
  await expectShown([1, 4]);
  await version('versioned', 'Suspended');
  await put('versioned', 'f/k', 8);
  await expectShown([1, 8]);
  await remove('versioned', 'f/k', 'null');
  await expectShown([1, 4]);
  await remove('versioned', 'f/k');
  await expectShown(null);
});

test('writers of one folder at once are all counted, whoever folds meanwhile', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'busy' }));
  let running = true;
  const folding = (async () => {
    while (running) {
      await counter.run();
    }
  })();
  const write = async (lane: number) => {
    for (let index = 0; index < 25; index++) {
      await put('busy', `d/${lane}/${index % 10}`, index + 1);
      if (index % 5 === 4) {
        await remove('busy', `d/${lane}/${index % 10}`);
      }
    }
  };
  await Promise.all([0, 1, 2, 3].map(write));
  running = false;
  await folding;
  const { rows } = await server.granary.database.pool.query(
    `SELECT count(*)::integer AS objects, sum(v.size)::integer AS bytes FROM object_version v JOIN bucket b ON b.id = v.bucket_id
     WHERE b.name = 'busy' AND v.is_latest AND NOT v.delete_marker`,
  );
  expect(await figures('busy', 'd/')).toEqual([rows[0].objects, rows[0].bytes]);
  await foldAll();
  expect(await recountFolders(server.granary)).toMatchObject({ wrong: 0 });
  expect(await figures('busy', 'd/')).toEqual([rows[0].objects, rows[0].bytes]);
});

test('who reads while more is waiting than can be added up is told of when the totals are', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'late' }));
  await put('late', 'x/1', 1);
  await foldAll();
  const { pool } = server.granary.database;
  const { rows } = await pool.query("SELECT id, tenant_id FROM bucket WHERE name = 'late'");
  await pool.query(
    `INSERT INTO event (tenant_id, action, bucket_id, key, request_id, object_change, byte_change)
     SELECT $1, 's3:PutObject', $2, 'x/' || n, 'test', 1, 1 FROM generate_series(2, 10050) n`,
    [rows[0].tenant_id, rows[0].id],
  );
  const folder = await totals('late', 'x');
  expect(folder).toMatchObject({ objectCount: 1, totalSize: 1 });
  expect(Date.now() - Date.parse(folder.countedAt)).toBeLessThan(60_000);
  await foldAll();
  expect(await totals('late', 'x')).toMatchObject({ objectCount: 10_050, countedAt: null });
  // There are no such objects: the round at night finds out.
  expect((await recountSuspicious(server.granary)).wrong).toBe(2);
  expect(await figures('late', 'x')).toEqual([1, 1]);
  expect(server.problems.splice(0).join()).toContain('counted anew');
});

test('folders of odd keys are counted too, but for those that are very deep', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'odd' }));
  const deep = 'd/'.repeat(40);
  for (const key of ['/lead', 'a//b', 'a/', `${deep}x`, '/'.repeat(1024), 'ü/é/%_']) {
    await put('odd', key, 1);
  }
  for (const folded of [false, true]) {
    if (folded) {
      await foldAll();
    }
    expect(await figures('odd', '')).toEqual([6, 6]);
    expect(await figures('odd', '/')).toEqual([2, 2]);
    expect(await figures('odd', 'a/')).toEqual([2, 2]);
    expect(await figures('odd', 'a//')).toEqual([1, 1]);
    expect(await figures('odd', 'ü/é')).toEqual([1, 1]);
    expect(await figures('odd', 'd/'.repeat(32))).toEqual([1, 1]);
    expect(await totals('odd', 'd/'.repeat(33))).toMatchObject({
      objectCount: null,
      totalSize: null,
      lastChangedAt: null,
    });
  }
  expect((await totals('odd', '/'.repeat(1024))).breadcrumb).toHaveLength(1024);
  const { rows } = await server.granary.database.pool.query(
    "SELECT count(*)::integer AS count FROM folder_total f JOIN bucket b ON b.id = f.bucket_id WHERE b.name = 'odd'",
  );
  expect(rows[0].count).toBe(1 + 32 + 2 + 32 + 2);
  expect(await recountFolders(server.granary)).toMatchObject({ wrong: 0 });
});

test('folders of a bucket that is gone have no totals, and take none from the others', async () => {
  const folders = ['gone', 'odd'].map((bucket) => ({ bucket, path: 'a/' }));
  const found = await loadFolderTotals(await requestOfAdministrator(server), folders);
  expect(found).toEqual([null, expect.objectContaining({ objects: 2, bytes: 2 })]);
});

test('who may not list a folder does not learn what it holds', async () => {
  await makeS3User(server, { username: 'narrow' });
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::default:user/narrow' },
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::odd',
        Condition: { StringEqualsIfExists: { 's3:prefix': ['', 'a/'] } },
      },
    ],
  };
  const { data } = await server.graphql(
    'mutation($input: PutBucketPolicyInput!) { putBucketPolicy(input: $input) { userErrors { message } } }',
    { input: { bucket: 'odd', policy } },
  );
  expect(data.putBucketPolicy.userErrors).toEqual([]);
  const token = await server.login('narrow', 'a long enough password 1', 'default');
  const query = `{ bucket(name: "odd") { entries(first: 10) { nodes { ... on Folder { path objectCount totalSize } } } } }`;
  const answer = await server.graphql(query, {}, token);
  expect(answer.data.bucket.entries.nodes).toContainEqual({ path: 'a/', objectCount: 2, totalSize: 2 });
  expect(answer.data.bucket.entries.nodes).toContainEqual({ path: 'd/', objectCount: null, totalSize: null });
});
