import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { startReplication } from '../../../src/jobs/replication.js';
import { getBucketReplication } from '../../../src/operations/replication/get-bucket-replication.js';
import { Replicator } from '../../../src/operations/replication/replicate-versions.js';
import { temporaryDirectory } from '../../support/directory.js';
import { eventually, TestProcess } from '../../support/process.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { administrator, createVersionedBucket, placeOf, replicate } from './replication-fixture.js';

let source: TestServer;

beforeAll(async () => {
  source = await startTestServer({ replicationAllowPrivate: 'on', replicationAttempts: 30 });
}, 60_000);

afterAll(() => source?.stop());

/** A way to a server that can be closed, also in the middle of a transfer, and opened again at the same address. */
class Way {
  readonly #to: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(to: string) {
    this.#to = new URL(to);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async open(): Promise<void> {
    this.#server = createServer((near) => {
      const far = connect(Number(this.#to.port), this.#to.hostname);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => to.destroy()).on('close', () => this.#sockets.delete(from));
        from.pipe(to);
      }
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await closed;
  }
}

test('what is written while a target is away arrives when it is back, the newest version of each key last', async () => {
  const target = await startTestServer();
  const way = new Way(target.s3Url);
  await way.open();
  const context = await administrator(source);
  await createVersionedBucket(source.s3, 'away');
  await createVersionedBucket(target.s3, 'back');
  await replicate(context, 'away', { target: { ...placeOf(target, 'back'), endpoint: way.url } });
  const replication = startReplication(source.granary, { pollMs: 20, firstRetrySeconds: 0.05 });
  try {
    await source.s3.send(new PutObjectCommand({ Bucket: 'away', Key: 'before', Body: 'x' }));
    await eventually(async () => (await figures()).completed === 1);
    await way.close();
    for (let index = 0; index < 20; index++) {
      await source.s3.send(new PutObjectCommand({ Bucket: 'away', Key: `key ${index % 5}`, Body: `body ${index}` }));
    }
    await eventually(async () => (await retries()) > 0);
    expect(await figures()).toMatchObject({ pending: 20, failed: 0, completed: 1 });
    expect((await figures()).lagSeconds).toBeGreaterThan(0);

    await way.open();
    await eventually(async () => (await figures()).completed === 21, 25_000);
    for (let index = 15; index < 20; index++) {
      const address = { Bucket: 'back', Key: `key ${index % 5}` };
      const { Body } = await target.s3.send(new GetObjectCommand(address));
      expect(await Body?.transformToString()).toBe(`body ${index}`);
    }
  } finally {
    await replication.stop();
    await way.close();
    await target.stop();
  }

  async function figures() {
    const { targets } = await getBucketReplication(context, { bucket: 'away' });
    return targets[0] ?? { pending: -1, failed: -1, completed: -1, lagSeconds: -1 };
  }

  async function retries(): Promise<number> {
    const [row] = await source.granary.database.query<{ most: number }>({
      name: 'test_most_attempts',
      text: 'SELECT max(attempts) AS most FROM replication_task WHERE error IS NOT NULL',
    });
    return row?.most ?? 0;
  }
}, 90_000);

test('another S3 service gets content, metadata and deletions', async () => {
  await using directory = await temporaryDirectory();
  const other = new TestProcess([
    '--eval',
    `const S3rver = require('s3rver');
     new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: ${JSON.stringify(directory.path)},
       configureBuckets: [{ name: 'elsewhere' }] }).run().then((address) => console.log('port ' + address.port));`,
  ]);
  const replicator = new Replicator(source.granary);
  try {
    const [, port] = await other.prints(/port (\d+)/);
    const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
    const endpoint = `http://127.0.0.1:${port}`;
    const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
    await createVersionedBucket(source.s3, 'abroad');
    const context = await administrator(source);
    await replicate(context, 'abroad', { target: { endpoint, bucket: 'elsewhere', ...credentials } });
    const body = Buffer.alloc(300_000, 'abc');
    const address = { Bucket: 'abroad', Key: 'dir/one' };
    await source.s3.send(new PutObjectCommand({ ...address, Body: body, Metadata: { a: 'b' }, ContentType: 'a/b' }));
    expect(await replicator.runDue()).toBe(1);
    const { Body, ...there } = await s3.send(new GetObjectCommand({ ...address, Bucket: 'elsewhere' }));
    expect(there).toMatchObject({ Metadata: { a: 'b' }, ContentType: 'a/b' });
    expect(body.equals(Buffer.from((await Body?.transformToByteArray()) ?? []))).toBe(true);
    expect(await source.s3.send(new HeadObjectCommand(address))).toMatchObject({ ReplicationStatus: 'COMPLETED' });
    await source.s3.send(new DeleteObjectCommand(address));
    expect(await replicator.runDue()).toBe(1);
    const gone = s3.send(new HeadObjectCommand({ ...address, Bucket: 'elsewhere' }));
    await expect(gone).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    s3.destroy();
  } finally {
    replicator.close();
    await other.dispose();
  }
});
