import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { Client, CopyConditions, S3Error } from 'minio';
import { startTestServer, type TestServer } from '../support/server.js';

const mebibyte = 1024 * 1024;
let server: TestServer;
let minio: Client;
let buckets = 0;

beforeAll(async () => {
  server = await startTestServer();
  const { hostname, port } = new URL(server.s3Url);
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = server;
  minio = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

async function newBucket(): Promise<string> {
  const name = `minio-${++buckets}`;
  await minio.makeBucket(name, 'us-east-1');
  return name;
}

async function collect(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

async function names(stream: Readable): Promise<(string | undefined)[]> {
  const items = (await stream.toArray()) as { name?: string; prefix?: string }[];
  return items.map(({ name, prefix }) => name ?? prefix);
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
  } catch (error) {
    return error instanceof S3Error ? error.code : String(error);
  }
  return undefined;
}

test('buckets come and go', async () => {
  const name = await newBucket();
  expect(await minio.bucketExists(name)).toBe(true);
  expect((await minio.listBuckets()).map((bucket) => bucket.name)).toContain(name);
  expect(await minio.getBucketRegionAsync(name)).toBe('us-east-1');
  await minio.removeBucket(name);
  expect(await minio.bucketExists(name)).toBe(false);
});

test.each([0, 5000, 100_000])('an object of %d bytes, sent in signed chunks, comes back', async (size) => {
  const name = await newBucket();
  const bytes = randomBytes(size);
  const metadata = { 'Content-Type': 'text/plain', 'X-Amz-Meta-Colour': 'green' };
  const { etag } = await minio.putObject(name, 'dir/k ü', Readable.from(size > 0 ? [bytes] : []), size, metadata);
  expect(etag).toBe(createHash('md5').update(bytes).digest('hex'));
  const stat = await minio.statObject(name, 'dir/k ü');
  expect([stat.size, stat.etag, stat.metaData]).toEqual([
    size,
    etag,
    { 'content-type': 'text/plain', colour: 'green', 'x-amz-server-side-encryption': 'AES256' },
  ]);
  expect((await collect(await minio.getObject(name, 'dir/k ü'))).equals(bytes)).toBe(true);
  if (size > 0) {
    expect(await collect(await minio.getPartialObject(name, 'dir/k ü', 10, 20))).toEqual(bytes.subarray(10, 30));
  }
});

test('a stream of unknown length becomes a multipart upload', async () => {
  const name = await newBucket();
  const pieces = Array.from({ length: 70 }, () => randomBytes(mebibyte));
  await minio.putObject(name, 'big', Readable.from(pieces));
  const digest = createHash('sha256');
  for await (const piece of await minio.getObject(name, 'big')) {
    digest.update(piece);
  }
  expect(digest.digest('hex')).toBe(createHash('sha256').update(Buffer.concat(pieces)).digest('hex'));
});

test('listings of both kinds, recursive and by folder', async () => {
  const name = await newBucket();
  for (const key of ['a/1', 'a/2 +%', 'b', 'ü/€']) {
    await minio.putObject(name, key, key);
  }
  expect(await names(minio.listObjects(name, '', true))).toEqual(['a/1', 'a/2 +%', 'b', 'ü/€']);
  expect(await names(minio.listObjectsV2(name, '', true))).toEqual(['a/1', 'a/2 +%', 'b', 'ü/€']);
  expect((await names(minio.listObjectsV2(name, '', false))).sort()).toEqual(['a/', 'b', 'ü/']);
  await minio.removeObjects(name, ['a/1', 'a/2 +%']);
  expect(await names(minio.listObjects(name, '', true))).toEqual(['b', 'ü/€']);
});

test('copies, tags and versions', async () => {
  const name = await newBucket();
  await minio.putObject(name, 'k', 'one');
  await minio.copyObject(name, 'copy', `/${name}/k`, new CopyConditions());
  expect((await collect(await minio.getObject(name, 'copy'))).toString()).toBe('one');
  await minio.setObjectTagging(name, 'k', { colour: 'green' });
  expect(await minio.getObjectTagging(name, 'k')).toEqual([{ Key: 'colour', Value: 'green' }]);
  await minio.setBucketVersioning(name, { Status: 'Enabled' });
  expect(await minio.getBucketVersioning(name)).toEqual({ Status: 'Enabled' });
  const { versionId } = await minio.putObject(name, 'k', 'two');
  expect(versionId).toMatch(/^[0-9a-f]{16}$/);
  await minio.removeObject(name, 'k');
  expect(await codeOf(minio.getObject(name, 'k'))).toBe('NoSuchKey');
  expect((await collect(await minio.getObject(name, 'k', { versionId: versionId ?? '' }))).toString()).toBe('two');
});

test('presigned URLs of its making work', async () => {
  const name = await newBucket();
  const put = await fetch(await minio.presignedPutObject(name, 'k +ü', 60), { method: 'PUT', body: 'hello' });
  expect(put.status).toBe(200);
  const got = await fetch(await minio.presignedGetObject(name, 'k +ü', 60, { 'response-content-type': 'text/html' }));
  expect([await got.text(), got.headers.get('content-type')]).toEqual(['hello', 'text/html']);
});

test('a policy lets anybody read', async () => {
  const name = await newBucket();
  await minio.putObject(name, 'k', 'hello');
  const Resource = [`arn:aws:s3:::${name}/*`];
  const Statement = [{ Effect: 'Allow', Principal: { AWS: ['*'] }, Action: ['s3:GetObject'], Resource }];
  await minio.setBucketPolicy(name, JSON.stringify({ Version: '2012-10-17', Statement }));
  expect(await (await fetch(`${server.s3Url}/${name}/k`)).text()).toBe('hello');
  expect(JSON.parse(await minio.getBucketPolicy(name)).Statement).toEqual(Statement);
});

test('a wrong secret is refused', async () => {
  const { hostname, port } = new URL(server.s3Url);
  const wrong = {
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: server.accessKeyId,
    secretKey: 'wrong',
  };
  expect(await codeOf(new Client(wrong).listBuckets())).toBe('SignatureDoesNotMatch');
  expect(await codeOf(new Client({ ...wrong, accessKey: 'NOBODY' }).listBuckets())).toBe('InvalidAccessKeyId');
});
