import { createHash, randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { RequestContext } from '../../../src/operations/context.js';
import { putObjectLegalHold } from '../../../src/operations/objects/put-object-legal-hold.js';
import { getBucketReplication } from '../../../src/operations/replication/get-bucket-replication.js';
import { Replicator } from '../../../src/operations/replication/replicate-versions.js';
import { setBucketReplication } from '../../../src/operations/replication/set-bucket-replication.js';
import { testReplication } from '../../../src/operations/replication/test-replication.js';
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

const pair = () => connectBuckets({ source, target, context, rule: {} });

test('a target that refuses is given up at once, with a reason that holds no secret', async () => {
  const from = 'from-refused';
  await createVersionedBucket(source.s3, from);
  const wrong = { ...placeOf(target, 'to-refused'), secretAccessKey: 'a-secret-that-is-wrong' };
  await replicate(context, from, { target: wrong });
  await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'refused', Body: 'x' }));
  await replicator.runDue();

  expect(await statusOf(source, from, 'refused')).toBe('FAILED');
  const query = `{ bucket(name: "${from}") { replication { targets { failed pending } }
    object(key: "refused") { replicationStatus replications { state attempts error target } } } }`;
  const { data, errors } = await source.graphql(query);
  expect(errors).toBeUndefined();
  expect(data.bucket.replication.targets).toEqual([{ failed: 1, pending: 0 }]);
  expect(data.bucket.object).toMatchObject({
    replicationStatus: 'FAILED',
    replications: [{ state: 'FAILED', attempts: 1 }],
  });
  const { error } = data.bucket.object.replications[0];
  expect(error).toContain('SignatureDoesNotMatch');
  const events = await source.granary.database.query<{ details: object }>({
    name: 'test_failed_events',
    text: `SELECT details FROM event WHERE action = 'granary:ReplicationFailed' AND key = 'refused'`,
  });
  expect(events).toHaveLength(1);
  const everything = JSON.stringify([data, events, source.problems]);
  expect(everything).not.toContain(wrong.secretAccessKey);
});

test('the check of a target says which step fails', async () => {
  const { from, to } = await pair();
  const [good] = (await getBucketReplication(context, { bucket: from })).targets;
  const steps = await testReplication(context, { bucket: from, targetId: `${good?.id}` });
  expect(steps.map(({ problem }) => problem)).toEqual([null, null, null, null, null]);
  const { Versions, DeleteMarkers } = await target.s3.send(new ListObjectVersionsCommand({ Bucket: to }));
  expect([Versions, DeleteMarkers]).toEqual([undefined, undefined]);

  await replicate(context, from, { target: placeOf(target, 'not-there') });
  const [bad] = (await getBucketReplication(context, { bucket: from })).targets;
  const failed = await testReplication(context, { bucket: from, targetId: `${bad?.id}` });
  expect(failed).toEqual([{ step: 'FIND_BUCKET', problem: expect.any(String) }]);
});

test('targets are refused that are no addresses of services, or are where servers keep their secrets', async () => {
  const { from } = await pair();
  const attempt = (endpoint: string) =>
    setBucketReplication(context, {
      ...{ bucket: from, rules: [] },
      targets: [{ ...placeOf(target, 'x-y-z'), endpoint, region: 'us-east-1', pathStyle: true }],
    });
  for (const endpoint of [
    ...['ftp://example.com', 'http://user:pass@example.com', 'https://example.com/path', 'https://example.com/?q'],
    ...['http://169.254.169.254', 'http://[fe80::1]', 'http://[::ffff:169.254.169.254]', 'http://0.0.0.0', 'nonsense'],
  ]) {
    await expect(attempt(endpoint)).rejects.toMatchObject({ kind: 'InvalidInput' });
  }
  const strict = {
    ...context,
    granary: { ...source.granary, settings: { ...source.settings, replicationAllowPrivate: 'off' as const } },
  };
  for (const endpoint of ['http://127.0.0.1:9000', 'http://10.1.2.3', 'http://[::1]:9000', 'http://[fd12::1]']) {
    const targets = [{ ...placeOf(target, 'x-y-z'), endpoint, region: 'us-east-1', pathStyle: true }];
    const refused = setBucketReplication(strict, { bucket: from, rules: [], targets });
    await expect(refused).rejects.toMatchObject({ kind: 'InvalidInput' });
  }
});

test('what only its client can read is given up with that reason', async () => {
  const { from } = await pair();
  const key = randomBytes(32);
  const encryption = {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: key.toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
  };
  await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'sealed', Body: 'x', ...encryption }));
  await replicator.runDue();
  const tasks = await source.granary.database.query<{ state: string; error: string }>(
    {
      name: 'test_sealed_task',
      text: `SELECT t.state, t.error FROM replication_task t JOIN object_version v ON v.id = t.version_id
             WHERE v.key = 'sealed'`,
    },
    [],
  );
  expect(tasks).toEqual([{ state: 'FAILED', error: expect.stringContaining('SSE-C') }]);
});

test('object lock goes along to a target that has it, later holds too, and is left out where there is none', async () => {
  const [from, to, plain] = ['from-locked', 'to-locked', 'plain'];
  await source.s3.send(new CreateBucketCommand({ Bucket: from, ObjectLockEnabledForBucket: true }));
  await target.s3.send(new CreateBucketCommand({ Bucket: to, ObjectLockEnabledForBucket: true }));
  await createVersionedBucket(target.s3, plain);
  const all = { enabled: true, priority: 1, prefix: '', tags: {}, deleteMarkers: true };
  await setBucketReplication(context, {
    bucket: from,
    targets: [to, plain].map((bucket) => ({ ...placeOf(target, bucket), region: 'us-east-1', pathStyle: true })),
    rules: [to, plain].map((bucket) => ({ ...all, id: bucket, target: bucket })),
  });
  const lock = { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: new Date(Date.now() + 86_400_000) } as const;
  const address = { Bucket: from, Key: 'kept' };
  await source.s3.send(new PutObjectCommand({ ...address, Body: 'x', ChecksumAlgorithm: 'CRC32', ...lock }));
  expect(await replicator.runDue()).toBe(2);
  const there = await target.s3.send(new HeadObjectCommand({ ...address, Bucket: to }));
  expect(there).toMatchObject({ ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: expect.any(Date) });
  expect((await contentAt(target, plain, 'kept')).toString()).toBe('x');
  expect(await statusOf(source, from, 'kept')).toBe('COMPLETED');

  await putObjectLegalHold(context, { bucket: from, key: 'kept', status: 'ON' });
  expect(await statusOf(source, from, 'kept')).toBe('PENDING');
  expect(await replicator.runDue()).toBe(2);
  const held = await target.s3.send(new HeadObjectCommand({ ...address, Bucket: to }));
  expect(held.ObjectLockLegalHoldStatus).toBe('ON');
  expect(await statusOf(source, from, 'kept')).toBe('COMPLETED');
});

test('a rule may set the storage class at the target, and what has one of its own keeps it otherwise', async () => {
  const ruled = await connectBuckets({ source, target, context, rule: { storageClass: 'STANDARD_IA' } });
  const own = await pair();
  for (const { from } of [ruled, own]) {
    await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'plain', Body: 'x' }));
    await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'cold', Body: 'y', StorageClass: 'GLACIER_IR' }));
  }
  expect(await replicator.runDue()).toBe(4);
  const classAt = async (Bucket: string, Key: string) =>
    (await target.s3.send(new HeadObjectCommand({ Bucket, Key }))).StorageClass;
  expect([await classAt(ruled.to, 'plain'), await classAt(ruled.to, 'cold')]).toEqual(['STANDARD_IA', 'STANDARD_IA']);
  expect([await classAt(own.to, 'plain'), await classAt(own.to, 'cold')]).toEqual([undefined, 'GLACIER_IR']);
  expect((await contentAt(target, ruled.to, 'cold')).toString()).toBe('y');
});

test('what a named key of the source sealed is sealed at the target by its own settings, with the same content', async () => {
  const { from, to } = await pair();
  const content = randomBytes(200_000);
  const sealed = { Bucket: from, Key: 'named', ServerSideEncryption: 'aws:kms' } as const;
  await source.s3.send(new PutObjectCommand({ ...sealed, Body: content }));
  const before = await source.s3.send(new HeadObjectCommand({ Bucket: from, Key: 'named' }));
  expect(before).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: expect.any(String) });
  expect(await replicator.runDue()).toBe(1);
  const there = await target.s3.send(new HeadObjectCommand({ Bucket: to, Key: 'named' }));
  expect(there.ServerSideEncryption).toBe('AES256');
  expect(there.SSEKMSKeyId).toBeUndefined();
  expect((await contentAt(target, to, 'named')).equals(content)).toBe(true);
  const wrapped = (server: TestServer) =>
    server.granary.database.query<{ key: string; path: string }>({
      name: 'test_wrapped_key',
      text: `SELECT encode(b.wrapped_key, 'hex') AS key, b.path FROM object_version v JOIN blob b ON b.id = v.blob_id
             WHERE v.key = 'named'`,
    });
  const [[here], [far]] = [await wrapped(source), await wrapped(target)];
  expect(far?.key).toEqual(expect.any(String));
  expect([far?.key === here?.key, far?.path === here?.path]).toEqual([false, false]);
});
