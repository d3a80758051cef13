import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import {
  CreateBucketCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import type { RequestContext } from '../../../src/operations/context.js';
import { putObjectRetention } from '../../../src/operations/objects/put-object-retention.js';
import { getBucketReplication } from '../../../src/operations/replication/get-bucket-replication.js';
import { Replicator } from '../../../src/operations/replication/replicate-versions.js';
import { within } from '../../../src/operations/replication/replication-client.js';
import { describeFailure } from '../../../src/operations/replication/replication-failure.js';
import {
  deleteBucketReplication,
  setBucketReplication,
} from '../../../src/operations/replication/set-bucket-replication.js';
import { testReplication } from '../../../src/operations/replication/test-replication.js';
import { withdrawReplication } from '../../../src/operations/replication/withdraw-replication.js';
import { eventually } from '../../support/process.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import {
  administrator,
  connectBuckets,
  contentAt,
  createVersionedBucket,
  placeOf,
  replicate,
  statusOf,
} from './replication-fixture.js';

let source: TestServer;
let target: TestServer;
let context: RequestContext;
let replicator: Replicator;

beforeAll(async () => {
  source = await startTestServer({ replicationAllowPrivate: 'on', replicationAttempts: 2 });
  target = await startTestServer();
  context = await administrator(source);
  replicator = new Replicator(source.granary, { firstRetrySeconds: 0.05 });
}, 120_000);

afterAll(async () => {
  replicator?.close();
  await source?.stop();
  await target?.stop();
});

const pair = () => connectBuckets({ source, target, context, rule: {} });

async function sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await source.granary.database.pool.query(text, values)).rows as Row[];
}

function put(bucket: string, key: string, body = key): Promise<unknown> {
  return source.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

function tag(bucket: string, key: string, value: string): Promise<unknown> {
  const Tagging = { TagSet: [{ Key: 'kind', Value: value }] };
  return source.s3.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: key, Tagging }));
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('a small version whose bytes cannot be opened is given up in the end, and newer ones of its key go on', async () => {
  const { from, to } = await pair();
  await put(from, 'broken', 'a small content that is only here');
  await sql(
    `UPDATE blob SET content = set_byte(content, 0, get_byte(content, 0) # 255)
     WHERE id = (SELECT blob_id FROM object_version WHERE key = 'broken')`,
  );
  await put(from, 'broken', 'a newer one');
  await eventually(async () => {
    await replicator.runDue();
    return (await statusOf(source, from, 'broken')) === 'COMPLETED';
  });
  expect((await contentAt(target, to, 'broken')).toString()).toBe('a newer one');
  const states = await sql(
    `SELECT t.state, t.attempts FROM replication_task t JOIN object_version v ON v.id = t.version_id
     WHERE v.key = 'broken' ORDER BY v.id`,
  );
  expect(states).toEqual([
    { state: 'FAILED', attempts: 2 },
    { state: 'COMPLETED', attempts: 1 },
  ]);
  const events = await sql(`SELECT FROM event WHERE action = 'granary:ReplicationFailed' AND key = 'broken'`);
  expect(events).toHaveLength(1);
});

test('rules end without a lock on the writers of the bucket, however long the queue takes to empty', async () => {
  const { from } = await pair();
  await put(from, 'held');
  const other = await source.granary.database.pool.connect();
  try {
    await other.query(`BEGIN; SELECT FROM object_version WHERE key = 'held' FOR UPDATE`);
    const ending = deleteBucketReplication(context, { bucket: from });
    await eventually(async () => (await getBucketReplication(context, { bucket: from })).rules.length === 0);
    await put(from, 'written meanwhile');
    expect(await statusOf(source, from, 'written meanwhile')).toBeUndefined();
    await other.query('COMMIT');
    await ending;
    expect(await statusOf(source, from, 'held')).toBeUndefined();
  } finally {
    other.release();
  }
});

test('a long queue of a removed target is forgotten in the background, and the target is not seen meanwhile', async () => {
  const { from } = await pair();
  await sql(
    `WITH v AS (INSERT INTO object_version (bucket_id, key, is_latest, is_null, delete_marker, replication_status)
       SELECT b.id, 'many/' || i, true, false, true, 'PENDING' FROM bucket b, generate_series(1, 2600) i
       WHERE b.name = $1 RETURNING id, bucket_id)
     INSERT INTO replication_task (version_id, target_id)
       SELECT v.id, t.id FROM v JOIN replication_target t ON t.bucket_id = v.bucket_id`,
    [from],
  );
  const counts = async () =>
    (
      await sql<{ tasks: number; statuses: number; targets: number }>(
        `SELECT (SELECT count(*) FROM replication_task t JOIN object_version v ON v.id = t.version_id
             WHERE v.bucket_id = b.id)::int AS tasks,
           (SELECT count(*) FROM object_version v WHERE v.bucket_id = b.id AND v.replication_status IS NOT NULL)::int AS statuses,
           (SELECT count(*) FROM replication_target t WHERE t.bucket_id = b.id)::int AS targets
         FROM bucket b WHERE b.name = $1`,
        [from],
      )
    )[0];
  await setBucketReplication(context, { bucket: from, targets: [], rules: [] });
  expect(await counts()).toEqual({ tasks: 600, statuses: 600, targets: 1 });
  expect((await getBucketReplication(context, { bucket: from })).targets).toEqual([]);
  expect(await replicator.runNext()).toBe(false);
  expect(await withdrawReplication(source.granary)).toBe(600);
  expect(await counts()).toEqual({ tasks: 0, statuses: 0, targets: 0 });
});

test('a slow target leaves lanes to the others', async () => {
  const sockets: Socket[] = [];
  const slow = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  const endpoint = await listen(slow);
  await createVersionedBucket(source.s3, 'to-slow');
  await replicate(context, 'to-slow', { target: { ...placeOf(target, 'slow'), endpoint } });
  const { from } = await pair();
  const own = new Replicator(source.granary);
  let running: Promise<number> | undefined;
  try {
    for (let index = 0; index < 8; index++) {
      await put('to-slow', `slow ${index}`);
    }
    await put(from, 'fast');
    running = own.runDue();
    await eventually(async () => (await statusOf(source, from, 'fast')) === 'COMPLETED');
    const underWay = await sql(
      `SELECT FROM replication_task t JOIN object_version v ON v.id = t.version_id
       WHERE v.key LIKE 'slow %' AND t.attempts > 0 AND t.error IS NULL`,
    );
    expect(underWay).toHaveLength(source.settings.replicationConcurrency / 2);
  } finally {
    await deleteBucketReplication(context, { bucket: 'to-slow' });
    for (const socket of sockets) {
      socket.destroy();
    }
    await running;
    own.close();
    slow.close();
  }
});

test('a request to a target has an end by its size, and says so', () => {
  expect(within(0).abortSignal.aborted).toBe(false);
  const aborted = Object.assign(new Error('Request aborted'), { name: 'AbortError' });
  expect(describeFailure(aborted, [])).toMatchObject({ kind: 'target', text: 'The target took too long.' });
});

test('nothing goes to a target after its rules ended, whatever changes or is still in the queue', async () => {
  const { from, to } = await pair();
  await put(from, 'ended');
  await replicator.runDue();
  await deleteBucketReplication(context, { bucket: from });
  await tag(from, 'ended', 'later');
  expect(await statusOf(source, from, 'ended')).toBe('COMPLETED');
  expect(await replicator.runDue()).toBe(0);

  await sql(
    `UPDATE replication_task t SET state = 'PENDING', next_at = now() FROM object_version v
     WHERE v.id = t.version_id AND v.key = 'ended'`,
  );
  expect(await replicator.runDue()).toBe(1);
  const { TagSet } = await target.s3.send(new GetObjectTaggingCommand({ Bucket: to, Key: 'ended' }));
  expect(TagSet).toEqual([]);
  expect(await statusOf(source, from, 'ended')).toBe('COMPLETED');
});

test('a governance retention that is shortened stays longer at the target, and the version is replicated', async () => {
  const [from, to] = ['from-governed', 'to-governed'];
  await source.s3.send(new CreateBucketCommand({ Bucket: from, ObjectLockEnabledForBucket: true }));
  await target.s3.send(new CreateBucketCommand({ Bucket: to, ObjectLockEnabledForBucket: true }));
  await replicate(context, from, { target: placeOf(target, to) });
  const [long, short] = [86_400_000, 3_600_000].map((ms) => new Date(Math.ceil((Date.now() + ms) / 1000) * 1000));
  const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: long } as const;
  await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'kept', Body: 'x', ...lock }));
  await replicator.runDue();
  const retention = { mode: 'GOVERNANCE' as const, retainUntil: short ?? new Date() };
  await putObjectRetention(context, { bucket: from, key: 'kept', retention, bypassGovernance: 'BYPASS' });
  expect(await replicator.runDue()).toBe(1);
  expect(await statusOf(source, from, 'kept')).toBe('COMPLETED');
  const there = await target.s3.send(new HeadObjectCommand({ Bucket: to, Key: 'kept' }));
  expect(there.ObjectLockRetainUntilDate).toEqual(long);
});

test('the check of a target hands back a code, and nothing of what a service that is no target says', async () => {
  const inner = createHttpServer((request, response) => {
    response.statusCode = request.method === 'HEAD' ? 200 : 403;
    response.end('<Error><Code>the inner secret</Code><Message>another inner secret</Message></Error>');
  });
  const endpoint = await listen(inner);
  await createVersionedBucket(source.s3, 'to-inner');
  await replicate(context, 'to-inner', { target: { ...placeOf(target, 'inner'), endpoint } });
  const [{ id } = { id: '' }] = (await getBucketReplication(context, { bucket: 'to-inner' })).targets;
  const steps = await testReplication(context, { bucket: 'to-inner', targetId: id });
  inner.close();
  expect(steps).toEqual([
    { step: 'FIND_BUCKET', problem: null },
    { step: 'CHECK_VERSIONING', problem: 'The target answered with an error: unknown code (HTTP 403).' },
  ]);
});
