import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startTestServer, type TestServer } from '../support/server.js';

const mebibyte = 1024 * 1024;
let server: TestServer;
let s3: S3Client;
let buckets = 0;

beforeAll(async () => {
  server = await startTestServer();
  s3 = server.s3;
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

async function newBucket(): Promise<string> {
  const Bucket = `bucket-${++buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

async function failure(promise: Promise<unknown>): Promise<[string, number | undefined]> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof S3ServiceException) {
      return [error.name, error.$metadata.httpStatusCode];
    }
    throw error;
  }
  return ['none', undefined];
}

function put(Bucket: string, Key: string, Body: string | Buffer = Key) {
  return s3.send(new PutObjectCommand({ Bucket, Key, Body }));
}

async function read(
  Bucket: string,
  Key: string,
  more: { VersionId?: string; Range?: string; PartNumber?: number } = {},
) {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

describe('buckets', () => {
  test('are created, found, listed and deleted', async () => {
    const Bucket = await newBucket();
    await s3.send(new HeadBucketCommand({ Bucket }));
    const { Buckets, Owner } = await s3.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toContain(Bucket);
    expect(Owner?.ID).toBeTruthy();
    await s3.send(new DeleteBucketCommand({ Bucket }));
    expect(await failure(s3.send(new HeadBucketCommand({ Bucket })))).toEqual(['NotFound', 404]);
    expect(await failure(s3.send(new ListObjectsV2Command({ Bucket })))).toEqual(['NoSuchBucket', 404]);
  });

  test('are listed by pages and prefix', async () => {
    for (const name of ['page-a', 'page-b', 'page-c']) {
      await s3.send(new CreateBucketCommand({ Bucket: name }));
    }
    const first = await s3.send(new ListBucketsCommand({ Prefix: 'page-', MaxBuckets: 2 }));
    expect(first.Buckets?.map(({ Name }) => Name)).toEqual(['page-a', 'page-b']);
    const rest = await s3.send(
      new ListBucketsCommand({ Prefix: 'page-', MaxBuckets: 2, ContinuationToken: first.ContinuationToken }),
    );
    expect(rest.Buckets?.map(({ Name }) => Name)).toEqual(['page-c']);
    expect(rest.ContinuationToken).toBeUndefined();
  });

  test('say where they were made', async () => {
    const Bucket = 'in-frankfurt';
    await s3.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } }),
    );
    expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe('eu-central-1');
    const plain = await s3.send(new GetBucketLocationCommand({ Bucket: await newBucket() }));
    expect(plain.LocationConstraint || undefined).toBeUndefined();
  });

  test('are refused with a wrong name, and while they hold something; to ask for them again changes nothing', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'k');
    await s3.send(new CreateBucketCommand({ Bucket }));
    expect(await failure(s3.send(new CreateBucketCommand({ Bucket: 'Not_A_Name' })))).toEqual([
      'InvalidBucketName',
      400,
    ]);
    expect(await failure(s3.send(new DeleteBucketCommand({ Bucket })))).toEqual(['BucketNotEmpty', 409]);
  });

  test('what is not there is said not to be', async () => {
    const Bucket = await newBucket();
    expect(await failure(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ACL: 'public-read' })))).toEqual([
      'AccessControlListNotSupported',
      400,
    ]);
    expect(
      await failure(
        s3.send(
          new PutObjectCommand({
            Bucket,
            Key: 'k',
            Body: 'x',
            ServerSideEncryption: 'AES256',
            SSEKMSEncryptionContext: 'e30=',
          }),
        ),
      ),
    ).toEqual(['NotImplemented', 501]);
    expect(await failure(s3.send(new HeadObjectCommand({ Bucket, Key: 'k' })))).toEqual(['NotFound', 404]);
  });

  test('keep a policy, and let in whom it names', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'open/a', 'hello');
    const url = `${server.s3Url}/${Bucket}/open/a`;
    expect((await fetch(url)).status).toBe(403);
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/open/*` },
      ],
    });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect(await (await fetch(url)).text()).toBe('hello');
    expect((await fetch(`${url}?response-content-type=text/html`)).status).toBe(400);
    const stored = await s3.send(new GetBucketPolicyCommand({ Bucket }));
    expect(JSON.parse(stored.Policy ?? '')).toEqual(JSON.parse(Policy));
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    expect((await fetch(url)).status).toBe(403);
    expect(await failure(s3.send(new GetBucketPolicyCommand({ Bucket })))).toEqual(['NoSuchBucketPolicy', 404]);
    expect(await failure(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: '{' })))).toEqual([
      'MalformedPolicy',
      400,
    ]);
  });
});

describe('objects', () => {
  test.each([0, 1, 4096, 40_000, 3 * mebibyte])('of %d bytes come back as they went in', async (size) => {
    const Bucket = await newBucket();
    const Body = randomBytes(size);
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body }));
    expect(ETag).toBe(`"${createHash('md5').update(Body).digest('hex')}"`);
    expect((await read(Bucket, 'k')).equals(Body)).toBe(true);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
    expect([head.ContentLength, head.ETag, head.ContentType]).toEqual([size, ETag, 'application/octet-stream']);
  });

  test('keep their headers, metadata and tags', async () => {
    const Bucket = await newBucket();
    const sent = {
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="a.txt"',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      Metadata: { plain: 'a b', word: '=?UTF-8?Q?=E2=82=AC?=' },
    };
    const Body = Readable.from([Buffer.from('ab'), Buffer.from('cd')]);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ContentLength: 4, Tagging: 'a=1&b=2', ...sent }));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
    expect(head).toMatchObject(sent);
    expect(head.TagCount).toBe(2);
    const overridden = await s3.send(
      new GetObjectCommand({ Bucket, Key: 'k', ResponseContentType: 'text/html', ResponseCacheControl: 'no-store' }),
    );
    expect([overridden.ContentType, overridden.CacheControl]).toEqual(['text/html', 'no-store']);
    expect(await overridden.Body?.transformToString()).toBe('abcd');
  });

  test('metadata has a limit', async () => {
    const Bucket = await newBucket();
    const request = new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Metadata: { a: 'x'.repeat(2048) } });
    expect(await failure(s3.send(request))).toEqual(['MetadataTooLarge', 400]);
  });

  test('tags are put, read and removed', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'k');
    const TagSet = [{ Key: 'a', Value: '1 é' }];
    await s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } }));
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))).TagSet).toEqual(TagSet);
    await s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'k' }));
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))).TagSet).toEqual([]);
  });

  test('are read in ranges', async () => {
    const Bucket = await newBucket();
    const Body = randomBytes(100_000);
    await put(Bucket, 'k', Body);
    expect(await read(Bucket, 'k', { Range: 'bytes=10-19' })).toEqual(Body.subarray(10, 20));
    expect(await read(Bucket, 'k', { Range: 'bytes=99990-' })).toEqual(Body.subarray(99_990));
    expect(await read(Bucket, 'k', { Range: 'bytes=-5' })).toEqual(Body.subarray(-5));
    expect((await read(Bucket, 'k', { Range: 'bytes=0-1,3-4' })).equals(Body)).toBe(true);
    const { ContentRange, $metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k', Range: 'bytes=0-9' }));
    expect([ContentRange, $metadata.httpStatusCode]).toEqual(['bytes 0-9/100000', 206]);
    expect(await failure(read(Bucket, 'k', { Range: 'bytes=100000-' }))).toEqual(['InvalidRange', 416]);
  });

  test('are read under conditions', async () => {
    const Bucket = await newBucket();
    const { ETag } = await put(Bucket, 'k');
    const get = (more: object) => failure(s3.send(new GetObjectCommand({ Bucket, Key: 'k', ...more })));
    const past = new Date(Date.now() - 3_600_000);
    const future = new Date(Date.now() + 3_600_000);
    expect((await get({ IfNoneMatch: ETag }))[1]).toBe(304);
    expect((await get({ IfModifiedSince: future }))[1]).toBe(304);
    expect(await get({ IfMatch: '"x"' })).toEqual(['PreconditionFailed', 412]);
    expect(await get({ IfUnmodifiedSince: past })).toEqual(['PreconditionFailed', 412]);
    expect(await get({ IfMatch: ETag, IfUnmodifiedSince: past })).toEqual(['none', undefined]);
  });

  test('are written under conditions, and of many writers one wins', async () => {
    const Bucket = await newBucket();
    const create = () => failure(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', IfNoneMatch: '*' })));
    const outcomes = await Promise.all(Array.from({ length: 10 }, create));
    expect(outcomes.filter(([name]) => name === 'none')).toHaveLength(1);
    expect(outcomes.filter(([, status]) => status === 412)).toHaveLength(9);
    const update = new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', IfMatch: '"x"' });
    expect(await failure(s3.send(update))).toEqual(['PreconditionFailed', 412]);
  });

  test('have the odd keys that they were given', async () => {
    const Bucket = await newBucket();
    const keys = [
      'a//b',
      '../B/k',
      './x',
      'a b+c%20d',
      '€/😀',
      'tab\there',
      '\u0001ctl',
      'q?a=b&c#d',
      "quo'te(*)!",
      'ü'.repeat(512),
      'end/',
    ];
    for (const key of keys) {
      await put(Bucket, key);
      expect((await read(Bucket, key)).toString()).toBe(key);
    }
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(Contents?.map(({ Key }) => decodeURIComponent(Key ?? ''))).toEqual(sorted);
    expect(await failure(put(Bucket, 'k'.repeat(1025)))).toEqual(['KeyTooLongError', 400]);
    const { Deleted } = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }),
    );
    expect(Deleted?.map(({ Key }) => Key)).toEqual(keys);
  });

  test('are deleted one by one and many at once', async () => {
    const Bucket = await newBucket();
    await Promise.all(['a', 'b', 'c'].map((key) => put(Bucket, key)));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    expect(await failure(read(Bucket, 'a'))).toEqual(['NoSuchKey', 404]);
    const Objects = [{ Key: 'b' }, { Key: 'missing' }, { Key: 'c', VersionId: 'nonsense' }];
    const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted?.map(({ Key }) => Key)).toEqual(['b', 'missing']);
    expect(Errors).toMatchObject([{ Key: 'c', Code: 'InvalidArgument' }]);
    const quiet = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'c' }], Quiet: true } }));
    expect(quiet.Deleted).toBeUndefined();
    await s3.send(new DeleteBucketCommand({ Bucket }));
  });

  test('are copied with or without what belongs to them', async () => {
    const Bucket = await newBucket();
    const source = { Bucket, Key: 'a b/ü', Body: 'x', ContentType: 'text/plain', Metadata: { a: '1' } };
    const { ETag } = await s3.send(new PutObjectCommand(source));
    const CopySource = `${Bucket}/${encodeURIComponent(source.Key)}`;
    const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
    expect(copied.CopyObjectResult?.ETag).toBe(ETag);
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { a: '1' },
    });
    const replace = { MetadataDirective: 'REPLACE', Metadata: { b: '2' }, ContentType: 'text/html' } as const;
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ...replace }));
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).Metadata).toEqual({ b: '2' });
    const onto = { Bucket, Key: source.Key, CopySource };
    const tagged = { ...onto, TaggingDirective: 'REPLACE', Tagging: 'a=b' } as const;
    for (const unchanged of [onto, tagged]) {
      expect(await failure(s3.send(new CopyObjectCommand(unchanged)))).toEqual(['InvalidRequest', 400]);
    }
    await s3.send(new CopyObjectCommand({ ...tagged, WebsiteRedirectLocation: '/elsewhere' }));
    expect(await s3.send(new HeadObjectCommand({ Bucket, Key: source.Key }))).toMatchObject({
      Metadata: { a: '1' },
      WebsiteRedirectLocation: '/elsewhere',
    });
    const conditional = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, CopySourceIfMatch: '"x"' });
    expect(await failure(s3.send(conditional))).toEqual(['PreconditionFailed', 412]);
    const missing = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/../${Bucket}/copy` });
    expect(await failure(s3.send(missing))).toEqual(['NoSuchKey', 404]);
  });
});

describe('checksums', () => {
  test.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    '%s is kept and given back',
    async (ChecksumAlgorithm) => {
      const Bucket = await newBucket();
      const written = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello', ChecksumAlgorithm }));
      const name = `Checksum${ChecksumAlgorithm}` as const;
      expect(written[name]).toBeTruthy();
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
      expect([head[name], head.ChecksumType]).toEqual([written[name], 'FULL_OBJECT']);
      expect((await read(Bucket, 'k')).toString()).toBe('hello');
    },
  );

  test('a wrong one is refused and nothing is stored', async () => {
    const Bucket = await newBucket();
    const wrong = [{ ChecksumCRC32: 'AAAAAA==' }, { ContentMD5: createHash('md5').digest('base64') }];
    for (const claim of wrong) {
      expect(await failure(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...claim })))).toEqual([
        'BadDigest',
        400,
      ]);
    }
    const malformed = new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ContentMD5: 'abc' });
    expect(await failure(s3.send(malformed))).toEqual(['InvalidDigest', 400]);
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });
});

describe('listing', () => {
  let Bucket: string;
  const keys = ['a/1', 'a/2', 'b', 'c/d/1', 'c/d/2', 'c/e', 'z'];

  beforeAll(async () => {
    Bucket = await newBucket();
    await Promise.all(keys.map((key) => put(Bucket, key)));
  });

  test('rolls keys up at the delimiter', async () => {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
    expect(page.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['a/', 'c/']);
    expect(page.Contents?.map(({ Key }) => Key)).toEqual(['b', 'z']);
    expect(page.KeyCount).toBe(4);
    const below = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', Prefix: 'c/' }));
    expect(below.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['c/d/']);
    expect(below.Contents?.map(({ Key }) => Key)).toEqual(['c/e']);
  });

  test.each([undefined, '/'])('goes page by page to the end (delimiter %s)', async (Delimiter) => {
    const found: (string | undefined)[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(new ListObjectsV2Command({ Bucket, Delimiter, MaxKeys: 1, ContinuationToken }));
      found.push(
        ...[...(page.Contents ?? []).map(({ Key }) => Key), ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix)],
      );
      ContinuationToken = page.NextContinuationToken;
      expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
    } while (ContinuationToken !== undefined);
    expect(found).toEqual(Delimiter === undefined ? keys : ['a/', 'b', 'c/', 'z']);
  });

  test('in its first version goes by markers', async () => {
    const first = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 1 }));
    expect([first.NextMarker, first.IsTruncated]).toEqual(['a/', true]);
    const next = await s3.send(new ListObjectsCommand({ Bucket, Delimiter: '/', Marker: first.NextMarker }));
    expect([next.Contents?.map(({ Key }) => Key), next.CommonPrefixes]).toEqual([['b', 'z'], [{ Prefix: 'c/' }]]);
    const plain = await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 1 }));
    expect([plain.NextMarker, plain.IsTruncated, plain.Contents?.[0]?.Owner?.ID]).toEqual([
      undefined,
      true,
      expect.any(String),
    ]);
  });

  test('starts after a key, shows owners when asked, and takes no nonsense', async () => {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, StartAfter: 'c/e', FetchOwner: true }));
    expect(page.Contents).toMatchObject([{ Key: 'z', Owner: { ID: expect.any(String) } }]);
    const nothing = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
    expect([nothing.KeyCount, nothing.IsTruncated]).toEqual([0, false]);
    const wrong = [{ ContinuationToken: 'AAAA' }, { MaxKeys: -1 }];
    for (const more of wrong) {
      expect(await failure(s3.send(new ListObjectsV2Command({ Bucket, ...more })))).toEqual(['InvalidArgument', 400]);
    }
  });
});

describe('multipart uploads', () => {
  test('are made of parts that are listed, replaced and completed', async () => {
    const Bucket = await newBucket();
    const Key = 'dir/big';
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ContentType: 'text/plain', Metadata: { a: '1' } }),
    );
    const target = { Bucket, Key, UploadId };
    const parts = [randomBytes(5 * mebibyte), randomBytes(1000)];
    await s3.send(new UploadPartCommand({ ...target, PartNumber: 2, Body: 'replaced' }));
    const etags: (string | undefined)[] = [];
    for (const [index, Body] of parts.entries()) {
      etags.push((await s3.send(new UploadPartCommand({ ...target, PartNumber: index + 1, Body }))).ETag);
    }
    const listed = await s3.send(new ListPartsCommand({ ...target, MaxParts: 1 }));
    expect([listed.Parts?.length, listed.IsTruncated, listed.NextPartNumberMarker]).toEqual([1, true, '1']);
    const rest = await s3.send(new ListPartsCommand({ ...target, PartNumberMarker: '1' }));
    expect(rest.Parts).toMatchObject([{ PartNumber: 2, Size: 1000, ETag: etags[1] }]);
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'dir/' }));
    expect(Uploads).toMatchObject([{ Key, UploadId }]);
    const MultipartUpload = { Parts: etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 })) };
    const completed = await s3.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload }));
    expect(completed.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect((await read(Bucket, Key)).equals(Buffer.concat(parts))).toBe(true);
    expect((await read(Bucket, Key, { PartNumber: 2 })).equals(parts[1] as Buffer)).toBe(true);
    const across = await read(Bucket, Key, { Range: `bytes=${5 * mebibyte - 2}-${5 * mebibyte + 1}` });
    expect(across).toEqual(Buffer.concat(parts).subarray(5 * mebibyte - 2, 5 * mebibyte + 2));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key, PartNumber: 1 }));
    expect([head.PartsCount, head.ContentLength, head.ContentType, head.Metadata]).toEqual([
      2,
      5 * mebibyte,
      'text/plain',
      { a: '1' },
    ]);
    expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  });

  test('refuse what does not fit', async () => {
    const Bucket = await newBucket();
    const Key = 'k';
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const target = { Bucket, Key, UploadId };
    const first = await s3.send(new UploadPartCommand({ ...target, PartNumber: 1, Body: 'small' }));
    const second = await s3.send(new UploadPartCommand({ ...target, PartNumber: 2, Body: 'small too' }));
    const complete = (Parts: object[], more: object = {}) =>
      failure(s3.send(new CompleteMultipartUploadCommand({ ...target, ...more, MultipartUpload: { Parts } })));
    const one = { PartNumber: 1, ETag: first.ETag };
    const two = { PartNumber: 2, ETag: second.ETag };
    expect(await complete([one, two])).toEqual(['EntityTooSmall', 400]);
    expect(await complete([two, one])).toEqual(['InvalidPartOrder', 400]);
    expect(await complete([{ ...one, ETag: '"x"' }])).toEqual(['InvalidPart', 400]);
    expect(await complete([one], { Key: 'other' })).toEqual(['NoSuchUpload', 404]);
    expect(await complete([one], { UploadId: 'nonsense' })).toEqual(['NoSuchUpload', 404]);
    expect(await failure(s3.send(new UploadPartCommand({ ...target, PartNumber: 10_001, Body: 'x' })))).toEqual([
      'InvalidArgument',
      400,
    ]);
    await s3.send(new AbortMultipartUploadCommand(target));
    expect(await complete([one])).toEqual(['NoSuchUpload', 404]);
  });

  test('copy parts of other objects', async () => {
    const Bucket = await newBucket();
    const Body = randomBytes(6 * mebibyte);
    await put(Bucket, 'source', Body);
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'target' }));
    const target = { Bucket, Key: 'target', UploadId, CopySource: `${Bucket}/source` };
    const ranges = [`bytes=0-${5 * mebibyte - 1}`, 'bytes=10-19'];
    const Parts: object[] = [];
    for (const [index, CopySourceRange] of ranges.entries()) {
      const PartNumber = index + 1;
      const { CopyPartResult } = await s3.send(new UploadPartCopyCommand({ ...target, PartNumber, CopySourceRange }));
      Parts.push({ PartNumber, ETag: CopyPartResult?.ETag });
    }
    await s3.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }));
    const expected = Buffer.concat([Body.subarray(0, 5 * mebibyte), Body.subarray(10, 20)]);
    expect((await read(Bucket, 'target')).equals(expected)).toBe(true);
  });

  test.each([
    ['CRC32', 'FULL_OBJECT'],
    ['SHA256', 'COMPOSITE'],
  ] as const)('have a %s of type %s', async (ChecksumAlgorithm, ChecksumType) => {
    const Bucket = await newBucket();
    const start = { Bucket, Key: 'k', ChecksumAlgorithm, ChecksumType };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(start));
    const target = { Bucket, Key: 'k', UploadId };
    const name = `Checksum${ChecksumAlgorithm}` as const;
    const Parts: object[] = [];
    for (const [index, size] of [5 * mebibyte, 10].entries()) {
      const part = { ...target, PartNumber: index + 1, Body: Buffer.alloc(size, index), ChecksumAlgorithm };
      const uploaded = await s3.send(new UploadPartCommand(part));
      Parts.push({ PartNumber: index + 1, ETag: uploaded.ETag, [name]: uploaded[name] });
    }
    const completed = await s3.send(
      new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts }, ChecksumType }),
    );
    expect(completed[name]).toBeTruthy();
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
    expect([head[name], head.ChecksumType]).toEqual([completed[name], ChecksumType]);
  });

  test('by lib-storage stream a body of unknown length', async () => {
    const Bucket = await newBucket();
    const pieces = Array.from({ length: 12 }, () => randomBytes(mebibyte));
    const params = { Bucket, Key: 'k', Body: Readable.from(pieces) };
    await new Upload({ client: s3, params, partSize: 5 * mebibyte }).done();
    expect((await read(Bucket, 'k')).equals(Buffer.concat(pieces))).toBe(true);
  });
});

describe('versions', () => {
  test('are kept, listed, read and deleted', async () => {
    const Bucket = await newBucket();
    const setStatus = (Status: 'Enabled' | 'Suspended') =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
    await put(Bucket, 'k', 'null version');
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    await setStatus('Enabled');
    expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
    const first = await put(Bucket, 'k', 'one');
    const second = await put(Bucket, 'k', 'two');
    expect((await read(Bucket, 'k', { VersionId: first.VersionId })).toString()).toBe('one');
    expect((await read(Bucket, 'k', { VersionId: 'null' })).toString()).toBe('null version');
    const marker = await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
    expect(marker.DeleteMarker).toBe(true);
    expect(await failure(read(Bucket, 'k'))).toEqual(['NoSuchKey', 404]);
    expect(await failure(read(Bucket, 'k', { VersionId: marker.VersionId }))).toEqual(['MethodNotAllowed', 405]);
    const { Versions, DeleteMarkers } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    expect(Versions?.map(({ VersionId }) => VersionId)).toEqual([second.VersionId, first.VersionId, 'null']);
    expect(DeleteMarkers).toMatchObject([{ Key: 'k', VersionId: marker.VersionId, IsLatest: true }]);
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 2 }));
    expect([page.IsTruncated, page.NextKeyMarker, page.NextVersionIdMarker]).toEqual([true, 'k', second.VersionId]);
    const rest = await s3.send(
      new ListObjectVersionsCommand({ Bucket, KeyMarker: 'k', VersionIdMarker: page.NextVersionIdMarker }),
    );
    expect(rest.Versions?.map(({ VersionId }) => VersionId)).toEqual([first.VersionId, 'null']);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker.VersionId }));
    expect((await read(Bucket, 'k')).toString()).toBe('two');
    await setStatus('Suspended');
    const suspended = await put(Bucket, 'k', 'null again');
    expect(suspended.VersionId).toBeUndefined();
    expect((await read(Bucket, 'k', { VersionId: 'null' })).toString()).toBe('null again');
    const copy = { Bucket, Key: 'copy', CopySource: `${Bucket}/k?versionId=${first.VersionId}` };
    expect((await s3.send(new CopyObjectCommand(copy))).CopySourceVersionId).toBe(first.VersionId);
    expect((await read(Bucket, 'copy')).toString()).toBe('one');
  });

  test('MFA delete is refused', async () => {
    const Bucket = await newBucket();
    const VersioningConfiguration = { Status: 'Enabled', MFADelete: 'Enabled' } as const;
    const request = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration, MFA: 'x 123' });
    expect(await failure(s3.send(request))).toEqual(['NotImplemented', 501]);
  });
});

describe('presigned URLs', () => {
  test('put and get', async () => {
    const Bucket = await newBucket();
    const Key = "ü b+c'd";
    const target = await getSignedUrl(
      s3,
      new PutObjectCommand({ Bucket, Key, ContentType: 'text/plain', Metadata: { a: '1' } }),
    );
    const stored = await fetch(target, { method: 'PUT', body: 'hello', headers: { 'content-type': 'text/plain' } });
    expect([stored.status, await stored.text()]).toEqual([200, '']);
    const source = await getSignedUrl(
      s3,
      new GetObjectCommand({ Bucket, Key, ResponseContentDisposition: 'attachment' }),
    );
    const answer = await fetch(source);
    expect([answer.status, await answer.text(), answer.headers.get('content-disposition')]).toEqual([
      200,
      'hello',
      'attachment',
    ]);
    expect(answer.headers.get('x-amz-meta-a')).toBe('1');
  });

  test('with the wrong method, another key or no time left are refused', async () => {
    const Bucket = await newBucket();
    await put(Bucket, 'k');
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'k' }), { expiresIn: 60 });
    expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(403);
    expect((await fetch(url.replace('/k?', '/l?'))).status).toBe(403);
    const signingDate = new Date(Date.now() - 120_000);
    const expired = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'k' }), { expiresIn: 60, signingDate });
    expect((await fetch(expired)).status).toBe(403);
  });
});

test('a client that goes away in the middle leaves the server well', async () => {
  const Bucket = await newBucket();
  await put(Bucket, 'k', randomBytes(8 * mebibyte));
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'k' }));
  for (let i = 0; i < 5; i++) {
    const controller = new AbortController();
    const answer = await fetch(url, { signal: controller.signal });
    await answer.body?.getReader().read();
    controller.abort();
  }
  expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }))).ContentLength).toBe(8 * mebibyte);
});
