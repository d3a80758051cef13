import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startTestServer, type TestServer } from '../support/server.js';

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
