import {
  DeleteBucketReplicationCommand,
  DeleteObjectCommand,
  GetBucketReplicationCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type ReplicationRule,
  S3Client,
} from '@aws-sdk/client-s3';
import { createVersionedBucket } from '../operations/replication/replication-fixture.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

const setReplication = `mutation($input: SetBucketReplicationInput!) {
  setBucketReplication(input: $input) { bucket { replication { targets { id bucket } } } userErrors { code field message } } }`;

beforeAll(async () => {
  server = await startTestServer({ replicationAllowPrivate: 'on' });
  await createVersionedBucket(server.s3, 'source');
  const { s3Url: endpoint, accessKeyId } = server;
  const targets = ['mirror', 'archive'].map((bucket) => ({
    ...{ endpoint, bucket, accessKeyId, secretAccessKey: 'a-secret-nobody-sees' },
  }));
  const { data } = await server.graphql(setReplication, { input: { bucket: 'source', targets, rules: [] } });
  expect(data.setBucketReplication.userErrors).toEqual([]);
}, 60_000);

afterAll(() => server?.stop());

/** The code that a request is refused with. */
function codeOf(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => 'none',
    (error: unknown) => (error instanceof Object && 'name' in error ? String(error.name) : String(error)),
  );
}

function put(...Rules: ReplicationRule[]): Promise<unknown> {
  const ReplicationConfiguration = { Role: 'arn:aws:iam::123456789012:role/r', Rules };
  return server.s3.send(new PutBucketReplicationCommand({ Bucket: 'source', ReplicationConfiguration }));
}

const rule: ReplicationRule = {
  ...{ ID: 'one', Status: 'Enabled', Priority: 3, Filter: { Prefix: 'photos/' } },
  DeleteMarkerReplication: { Status: 'Enabled' },
  Destination: { Bucket: 'arn:aws:s3:::mirror', StorageClass: 'STANDARD_IA' },
};
const tagged: ReplicationRule = {
  ...{ ID: 'two', Status: 'Disabled', Priority: 1 },
  Filter: { And: { Prefix: 'a', Tags: [{ Key: 'k', Value: 'v' }] } },
  DeleteMarkerReplication: { Status: 'Disabled' },
  Destination: { Bucket: 'arn:aws:s3:::archive' },
};

test('a replication configuration comes back as it was put, until it is deleted', async () => {
  const get = () => server.s3.send(new GetBucketReplicationCommand({ Bucket: 'source' }));
  expect(await codeOf(get())).toBe('ReplicationConfigurationNotFoundError');
  await put(rule, tagged);
  expect((await get()).ReplicationConfiguration?.Rules).toEqual([rule, tagged]);
  await server.s3.send(new DeleteBucketReplicationCommand({ Bucket: 'source' }));
  expect(await codeOf(get())).toBe('ReplicationConfigurationNotFoundError');
});

test('configurations that cannot be kept are refused', async () => {
  expect(await codeOf(put({ ...rule, Destination: { Bucket: 'arn:aws:s3:::nowhere' } }))).toBe('InvalidArgument');
  expect(await codeOf(put({ ...rule, Destination: { Bucket: 'mirror' } }))).toBe('InvalidArgument');
  expect(await codeOf(put(rule, rule))).toBe('InvalidArgument');
  expect(await codeOf(put(rule, { ...rule, ID: 'other' }))).toBe('InvalidArgument');
  expect(await codeOf(put({ ...rule, ExistingObjectReplication: { Status: 'Enabled' } }))).toBe('NotImplemented');
  const timed = { Status: 'Enabled', Time: { Minutes: 15 } } as const;
  const Destination = { Bucket: 'arn:aws:s3:::mirror', ReplicationTime: timed };
  expect(await codeOf(put({ ...rule, Destination }))).toBe('NotImplemented');
});

test('replication needs versioning, and keeps it on', async () => {
  await put(rule);
  const VersioningConfiguration = { Status: 'Suspended' } as const;
  const suspend = server.s3.send(new PutBucketVersioningCommand({ Bucket: 'source', VersioningConfiguration }));
  expect(await codeOf(suspend)).toBe('InvalidBucketState');
  await server.s3.send(new DeleteBucketReplicationCommand({ Bucket: 'source' }));
});

test('a rule for delete markers marks them as pending, and a read of a version without rules says nothing', async () => {
  await put(rule);
  await server.s3.send(new PutObjectCommand({ Bucket: 'source', Key: 'photos/a', Body: 'x' }));
  await server.s3.send(new PutObjectCommand({ Bucket: 'source', Key: 'other', Body: 'x' }));
  const photo = await server.s3.send(new HeadObjectCommand({ Bucket: 'source', Key: 'photos/a' }));
  const other = await server.s3.send(new HeadObjectCommand({ Bucket: 'source', Key: 'other' }));
  expect([photo.ReplicationStatus, other.ReplicationStatus]).toEqual(['PENDING', undefined]);
  await server.s3.send(new DeleteBucketReplicationCommand({ Bucket: 'source' }));
  const after = await server.s3.send(new HeadObjectCommand({ Bucket: 'source', Key: 'photos/a' }));
  expect(after.ReplicationStatus).toBeUndefined();
});

test('only who may replicate writes replicas', async () => {
  await put({ ...rule, Filter: { Prefix: '' } });
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Deny', Principal: '*', Action: ['s3:ReplicateObject'], Resource: 'arn:aws:s3:::source/denied' },
      { Effect: 'Deny', Principal: '*', Action: ['s3:ReplicateDelete'], Resource: 'arn:aws:s3:::source/denied' },
    ],
  };
  const query = 'mutation($input: PutBucketPolicyInput!) { putBucketPolicy(input: $input) { userErrors { message } } }';
  const { data } = await server.graphql(query, { input: { bucket: 'source', policy } });
  expect(data.putBucketPolicy.userErrors).toEqual([]);
  const replicating = new S3Client({
    ...{ endpoint: server.s3Url, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 },
    credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
  });
  replicating.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: object }).headers, { 'x-granary-replication': 'REPLICA' });
      return next(args);
    },
    { step: 'build' },
  );
  const denied = { Bucket: 'source', Key: 'denied' };
  expect(await codeOf(replicating.send(new PutObjectCommand({ ...denied, Body: 'x' })))).toBe('AccessDenied');
  expect(await codeOf(replicating.send(new DeleteObjectCommand(denied)))).toBe('AccessDenied');
  const { Versions, DeleteMarkers } = await server.s3.send(
    new ListObjectVersionsCommand({ Bucket: 'source', Prefix: 'denied' }),
  );
  expect([Versions, DeleteMarkers]).toEqual([undefined, undefined]);
  const allowed = { Bucket: 'source', Key: 'allowed' };
  await replicating.send(new PutObjectCommand({ ...allowed, Body: 'x' }));
  replicating.destroy();
  const head = await server.s3.send(new HeadObjectCommand(allowed));
  expect(head.ReplicationStatus).toBe('REPLICA');
});

test('a target keeps its id and its secret when it is set again, and no secret is ever shown', async () => {
  const { s3Url: endpoint, accessKeyId } = server;
  const targets = [{ endpoint, bucket: 'mirror', accessKeyId }];
  const before = await server.graphql('{ bucket(name: "source") { replication { targets { id bucket } } } }');
  const again = await server.graphql(setReplication, { input: { bucket: 'source', targets, rules: [] } });
  expect(again.data.setBucketReplication.bucket.replication.targets).toEqual([
    before.data.bucket.replication.targets.find(({ bucket }: { bucket: string }) => bucket === 'mirror'),
  ]);
  const other = [{ endpoint, bucket: 'mirror', accessKeyId: 'another' }];
  const refused = await server.graphql(setReplication, { input: { bucket: 'source', targets: other, rules: [] } });
  expect(refused.data.setBucketReplication.userErrors).toEqual([
    { code: 'INVALID_INPUT', field: ['input', 'targets', 'secretAccessKey'], message: expect.any(String) },
  ]);
  const rows = await server.granary.database.query<object>(
    {
      name: 'test_target_rows',
      text: 'SELECT t::text AS target, (SELECT string_agg(e::text, $1) FROM event e) AS events FROM replication_target t',
    },
    [''],
  );
  expect(JSON.stringify([rows, before, again, server.problems])).not.toContain('a-secret-nobody-sees');
});
