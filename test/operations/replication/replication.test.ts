import { randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { RequestContext } from '../../../src/operations/context.js';
import { getBucketReplication } from '../../../src/operations/replication/get-bucket-replication.js';
import { Replicator } from '../../../src/operations/replication/replicate-versions.js';
import { type ReplicationRuleInput } from '../../../src/operations/replication/set-bucket-replication.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import {
  administrator,
  connectBuckets,
  contentAt,
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

/** Of content, since the server began. */
async function sentBytes(): Promise<number | undefined> {
  return (await source.granary.metrics.replicatedBytes.get()).values[0]?.value;
}

const pair = (rule: Partial<ReplicationRuleInput> = {}) => connectBuckets({ source, target, context, rule });

test('a version goes to its target with its headers, metadata, tags and checksum, and is a replica there', async () => {
  const { from, to } = await pair();
  const written = await source.s3.send(
    new PutObjectCommand({
      ...{ Bucket: from, Key: 'a/ä b.txt', Body: 'hello', ContentType: 'text/plain; charset=utf-8' },
      ...{
        CacheControl: 'max-age=60',
        ContentDisposition: 'inline',
        ContentLanguage: 'de',
        Metadata: { owner: 'ann' },
      },
      ...{ Tagging: 'kind=letter%20one&x=%2B', ChecksumAlgorithm: 'SHA256' },
    }),
  );
  expect(await statusOf(source, from, 'a/ä b.txt')).toBe('PENDING');
  expect(await replicator.runDue()).toBe(1);

  expect(await statusOf(source, from, 'a/ä b.txt')).toBe('COMPLETED');
  expect((await contentAt(target, to, 'a/ä b.txt')).toString()).toBe('hello');
  const head = await target.s3.send(new HeadObjectCommand({ Bucket: to, Key: 'a/ä b.txt', ChecksumMode: 'ENABLED' }));
  expect(head).toMatchObject({
    ...{ ETag: written.ETag, ChecksumSHA256: written.ChecksumSHA256, ReplicationStatus: 'REPLICA' },
    ...{ ContentType: 'text/plain; charset=utf-8', CacheControl: 'max-age=60', ContentDisposition: 'inline' },
    ...{ ContentLanguage: 'de', Metadata: { owner: 'ann' } },
  });
  const tags = await target.s3.send(new GetObjectTaggingCommand({ Bucket: to, Key: 'a/ä b.txt' }));
  expect(tags.TagSet).toEqual(
    expect.arrayContaining([
      { Key: 'kind', Value: 'letter one' },
      { Key: 'x', Value: '+' },
    ]),
  );
});

test('an object of parts keeps its parts, so that its ETag is the same', async () => {
  const { from, to } = await pair();
  const address = { Bucket: from, Key: 'parts' };
  const { UploadId } = await source.s3.send(
    new CreateMultipartUploadCommand({ ...address, ChecksumAlgorithm: 'CRC32', Metadata: { made: 'of parts' } }),
  );
  const bodies = [randomBytes(5 * 2 ** 20), randomBytes(6 * 2 ** 20), randomBytes(1000)];
  const parts = [];
  for (const [index, Body] of bodies.entries()) {
    const part = { ...address, UploadId, PartNumber: index * 3 + 1, Body, ChecksumAlgorithm: 'CRC32' as const };
    const { ETag, ChecksumCRC32 } = await source.s3.send(new UploadPartCommand(part));
    parts.push({ ETag, ChecksumCRC32, PartNumber: index * 3 + 1 });
  }
  await source.s3.send(new CompleteMultipartUploadCommand({ ...address, UploadId, MultipartUpload: { Parts: parts } }));
  await replicator.runDue();

  const before = await source.s3.send(new HeadObjectCommand({ ...address, ChecksumMode: 'ENABLED' }));
  const after = await target.s3.send(new HeadObjectCommand({ ...address, Bucket: to, ChecksumMode: 'ENABLED' }));
  expect(before.ReplicationStatus).toBe('COMPLETED');
  expect(after).toMatchObject({
    ...{ ETag: before.ETag, ChecksumCRC32: before.ChecksumCRC32, ReplicationStatus: 'REPLICA' },
    Metadata: { made: 'of parts' },
  });
  expect((await contentAt(target, to, 'parts')).equals(Buffer.concat(bodies))).toBe(true);
});

test('the versions of a key and its delete markers arrive in the order in which they were made', async () => {
  const { from, to } = await pair();
  const address = { Bucket: from, Key: 'k' };
  const expected: string[] = [];
  for (let round = 0; round < 12; round++) {
    if (round % 4 === 3) {
      await source.s3.send(new DeleteObjectCommand(address));
      expected.push('marker');
    } else {
      await source.s3.send(new PutObjectCommand({ ...address, Body: `version ${round}` }));
      expected.push(md5(`version ${round}`));
    }
  }
  expect(await replicator.runDue()).toBe(12);
  expect(await historyAt(target, to, 'k')).toEqual(expected);
});

test('delete markers stay behind when the rule does not name them, and what the rule does not fit is not replicated', async () => {
  const { from } = await pair({ prefix: 'in/', deleteMarkers: false });
  await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'out/a', Body: 'x' }));
  await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'in/a', Body: 'x' }));
  await source.s3.send(new DeleteObjectCommand({ Bucket: from, Key: 'in/a' }));
  expect(await replicator.runDue()).toBe(1);
  expect(await statusOf(source, from, 'out/a')).toBeUndefined();
});

test('new tags follow to the very version at the target, without its content', async () => {
  const { from, to } = await pair();
  const address = { Bucket: from, Key: 'tagged' };
  const { VersionId } = await source.s3.send(new PutObjectCommand({ ...address, Body: 'one' }));
  await source.s3.send(new PutObjectCommand({ ...address, Body: 'two' }));
  await replicator.runDue();
  const bytes = await sentBytes();
  await source.s3.send(
    new PutObjectTaggingCommand({ ...address, VersionId, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
  );
  expect(await replicator.runDue()).toBe(1);

  const versions = await target.s3.send(new ListObjectVersionsCommand({ Bucket: to }));
  expect(versions.Versions).toHaveLength(2);
  const first = versions.Versions?.find((version) => version.ETag === md5('one'))?.VersionId;
  const tags = await target.s3.send(new GetObjectTaggingCommand({ Bucket: to, Key: 'tagged', VersionId: first }));
  expect(tags.TagSet).toEqual([{ Key: 'a', Value: 'b' }]);
  expect(await sentBytes()).toBe(bytes);
});

test('two buckets that replicate to each other do not send a version round and round', async () => {
  const { from, to } = await pair();
  const back = await administrator(target);
  await replicate(back, to, { target: placeOf(source, from) });
  const returning = new Replicator(target.granary);
  await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'here', Body: 'from here' }));
  await target.s3.send(new PutObjectCommand({ Bucket: to, Key: 'there', Body: 'from there' }));
  await source.s3.send(new DeleteObjectCommand({ Bucket: from, Key: 'gone' }));
  for (let round = 0; round < 3; round++) {
    expect(await replicator.runDue()).toBe(round === 0 ? 2 : 0);
    expect(await returning.runDue()).toBe(round === 0 ? 1 : 0);
  }
  returning.close();
  for (const [server, bucket] of [
    [source, from],
    [target, to],
  ] as const) {
    expect(await historyAt(server, bucket, 'here')).toEqual([md5('from here')]);
    expect(await historyAt(server, bucket, 'there')).toEqual([md5('from there')]);
    expect(await historyAt(server, bucket, 'gone')).toEqual(['marker']);
  }
});

test('a version that was deleted before it was sent is not sent, and what comes after it is', async () => {
  const { from, to } = await pair();
  const address = { Bucket: from, Key: 'short' };
  const { VersionId } = await source.s3.send(new PutObjectCommand({ ...address, Body: 'one' }));
  await source.s3.send(new PutObjectCommand({ ...address, Body: 'two' }));
  await source.s3.send(new DeleteObjectCommand({ ...address, VersionId }));
  await replicator.runDue();
  expect(await historyAt(target, to, 'short')).toEqual([md5('two')]);
});

test('two hundred objects that are written while others are sent all arrive', async () => {
  const { from, to } = await pair();
  const keys = Array.from({ length: 200 }, (_, index) => `load/${index % 150}`);
  const queue = keys.entries();
  const writer = async (): Promise<void> => {
    for (const [index, Key] of queue) {
      const Body = randomBytes(index % 10 === 0 ? 100_000 : 500);
      await source.s3.send(new PutObjectCommand({ Bucket: from, Key, Body }));
    }
  };
  const others = new Replicator(source.granary, { firstRetrySeconds: 0.05 });
  let writing = true;
  const sending = [replicator, others].map(async (one) => {
    while (writing || (await one.runDue()) > 0) {
      await one.runDue();
    }
  });
  await Promise.all(Array.from({ length: 8 }, writer)).finally(() => {
    writing = false;
  });
  await Promise.all(sending);
  await replicator.runDue();
  others.close();

  const { targets } = await getBucketReplication(context, { bucket: from });
  expect(targets[0]).toMatchObject({ pending: 0, failed: 0, completed: 200, lagSeconds: 0 });
  for (const key of new Set(keys)) {
    expect(await historyAt(target, to, `${key}`)).toEqual(await historyAt(source, from, `${key}`));
  }
}, 120_000);

test('metadata in any script arrives as it was', async () => {
  const { from, to } = await pair();
  const query = `mutation($input: SetObjectMetadataInput!) { setObjectMetadata(input: $input) { userErrors { message } } }`;
  await source.s3.send(new PutObjectCommand({ Bucket: from, Key: 'script', Body: 'x' }));
  const input = { bucket: from, key: 'script', metadata: { title: 'Größe 写真', plain: 'yes' } };
  expect((await source.graphql(query, { input })).data.setObjectMetadata.userErrors).toEqual([]);
  expect(await replicator.runDue()).toBe(2);
  const { data } = await target.graphql(`{ bucket(name: "${to}") { object(key: "script") { metadata } } }`);
  expect(data.bucket.object.metadata).toEqual(input.metadata);
});

test('what came by tus in small parts goes in parts that S3 takes', async () => {
  const { from, to } = await pair();
  const metadata = `bucket ${Buffer.from(from).toString('base64')},key ${Buffer.from('small').toString('base64')}`;
  const headers = { authorization: `Bearer ${await source.login()}`, 'tus-resumable': '1.0.0' };
  const created = await fetch(`${source.httpUrl}/files`, {
    method: 'POST',
    headers: { ...headers, 'upload-length': '6', 'upload-metadata': metadata },
  });
  for (const [offset, body] of [
    ['0', 'abc'],
    ['3', 'def'],
  ] as const) {
    const { status } = await fetch(created.headers.get('location') ?? '', {
      method: 'PATCH',
      headers: { ...headers, 'content-type': 'application/offset+octet-stream', 'upload-offset': offset },
      body,
    });
    expect(status).toBe(204);
  }
  expect(await replicator.runDue()).toBe(1);
  expect(await statusOf(source, from, 'small')).toBe('COMPLETED');
  expect((await contentAt(target, to, 'small')).toString()).toBe('abcdef');
});
