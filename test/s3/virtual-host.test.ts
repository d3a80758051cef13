import { lookup } from 'node:dns';
import { Agent } from 'node:http';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { bucketOfHost, parseResource } from '../../src/s3/protocol/resource.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { send } from './raw-request.js';

test.each([
  ['bucket.s3.test', 'bucket'],
  ['Bucket.S3.test:9000', 'bucket'],
  ['a.b.c.s3.test', 'a.b.c'],
  ['s3.test', undefined],
  ['s3.test:9000', undefined],
  ['evils3.test', undefined],
  ['bucket.other.test', undefined],
  ['127.0.0.1:9000', undefined],
  ['x.eu.s3.test', 'x'],
])('the host %s means the bucket %s', (host, bucket) => {
  expect(bucketOfHost(host, ['eu.s3.test', 's3.test'])?.bucket).toBe(bucket);
});

test('with a bucket in the host all of the path is the key', () => {
  expect(parseResource('/a//b%2Fc/', { bucket: 'bucket' })).toEqual({ bucket: 'bucket', key: 'a//b/c/' });
  expect(parseResource('/', { bucket: 'bucket' })).toEqual({ bucket: 'bucket', key: '' });
});

describe('a server with a domain', () => {
  let server: TestServer;
  let hosted: S3Client;

  beforeAll(async () => {
    server = await startTestServer({ s3Domains: ['s3.test', 'other.test'] });
    const { port } = new URL(server.s3Url);
    // Every name is this machine, as a wildcard record in the DNS would have it.
    const agent = new Agent({
      lookup: (_name, options, done) => lookup('127.0.0.1', options, done),
    });
    hosted = new S3Client({
      endpoint: `http://s3.test:${port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
      maxAttempts: 1,
      requestHandler: { httpAgent: agent },
    });
  });

  afterAll(async () => {
    expect(server.problems).toEqual([]);
    hosted.destroy();
    await server.stop();
  });

  test('takes the bucket from the host, from the SDK as it is', async () => {
    await hosted.send(new CreateBucketCommand({ Bucket: 'hosted' }));
    await hosted.send(new PutObjectCommand({ Bucket: 'hosted', Key: 'a/ä +b', Body: 'content' }));
    const { Contents } = await hosted.send(new ListObjectsV2Command({ Bucket: 'hosted' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['a/ä +b']);
    const { Body } = await server.s3.send(new GetObjectCommand({ Bucket: 'hosted', Key: 'a/ä +b' }));
    expect(await Body?.transformToString()).toBe('content');
  });

  test('takes presigned URLs with the bucket in the host', async () => {
    const url = new URL(await getSignedUrl(hosted, new GetObjectCommand({ Bucket: 'hosted', Key: 'a/ä +b' })));
    expect(url.hostname).toBe('hosted.s3.test');
    const answer = await send(server, { path: url.pathname + url.search, headers: { host: url.host } });
    expect([answer.status, answer.body]).toEqual([200, 'content']);
    const path = `/hosted${url.pathname}${url.search}`;
    expect((await send(server, { path, headers: { host: 's3.test' } })).code).toBe('SignatureDoesNotMatch');
  });

  test('takes the path as before where the host names no bucket', async () => {
    expect((await server.s3.send(new ListObjectsV2Command({ Bucket: 'hosted' }))).KeyCount).toBe(1);
  });
});
