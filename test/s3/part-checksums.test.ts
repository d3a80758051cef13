import { createHash } from 'node:crypto';
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { xxhash3, xxhash64, xxhash128 } from 'hash-wasm';
import { startTestServer, type TestServer } from '../support/server.js';
import { sendSigned } from './raw-request.js';

const Bucket = 'checksums';
const bodies = [Buffer.alloc(5 * 2 ** 20, 1), Buffer.from('the end')];
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

interface Kind {
  ChecksumAlgorithm: 'CRC32' | 'SHA256';
  ChecksumType: 'COMPOSITE' | 'FULL_OBJECT';
}

async function upload(Key: string, kind: Kind) {
  const { UploadId } = await server.s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...kind }));
  const Parts: { PartNumber: number; ETag: string | undefined; checksum: string | undefined }[] = [];
  for (const [index, Body] of bodies.entries()) {
    const { ChecksumAlgorithm } = kind;
    const part = { Bucket, Key, UploadId, PartNumber: index + 1, Body, ChecksumAlgorithm };
    const { ETag, ...sums } = await server.s3.send(new UploadPartCommand(part));
    Parts.push({ PartNumber: index + 1, ETag, checksum: sums[`Checksum${ChecksumAlgorithm}`] });
  }
  const complete = (withChecksums: number[]) => {
    const listed = Parts.map(({ checksum, ...part }) => ({
      ...part,
      ...(withChecksums.includes(part.PartNumber) ? { [`Checksum${kind.ChecksumAlgorithm}`]: checksum } : {}),
    }));
    return server.s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: listed } }),
    );
  };
  return { complete, checksums: Parts.map(({ checksum }) => checksum) };
}

const composite: Kind = { ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' };

test.each<Kind>([composite, { ChecksumAlgorithm: 'CRC32', ChecksumType: 'COMPOSITE' }])(
  'an upload of $ChecksumType $ChecksumAlgorithm is completed with the checksum of each part alone',
  async (kind) => {
    const { complete } = await upload(`of-${kind.ChecksumAlgorithm}`, kind);
    const message = new RegExp(`using a ${kind.ChecksumAlgorithm.toLowerCase()} checksum.*missing for part 2 in`);
    const refused = await complete([1]).catch((error: S3ServiceException) => error);
    expect([refused, (refused as S3ServiceException).name]).toEqual([expect.any(Error), 'InvalidRequest']);
    expect((refused as S3ServiceException).message).toMatch(message);
    expect((await complete([1, 2])).ETag).toMatch(/-2"$/);
  },
);

test('a part without a checksum is refused where the whole one is COMPOSITE, and copied parts need none', async () => {
  const kind = { ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' } as const;
  const { UploadId } = await server.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'bare', ...kind }));
  const path = `/${Bucket}/bare?partNumber=1&uploadId=${UploadId}`;
  const refused = await sendSigned(server, { method: 'PUT', path, body: 'x' });
  expect([refused.status, refused.code]).toEqual([400, 'InvalidRequest']);
  expect(refused.body).toContain('expected checksum Type: sha256, actual checksum Type: null');
  const source = { 'x-amz-copy-source': `/${Bucket}/source`, 'content-length': '0' };
  await server.s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'x' }));
  const copied = await sendSigned(server, { method: 'PUT', path, headers: source });
  expect(copied.body).toMatch(/<ChecksumSHA256>.{44}</);
});

describe.each<[ChecksumAlgorithm, (bytes: Buffer) => Promise<string> | string]>([
  ['SHA512', (bytes) => createHash('sha512').update(bytes).digest('hex')],
  ['MD5', (bytes) => createHash('md5').update(bytes).digest('hex')],
  ['XXHASH64', (bytes) => xxhash64(bytes)],
  ['XXHASH3', (bytes) => xxhash3(bytes)],
  ['XXHASH128', (bytes) => xxhash128(bytes)],
])('the checksum %s', (algorithm, digest) => {
  const header = `x-amz-checksum-${algorithm.toLowerCase()}`;
  const base64 = async (bytes: Buffer) => Buffer.from(await digest(bytes), 'hex').toString('base64');

  test.each([
    ['small', Buffer.from('small')],
    ['large', Buffer.alloc(3 * 2 ** 20, 7)],
  ])('of a %s object is verified, kept, shown and computed for copies', async (size, body) => {
    const path = `/${Bucket}/${algorithm}-${size}`;
    const checksum = await base64(body);
    const put = (value: string, bytes = body) =>
      sendSigned(server, {
        method: 'PUT',
        path,
        headers: { [header]: value, 'x-amz-sdk-checksum-algorithm': algorithm.toLowerCase() },
        body: bytes,
      });
    expect([(await put(checksum, Buffer.from('other'))).code, (await put('AAAA')).code]).toEqual([
      'BadDigest',
      'InvalidRequest',
    ]);
    expect((await put(checksum)).headers[header]).toBe(checksum);
    const head = await sendSigned(server, { method: 'HEAD', path, headers: { 'x-amz-checksum-mode': 'ENABLED' } });
    expect([head.headers[header], head.headers['x-amz-checksum-type']]).toEqual([checksum, 'FULL_OBJECT']);
    await server.s3.send(new PutObjectCommand({ Bucket, Key: 'bare', Body: body }));
    const headers = { 'x-amz-copy-source': `${Bucket}/bare`, 'x-amz-checksum-algorithm': algorithm };
    const copied = await sendSigned(server, { method: 'PUT', path: `/${Bucket}/copy`, headers });
    expect(copied.body).toContain(`<Checksum${algorithm}>${checksum}<`);
  });

  test('of a multipart object is one of its parts’ checksums', async () => {
    const create = (ChecksumType: ChecksumType) =>
      server.s3.send(
        new CreateMultipartUploadCommand({ Bucket, Key: 'of-parts', ChecksumAlgorithm: algorithm, ChecksumType }),
      );
    await expect(create('FULL_OBJECT')).rejects.toMatchObject({ name: 'InvalidRequest' });
    const { UploadId } = await create('COMPOSITE');
    const part = Buffer.from('a part');
    const path = `/${Bucket}/of-parts?uploadId=${UploadId}`;
    const value = await base64(part);
    const headers = { [header]: value };
    const sent = await sendSigned(server, { method: 'PUT', path: `${path}&partNumber=1`, headers, body: part });
    const listed = `<PartNumber>1</PartNumber><ETag>${sent.headers.etag}</ETag><Checksum${algorithm}>${value}</Checksum${algorithm}>`;
    const body = `<CompleteMultipartUpload><Part>${listed}</Part></CompleteMultipartUpload>`;
    const whole = await base64(Buffer.from(value, 'base64'));
    expect((await sendSigned(server, { method: 'POST', path, body })).body).toContain(
      `<Checksum${algorithm}>${whole}-1<`,
    );
    const { data } = await server.graphql(
      `{ object(bucket: "${Bucket}", key: "of-parts") { checksum { algorithm value type } } }`,
    );
    expect(data.object.checksum).toEqual({ algorithm, value: `${whole}-1`, type: 'COMPOSITE' });
  });
});

describe('a completion that says something wrong of checksums is refused:', () => {
  let path: string;
  let etag: string | undefined;
  let checksum: string | undefined;

  beforeAll(async () => {
    const kind = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const { UploadId } = await server.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'wrong', ...kind }));
    const part = { Bucket, Key: 'wrong', UploadId, PartNumber: 1, Body: 'x', ChecksumAlgorithm: 'CRC32' } as const;
    ({ ETag: etag, ChecksumCRC32: checksum } = await server.s3.send(new UploadPartCommand(part)));
    path = `/${Bucket}/wrong?uploadId=${UploadId}`;
  });

  const sha1 = '<ChecksumSHA1>Kq5sNclPz7QV2+lfQIuc6R7oRu0=</ChecksumSHA1>';

  test.each([
    ['one of a part that is no Base64', '<ChecksumCRC32>!</ChecksumCRC32>', {}, 'InvalidArgument'],
    ['two of a part', `<ChecksumCRC32>AAAAAA==</ChecksumCRC32>${sha1}`, {}, 'InvalidArgument'],
    ['one of another algorithm', sha1, {}, 'BadDigest'],
    ['another one', '<ChecksumCRC32>AAAAAA==</ChecksumCRC32>', {}, 'InvalidPart'],
    ['a type that there is not', '', { 'x-amz-checksum-type': 'HALF' }, 'InvalidRequest'],
    ['another type than it was begun with', '', { 'x-amz-checksum-type': 'COMPOSITE' }, 'InvalidRequest'],
    ['a whole one that is no Base64', '', { 'x-amz-checksum-crc32': 'AAAAAA==-a' }, 'InvalidRequest'],
    ['another whole one', '', { 'x-amz-checksum-crc32': 'AAAAAA==' }, 'BadDigest'],
  ])('%s', async (_, ofPart, headers, code) => {
    const answer = await complete(1, ofPart, headers);
    expect([answer.status, answer.code]).toEqual([400, code]);
  });

  test('but not what is right', async () => {
    expect(checksum).toHaveLength(8);
    expect((await complete(0)).code).toBe('InvalidArgument');
    expect((await complete(-4)).code).toBe('InvalidArgument');
    const right = { 'x-amz-checksum-type': 'full_object', 'x-amz-checksum-crc32': checksum ?? '' };
    expect((await complete(1, `<ChecksumCRC32>${checksum}</ChecksumCRC32>`, right)).status).toBe(200);
  });

  function complete(number: number, ofPart = '', headers: Record<string, string | undefined> = {}) {
    const part = `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag>${ofPart}</Part>`;
    const body = `<CompleteMultipartUpload>${part}</CompleteMultipartUpload>`;
    return sendSigned(server, { method: 'POST', path, headers: headers as Record<string, string>, body });
  }
});

test('an upload of a FULL_OBJECT checksum is completed without those of its parts', async () => {
  const { complete } = await upload('full', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
  expect((await complete([])).ChecksumType).toBe('FULL_OBJECT');
});

test('a read of one part shows its checksum, and a read of a range none', async () => {
  const { complete, checksums } = await upload('parts', composite);
  await complete([1, 2]);
  const asked = { Bucket, Key: 'parts', ChecksumMode: 'ENABLED' as const };
  for (const [index, checksum] of checksums.entries()) {
    const PartNumber = index + 1;
    const head = await server.s3.send(new HeadObjectCommand({ ...asked, PartNumber }));
    expect([head.ChecksumSHA256, head.PartsCount, head.ContentLength]).toEqual([checksum, 2, bodies[index]?.length]);
    const got = await server.s3.send(new GetObjectCommand({ ...asked, PartNumber }));
    expect(got.ChecksumSHA256).toBe(checksum);
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(bodies[index] ?? Buffer.of())).toBe(true);
    expect((await server.s3.send(new HeadObjectCommand({ Bucket, Key: 'parts', PartNumber }))).ChecksumSHA256).toBe(
      undefined,
    );
  }
  const whole = await server.s3.send(new HeadObjectCommand(asked));
  expect(whole.ChecksumSHA256).toMatch(/-2$/);
  const range = await server.s3.send(new GetObjectCommand({ ...asked, Range: 'bytes=0-4' }));
  expect([range.ChecksumSHA256, (await range.Body?.transformToByteArray())?.length]).toEqual([undefined, 5]);
});
