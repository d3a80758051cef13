import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type Database, openDatabase } from '../../../src/database/database.js';
import type { RequestContext } from '../../../src/operations/context.js';
import { Replicator } from '../../../src/operations/replication/replicate-versions.js';
import {
  claimReplicationTask,
  failReplicationTask,
  findTaskSubject,
  leaseSeconds,
  prolongReplicationTask,
  retryReplicationTask,
} from '../../../src/operations/replication/replication-tasks.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { administrator, connectBuckets, historyAt, md5, statusOf } from './replication-fixture.js';

let source: TestServer;
let target: TestServer;
let context: RequestContext;
let otherDatabase: Database;
let one: Replicator;
let other: Replicator;

// Two processes on one queue: what they share is the database alone.
beforeAll(async () => {
  source = await startTestServer({ replicationAllowPrivate: 'on' });
  target = await startTestServer();
  context = await administrator(source);
  otherDatabase = await openDatabase({ url: source.granary.database.url, poolSize: 10 });
  one = new Replicator(source.granary);
  other = new Replicator({ ...source.granary, database: otherDatabase });
}, 120_000);

afterAll(async () => {
  one?.close();
  other?.close();
  await otherDatabase?.close();
  await source?.stop();
  await target?.stop();
});

async function tasksOf(bucket: string): Promise<{ state: string; attempts: number }[]> {
  return source.granary.database.query(
    {
      name: 'test_tasks_of',
      text: `SELECT t.state, t.attempts FROM replication_task t JOIN object_version v ON v.id = t.version_id
             JOIN bucket b ON b.id = v.bucket_id WHERE b.name = $1`,
    },
    [bucket],
  );
}

/** As if so much time had passed. */
async function passSeconds(seconds: number): Promise<void> {
  await source.granary.database.pool.query(
    `UPDATE replication_task SET next_at = next_at - make_interval(secs => $1) WHERE state = 'PENDING'`,
    [seconds],
  );
}

test('two processes share a queue: both send, nothing is sent twice, and all of it arrives', async () => {
  const { from, to } = await connectBuckets({ source, target, context, rule: {} });
  const queue = Array.from({ length: 160 }, (_, index) => index).values();
  const writer = async (): Promise<void> => {
    for (const index of queue) {
      const Body = `${index}`.padEnd(2000, '.');
      await source.s3.send(new PutObjectCommand({ Bucket: from, Key: `key-${index % 120}`, Body }));
    }
  };
  await Promise.all([writer(), writer(), writer(), writer()]);
  const taken = await Promise.all([one.runDue(), other.runDue()]);
  taken.push(await one.runDue());
  expect(Math.min(...taken.slice(0, 2))).toBeGreaterThan(0);
  expect(taken.reduce((sum, count) => sum + count)).toBe(160);
  const tasks = await tasksOf(from);
  expect(tasks).toHaveLength(160);
  expect(tasks.filter(({ state, attempts }) => state !== 'COMPLETED' || attempts !== 1)).toEqual([]);
  const { Versions } = await target.s3.send(new ListObjectVersionsCommand({ Bucket: to }));
  expect(Versions).toHaveLength(160);
}, 60_000);

test("a task that its process holds is nobody else's, until the lease of a dead process is over", async () => {
  const { from, to } = await connectBuckets({ source, target, context, rule: {} });
  await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'held', Body: 'x' }));
  const held = await claimReplicationTask(source.granary.database, []);
  if (held === undefined) {
    throw new Error('Nothing was queued.');
  }
  const subject = await findTaskSubject(source.granary, held);
  if (subject === undefined) {
    throw new Error('The version is gone.');
  }
  expect(await other.runDue()).toBe(0);
  await passSeconds(leaseSeconds - 2);
  await prolongReplicationTask(source.granary.database, held);
  await passSeconds(leaseSeconds - 2);
  expect(await other.runDue()).toBe(0);
  await passSeconds(2);
  expect(await other.runDue()).toBe(1);
  expect(await statusOf(source, from, 'held')).toBe('COMPLETED');

  // What was thought dead comes back, and its word counts no more.
  await prolongReplicationTask(source.granary.database, held);
  await retryReplicationTask(source.granary, held, { text: 'late', delaySeconds: 0 });
  await failReplicationTask(source.granary, held, { text: 'late', subject });
  expect(await tasksOf(from)).toEqual([{ state: 'COMPLETED', attempts: 2 }]);
  expect(await statusOf(source, from, 'held')).toBe('COMPLETED');
  expect(await one.runDue()).toBe(0);
  expect(await historyAt(target, to, 'held')).toEqual([md5('x')]);
});
