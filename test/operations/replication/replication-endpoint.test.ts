import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { RequestContext } from '../../../src/operations/context.js';
import { getBucketReplication } from '../../../src/operations/replication/get-bucket-replication.js';
import { Replicator } from '../../../src/operations/replication/replicate-versions.js';
import { testReplication } from '../../../src/operations/replication/test-replication.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { administrator, createVersionedBucket, replicate } from './replication-fixture.js';

let source: TestServer;
let context: RequestContext;
let inner: Server;
let connections = 0;
let endpoint: string;

// A service of the private network, which nobody may reach by way of the server.
beforeAll(async () => {
  source = await startTestServer({ replicationAllowPrivate: 'off' });
  context = await administrator(source);
  inner = createServer((socket) => {
    connections += 1;
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  });
  inner.listen(0, 'localhost');
  await once(inner, 'listening');
  const address = inner.address();
  endpoint = `http://localhost:${typeof address === 'object' ? address?.port : ''}`;
}, 60_000);

afterAll(async () => {
  inner?.close();
  await source?.stop();
});

test('a name is taken as it stands, and refused when it leads into a private network as a connection is made', async () => {
  await createVersionedBucket(source.s3, 'from');
  const target = { endpoint, bucket: 'inner', accessKeyId: 'key', secretAccessKey: 'secret-of-inner' };
  await replicate(context, 'from', { target });
  await source.s3.send(new PutObjectCommand({ Bucket: 'from', Key: 'k', Body: 'x' }));
  const replicator = new Replicator(source.granary);
  expect(await replicator.runDue()).toBe(1);
  replicator.close();
  const { data } = await source.graphql(
    '{ bucket(name: "from") { object(key: "k") { replicationStatus replications { state error } } } }',
  );
  expect(data.bucket.object).toEqual({
    replicationStatus: 'FAILED',
    replications: [{ state: 'FAILED', error: expect.stringContaining('private network') }],
  });
  const [{ id } = { id: '' }] = (await getBucketReplication(context, { bucket: 'from' })).targets;
  expect(await testReplication(context, { bucket: 'from', targetId: id })).toEqual([
    { step: 'FIND_BUCKET', problem: expect.stringContaining('private network') },
  ]);
  expect(connections).toBe(0);
});

test('a target that was set while private networks were open is not reached once they are closed', async () => {
  const open = { ...source.granary, settings: { ...source.settings, replicationAllowPrivate: 'on' as const } };
  await createVersionedBucket(source.s3, 'from-open');
  const address = endpoint.replace('localhost', '127.0.0.1');
  const target = { endpoint: address, bucket: 'inner', accessKeyId: 'key', secretAccessKey: 'secret-of-inner' };
  await replicate({ ...context, granary: open }, 'from-open', { target });
  const [{ id } = { id: '' }] = (await getBucketReplication(context, { bucket: 'from-open' })).targets;
  await expect(testReplication(context, { bucket: 'from-open', targetId: id })).rejects.toMatchObject({
    kind: 'InvalidInput',
  });
  await source.s3.send(new PutObjectCommand({ Bucket: 'from-open', Key: 'k', Body: 'x' }));
  const replicator = new Replicator(source.granary);
  expect(await replicator.runDue()).toBe(1);
  replicator.close();
  const { targets } = await getBucketReplication(context, { bucket: 'from-open' });
  expect(targets).toMatchObject([{ failed: 1, pending: 0 }]);
  expect(connections).toBe(0);
});
