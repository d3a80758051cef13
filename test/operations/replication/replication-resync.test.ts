import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { RequestContext } from '../../../src/operations/context.js';
import { Replicator } from '../../../src/operations/replication/replicate-versions.js';
import { continueResyncs, resyncReplication } from '../../../src/operations/replication/resync-replication.js';
import { eventually, TestProcess } from '../../support/process.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import {
  administrator,
  createVersionedBucket,
  historyAt,
  md5,
  placeOf,
  replicate,
  statusOf,
} from './replication-fixture.js';

let source: TestServer;
let target: TestServer;
let context: RequestContext;
let replicator: Replicator;

beforeAll(async () => {
  source = await startTestServer({ replicationAllowPrivate: 'on' });
  target = await startTestServer({ replicationAllowPrivate: 'on' });
  context = await administrator(source);
  replicator = new Replicator(source.granary, { firstRetrySeconds: 0.05 });
}, 120_000);

afterAll(async () => {
  replicator?.close();
  await source?.stop();
  await target?.stop();
});

test('a resync sends what was there before the rule, in the order of the versions, and all once more when asked', async () => {
  const [from, to] = ['from-before', 'to-before'];
  await createVersionedBucket(source.s3, from);
  await createVersionedBucket(target.s3, to);
  const bodies = Array.from({ length: 6 }, (_, index) => `body ${index}`);
  for (const Body of bodies) {
    await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'old', Body }));
  }
  await replicate(context, from, { target: placeOf(target, to) });
  expect(await replicator.runDue()).toBe(0);

  expect(await resyncReplication(context, { bucket: from, mode: 'MISSING' })).toBe(1);
  expect(await replicator.runDue()).toBe(0);
  expect(await continueResyncs(source.granary)).toBe(6);
  expect(await replicator.runDue()).toBe(6);
  expect(await historyAt(target, to, 'old')).toEqual(bodies.map(md5));

  await resyncReplication(context, { bucket: from, mode: 'MISSING' });
  expect(await continueResyncs(source.granary)).toBe(0);
  await resyncReplication(context, { bucket: from, mode: 'ALL', since: new Date(Date.now() + 60_000) });
  expect(await continueResyncs(source.granary)).toBe(0);
  await resyncReplication(context, { bucket: from, mode: 'ALL' });
  expect(await continueResyncs(source.granary)).toBe(6);
  expect(await replicator.runDue()).toBe(6);
  expect((await historyAt(target, to, 'old')).slice(6)).toEqual(bodies.map(md5));
});

/** A bucket with a version that was given up because its target did not exist, and one that no rule fitted when it came. */
async function withFailure(from: string, to: string): Promise<void> {
  await createVersionedBucket(source.s3, from);
  await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'before', Body: 'before the rule' }));
  await replicate(context, from, { target: placeOf(target, to) });
  await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'failed', Body: 'given up once' }));
  await replicator.runDue();
  expect(await statusOf(source, from, 'failed')).toBe('FAILED');
  await createVersionedBucket(target.s3, to);
}

test('a resync of what failed sends that and nothing else, and one of what is missing sends both', async () => {
  await withFailure('from-failed', 'to-failed');
  await resyncReplication(context, { bucket: 'from-failed', mode: 'FAILED' });
  expect(await continueResyncs(source.granary)).toBe(1);
  expect(await replicator.runDue()).toBe(1);
  expect(await historyAt(target, 'to-failed', 'failed')).toEqual([md5('given up once')]);
  expect(await historyAt(target, 'to-failed', 'before')).toEqual([]);
  expect(await statusOf(source, 'from-failed', 'failed')).toBe('COMPLETED');

  await withFailure('from-missing', 'to-missing');
  await resyncReplication(context, { bucket: 'from-missing', mode: 'MISSING' });
  expect(await continueResyncs(source.granary)).toBe(2);
  expect(await replicator.runDue()).toBe(2);
  expect(await historyAt(target, 'to-missing', 'failed')).toEqual([md5('given up once')]);
  expect(await historyAt(target, 'to-missing', 'before')).toEqual([md5('before the rule')]);
});

test('through GraphQL a version that failed is tried again, and a bucket is sent again', async () => {
  await withFailure('from-graphql', 'to-graphql');
  const retry = `mutation($input: RetryReplicationInput!) {
    retryReplication(input: $input) { targets userErrors { code } } }`;
  const again = async (key: string) => {
    const { data } = await source.graphql(retry, { input: { bucket: 'from-graphql', key } });
    return data.retryReplication;
  };
  expect(await again('failed')).toEqual({ targets: 1, userErrors: [] });
  expect(await statusOf(source, 'from-graphql', 'failed')).toBe('PENDING');
  expect(await replicator.runDue()).toBe(1);
  expect(await statusOf(source, 'from-graphql', 'failed')).toBe('COMPLETED');
  expect(await again('failed')).toEqual({ targets: 0, userErrors: [] });
  expect(await again('nowhere')).toEqual({ targets: null, userErrors: [{ code: 'NOT_FOUND' }] });

  const resync = `mutation($input: ResyncReplicationInput!) {
    resyncReplication(input: $input) { targets userErrors { code } } }`;
  const { data } = await source.graphql(resync, { input: { bucket: 'from-graphql' } });
  expect(data.resyncReplication).toEqual({ targets: 1, userErrors: [] });
  expect(await continueResyncs(source.granary)).toBe(1);
  expect(await replicator.runDue()).toBe(1);
  expect(await historyAt(target, 'to-graphql', 'before')).toEqual([md5('before the rule')]);
});

async function queuedIn(bucket: string): Promise<number> {
  const [row] = await source.granary.database.query<{ queued: number }>(
    {
      name: 'test_queued_in',
      text: `SELECT count(*) AS queued FROM replication_task t JOIN object_version v ON v.id = t.version_id
             JOIN bucket b ON b.id = v.bucket_id WHERE b.name = $1`,
    },
    [bucket],
  );
  return row?.queued ?? 0;
}

async function isConnected(application: string, condition = 'true'): Promise<boolean> {
  const { rows } = await source.granary.database.pool.query(
    `SELECT FROM pg_stat_activity
     WHERE application_name = $1 AND datname = current_database() AND ${condition}`,
    [application],
  );
  return rows.length > 0;
}

/** Nobody gets past this version until the lock is given up. */
async function lockVersion(bucket: string, key: string): Promise<{ release(): Promise<void> }> {
  const client = await source.granary.database.pool.connect();
  await client.query('BEGIN');
  const { rowCount } = await client.query(
    `SELECT FROM object_version v WHERE v.key = $2 AND v.bucket_id = (SELECT id FROM bucket WHERE name = $1)
     FOR UPDATE`,
    [bucket, key],
  );
  expect(rowCount).toBe(1);
  return {
    release: async () => {
      await client.query('ROLLBACK');
      client.release();
    },
  };
}

test('a resync whose process is killed is ended by another, with every version queued once', async () => {
  const [from, to, versions] = ['from-killed', 'to-killed', 5_000];
  await createVersionedBucket(source.s3, from);
  await createVersionedBucket(target.s3, to);
  await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'one', Body: 'x' }));
  await source.granary.database.pool.query(
    `WITH original AS MATERIALIZED (SELECT v FROM object_version v JOIN bucket b ON b.id = v.bucket_id WHERE b.name = $1)
     INSERT INTO object_version
     SELECT r.* FROM original, generate_series(2, $2) AS n, LATERAL jsonb_populate_record(v, jsonb_build_object(
       'id', nextval(pg_get_serial_sequence('object_version', 'id')), 'key', 'one-' || lpad(n::text, 6, '0'))) AS r`,
    [from, versions],
  );
  await replicate(context, from, { target: placeOf(target, to) });
  await resyncReplication(context, { bucket: from, mode: 'MISSING' });
  const url = source.settings.databaseUrl ?? '';
  const lock = await lockVersion(from, 'one-003000');
  const env = { DATABASE_URL: `${url}${url.includes('?') ? '&' : '?'}application_name=doomed` };
  const doomed = new TestProcess(['test/hostile/doomed-resync.mjs'], { env });
  try {
    await eventually(() => isConnected('doomed', `wait_event_type = 'Lock'`), 60_000);
  } finally {
    await doomed.dispose();
    await lock.release();
  }
  // PostgreSQL may still be at the dead process's last statement, whose lock makes others leave the target alone.
  await eventually(async () => !(await isConnected('doomed')), 60_000);
  const before = await queuedIn(from);
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(versions);
  expect(await continueResyncs(source.granary)).toBe(versions - before);
  expect(await queuedIn(from)).toBe(versions);
  const { rows } = await source.granary.database.pool.query(
    `SELECT details->>'queued' AS queued FROM event WHERE action = 'granary:ReplicationQueued' ORDER BY id DESC LIMIT 1`,
  );
  expect(rows).toEqual([{ queued: `${versions}` }]);
}, 120_000);
