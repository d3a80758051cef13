import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  type DeleteObjectCommandInput,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  type GetObjectAttributesCommandInput,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  RenameObjectCommand,
  type RenameObjectCommandInput,
  type S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { makeS3User, type S3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { sendSigned } from './raw-request.js';

const Bucket = 'conditions';
let server: TestServer;
let member: S3User;

beforeAll(async () => {
  server = await startTestServer();
  member = await makeS3User(server, { username: 'member' });
  await server.s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

async function put(Key: string, Body = 'content', more: object = {}): Promise<{ etag: string; modified: Date }> {
  const { ETag = '' } = await server.s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const { LastModified = new Date(0) } = await server.s3.send(new HeadObjectCommand({ Bucket, Key }));
  return { etag: ETag, modified: LastModified };
}

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    return (error as S3ServiceException).name;
  }
}

function remove(Key: string, more: Partial<DeleteObjectCommandInput> = {}, bucket = Bucket): Promise<string> {
  return outcome(server.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, ...more })));
}

async function exists(Key: string): Promise<boolean> {
  return (await outcome(server.s3.send(new HeadObjectCommand({ Bucket, Key })))) === 'done';
}

describe('a delete with a condition', () => {
  test('happens when the entity tag, the size and the time are those of the object', async () => {
    const { etag, modified } = await put('fits');
    expect(await remove('fits', { IfMatch: etag, IfMatchSize: 7, IfMatchLastModifiedTime: modified })).toBe('done');
    expect(await exists('fits')).toBe(false);
  });

  test.each<[string, Partial<DeleteObjectCommandInput>]>([
    ['entity tag', { IfMatch: '"other"' }],
    ['size', { IfMatchSize: 8 }],
    ['time', { IfMatchLastModifiedTime: new Date(0) }],
  ])('with another %s is PreconditionFailed, and the object stays', async (_, condition) => {
    await put('stays');
    expect(await remove('stays', condition)).toBe('PreconditionFailed');
    expect(await exists('stays')).toBe(true);
  });

  test('on an object that must be there is NoSuchKey when it is not', async () => {
    expect(await remove('absent', { IfMatch: '*' })).toBe('NoSuchKey');
    expect(await remove('absent', { IfMatch: '"x"' })).toBe('NoSuchKey');
    expect(await remove('absent', { IfMatchSize: 1 })).toBe('done');
    await put('there');
    expect(await remove('there', { IfMatch: '*' })).toBe('done');
  });

  test('judges the version that it names, and a delete marker as no object', async () => {
    await server.s3.send(new CreateBucketCommand({ Bucket: 'versions' }));
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await server.s3.send(new PutBucketVersioningCommand({ Bucket: 'versions', VersioningConfiguration }));
    const write = (Body: string) => server.s3.send(new PutObjectCommand({ Bucket: 'versions', Key: 'k', Body }));
    const first = await write('one');
    const second = await write('two');
    expect(await remove('k', { IfMatch: first.ETag }, 'versions')).toBe('PreconditionFailed');
    expect(await remove('k', { IfMatch: second.ETag }, 'versions')).toBe('done');
    expect(await remove('k', { IfMatch: '*' }, 'versions')).toBe('PreconditionFailed');
    expect(await remove('k', { IfMatchSize: 3 }, 'versions')).toBe('PreconditionFailed');
    expect(await remove('k', { IfMatchLastModifiedTime: new Date(0) }, 'versions')).toBe('PreconditionFailed');
    const Objects = [
      { Key: 'k', Size: 0 },
      { Key: 'k', LastModifiedTime: new Date(0) },
    ];
    const { Errors } = await server.s3.send(new DeleteObjectsCommand({ Bucket: 'versions', Delete: { Objects } }));
    expect(Errors?.map(({ Code }) => Code)).toEqual(['PreconditionFailed', 'PreconditionFailed']);
    const VersionId = first.VersionId;
    expect(await remove('k', { VersionId, IfMatch: second.ETag }, 'versions')).toBe('PreconditionFailed');
    expect(await remove('k', { VersionId, IfMatch: first.ETag }, 'versions')).toBe('done');
    expect(await remove('k', { VersionId, IfMatch: first.ETag }, 'versions')).toBe('done');
    expect(await remove('k', { VersionId, IfMatch: '*' }, 'versions')).toBe('done');
  });

  test('of many that race with one entity tag happens once', async () => {
    const { etag } = await put('raced');
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => remove('raced', { IfMatch: etag })));
    expect(outcomes.filter((each) => each === 'done')).toHaveLength(1);
  });

  test.each(['x', '-1', '1.5'])('that expects a size of %s is InvalidArgument', async (size) => {
    const headers = { 'x-amz-if-match-size': size };
    const answer = await sendSigned(server, { method: 'DELETE', path: `/${Bucket}/k`, headers });
    expect(answer.code).toBe('InvalidArgument');
  });

  test('can be said of each object of DeleteObjects', async () => {
    const { etag, modified } = await put('many/1');
    await put('many/2');
    await put('many/3');
    const Objects = [
      { Key: 'many/1', ETag: etag, Size: 7, LastModifiedTime: modified },
      { Key: 'many/2', ETag: '"other"' },
      { Key: 'many/3', Size: 1 },
      { Key: 'many/4', ETag: '*' },
    ];
    const { Deleted, Errors } = await server.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted?.map(({ Key }) => Key)).toEqual(['many/1']);
    expect(Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([
      ['many/2', 'PreconditionFailed'],
      ['many/3', 'PreconditionFailed'],
      ['many/4', 'NoSuchKey'],
    ]);
  });
});

describe('the attributes of an object', () => {
  const describeObject = (Key: string, more: Partial<GetObjectAttributesCommandInput> = {}) =>
    server.s3.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key,
        ObjectAttributes: ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'],
        ...more,
      }),
    );

  test('are those that were asked for', async () => {
    const { etag, modified } = await put('plain', 'content', { ChecksumAlgorithm: 'SHA256' });
    const all = await describeObject('plain');
    expect(all).toMatchObject({
      ETag: etag.replaceAll('"', ''),
      ObjectSize: 7,
      StorageClass: 'STANDARD',
      LastModified: modified,
      Checksum: { ChecksumSHA256: '7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M=', ChecksumType: 'FULL_OBJECT' },
    });
    expect(all.ObjectParts).toBeUndefined();
    const size = await describeObject('plain', { ObjectAttributes: ['ObjectSize'] });
    expect([size.ObjectSize, size.ETag, size.StorageClass, size.Checksum]).toEqual([
      7,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('include the parts, page by page', async () => {
    const part = 'x'.repeat(5 * 1024 * 1024);
    const { UploadId } = await server.s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key: 'parts', ChecksumAlgorithm: 'CRC32C' }),
    );
    const Parts = [];
    for (const [index, Body] of [part, part, 'end'].entries()) {
      const PartNumber = index + 1;
      const input = { Bucket, Key: 'parts', UploadId, PartNumber, Body, ChecksumAlgorithm: 'CRC32C' as const };
      const { ETag, ChecksumCRC32C } = await server.s3.send(new UploadPartCommand(input));
      Parts.push({ PartNumber, ETag, ChecksumCRC32C });
    }
    const MultipartUpload = { Parts };
    await server.s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload }));
    const { ObjectParts } = await describeObject('parts', { MaxParts: 2 });
    expect(ObjectParts).toMatchObject({
      TotalPartsCount: 3,
      MaxParts: 2,
      IsTruncated: true,
      NextPartNumberMarker: '2',
    });
    expect(ObjectParts?.Parts).toEqual([
      { PartNumber: 1, Size: part.length, ChecksumCRC32C: Parts[0]?.ChecksumCRC32C },
      { PartNumber: 2, Size: part.length, ChecksumCRC32C: Parts[1]?.ChecksumCRC32C },
    ]);
    const rest = await describeObject('parts', { PartNumberMarker: '2' });
    expect(rest.ObjectParts).toMatchObject({ IsTruncated: false, Parts: [{ PartNumber: 3, Size: 3 }] });
  });

  test('must be named, and be known', async () => {
    const ask = (headers: Record<string, string>) =>
      sendSigned(server, { path: `/${Bucket}/plain?attributes=`, headers });
    expect((await ask({})).code).toBe('InvalidRequest');
    expect((await ask({ 'x-amz-object-attributes': 'ETag,Colour' })).code).toBe('InvalidArgument');
  });

  test('are told to who may read the object', async () => {
    const input = { Bucket, Key: 'plain', ObjectAttributes: ['ETag' as const] };
    expect(await outcome(member.s3.send(new GetObjectAttributesCommand(input)))).toBe('AccessDenied');
    expect(await outcome(describeObject('no-such-object'))).toBe('NoSuchKey');
  });
});

describe('a copy with a checksum of its own', () => {
  test.each(['SHA1', 'CRC64NVME', 'CRC32'] as const)('has %s', async (ChecksumAlgorithm) => {
    await put('source', 'content', { ChecksumAlgorithm: 'CRC32' });
    const CopySource = `${Bucket}/source`;
    await server.s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource, ChecksumAlgorithm }));
    const head = await server.s3.send(new HeadObjectCommand({ Bucket, Key: 'copy', ChecksumMode: 'ENABLED' }));
    expect(head).toHaveProperty(`Checksum${ChecksumAlgorithm}`);
    const { Body } = await server.s3.send(new GetObjectCommand({ Bucket, Key: 'copy' }));
    expect(await Body?.transformToString()).toBe('content');
  });
});

describe('a rename', () => {
  const rename = (Key: string, RenameSource: string, more: Partial<RenameObjectCommandInput> = {}) =>
    outcome(server.s3.send(new RenameObjectCommand({ Bucket, Key, RenameSource, ...more })));

  test('gives an object another key', async () => {
    const { etag } = await put('old name/ä', 'renamed');
    expect(await rename('new', encodeURIComponent('old name/ä'))).toBe('done');
    expect([await exists('old name/ä'), await exists('new')]).toEqual([false, true]);
    const { ETag } = await server.s3.send(new HeadObjectCommand({ Bucket, Key: 'new' }));
    expect(ETag).toBe(etag);
  });

  test('does not replace what must not be there, nor move what is not as expected', async () => {
    await put('from');
    const { etag } = await put('onto', 'target');
    expect(await rename('onto', 'from', { DestinationIfNoneMatch: '*' })).toBe('PreconditionFailed');
    expect(await rename('onto', 'from', { DestinationIfMatch: '"x"' })).toBe('PreconditionFailed');
    expect(await rename('onto', 'from', { SourceIfMatch: '"x"' })).toBe('PreconditionFailed');
    expect(await exists('from')).toBe(true);
    expect(await rename('onto', 'from', { DestinationIfMatch: etag })).toBe('done');
    expect(await exists('from')).toBe(false);
  });

  test('of what is not there, or without a source, is refused', async () => {
    expect(await rename('x', 'no-such-object')).toBe('NoSuchKey');
    const answer = await sendSigned(server, { method: 'PUT', path: `/${Bucket}/x?renameObject=` });
    expect(answer.code).toBe('InvalidArgument');
  });
});

test('each key that may not be deleted has the id under which the denial is explained', async () => {
  const reader = await makeS3User(server, { username: 'reader', role: 'READ_ONLY' });
  await server.s3.send(new CreateBucketCommand({ Bucket: 'guarded' }));
  const body = '<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>';
  const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
  const by = { s3Url: server.s3Url, ...reader };
  const answer = await sendSigned(by, { method: 'POST', path: '/guarded?delete', headers, body });
  const ids = [...answer.body.matchAll(/<Code>AccessDenied<\/Code>.*?<DecisionId>(.*?)<\/DecisionId>/g)];
  expect(new Set(ids.map(([, id]) => id)).size).toBe(2);
  const { data } = await server.graphql(`{ decision(id: "${ids[0]?.[1]}") { explanation { action decision } } }`);
  expect(data.decision.explanation).toEqual({ action: 's3:DeleteObject', decision: 'IMPLICIT_DENY' });
});
