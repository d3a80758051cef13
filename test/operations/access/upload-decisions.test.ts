import { randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { startTestServer, type TestServer } from '../../support/server.js';
import { MIB, read } from '../blobs/tiers-fixture.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ encryption: 'off' });
});

afterAll(() => server.stop());

const object = (Bucket: string) => ({ Bucket, Key: 'parts' });

async function begin(Bucket: string): Promise<string> {
  await server.s3.send(new CreateBucketCommand({ Bucket }));
  const upload = await server.s3.send(new CreateMultipartUploadCommand(object(Bucket)));
  expect(upload.ServerSideEncryption).toBeUndefined();
  return upload.UploadId ?? '';
}

async function setKms(Bucket: string): Promise<void> {
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' as const } }];
  const ServerSideEncryptionConfiguration = { Rules };
  await server.s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
}

async function putPart(Bucket: string, UploadId: string, { number, body }: { number: number; body: Buffer }) {
  const part = { ...object(Bucket), UploadId, PartNumber: number, Body: body };
  const { ETag, ServerSideEncryption } = await server.s3.send(new UploadPartCommand(part));
  return { ETag, PartNumber: number, ServerSideEncryption };
}

async function complete(Bucket: string, UploadId: string, parts: { ETag: string | undefined; PartNumber: number }[]) {
  const Parts = parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber }));
  const input = { ...object(Bucket), UploadId, MultipartUpload: { Parts } };
  await server.s3.send(new CompleteMultipartUploadCommand(input));
  return server.s3.send(new HeadObjectCommand(object(Bucket)));
}

async function sealedParts(bucket: string): Promise<boolean[]> {
  const { rows } = await server.granary.database.pool.query<{ sealed: boolean }>(
    `SELECT b.wrapped_key IS NOT NULL AS sealed FROM version_part p JOIN blob b ON b.id = p.blob_id
     JOIN object_version v ON v.id = p.version_id JOIN bucket k ON k.id = v.bucket_id
     WHERE k.name = $1 ORDER BY p.part_number`,
    [bucket],
  );
  return rows.map(({ sealed }) => sealed);
}

describe('an upload that began in the clear', () => {
  it('stays in the clear when the bucket seals with a key meanwhile', async () => {
    const uploadId = await begin('begun-clear');
    const bodies = [randomBytes(5 * MIB), randomBytes(1000)];
    const parts = [await putPart('begun-clear', uploadId, { number: 1, body: bodies[0] ?? Buffer.alloc(0) })];
    await setKms('begun-clear');
    parts.push(await putPart('begun-clear', uploadId, { number: 2, body: bodies[1] ?? Buffer.alloc(0) }));
    const head = await complete('begun-clear', uploadId, parts);
    expect(head.ServerSideEncryption).toBeUndefined();
    expect(await sealedParts('begun-clear')).toEqual([false, false]);
    expect((await read(server.s3, object('begun-clear'))).equals(Buffer.concat(bodies))).toBe(true);
  });

  it('tells of a named key when an upload from before this was written down has a part that it seals', async () => {
    const uploadId = await begin('begun-before');
    await server.granary.database.pool.query(`UPDATE upload SET encryption = NULL WHERE state = 'OPEN'`);
    const parts = [await putPart('begun-before', uploadId, { number: 1, body: randomBytes(5 * MIB) })];
    await setKms('begun-before');
    const sealed = await putPart('begun-before', uploadId, { number: 2, body: randomBytes(1000) });
    expect(sealed.ServerSideEncryption).toBe('aws:kms');
    const head = await complete('begun-before', uploadId, [...parts, sealed]);
    expect(head.ServerSideEncryption).toBe('aws:kms');
    expect(head.SSEKMSKeyId).toMatch(/[0-9a-f-]{36}$/);
    expect(await sealedParts('begun-before')).toEqual([false, true]);
  });
});

describe('an upload in parts', () => {
  it('gets the second copies that the rules want of its whole size', async () => {
    const uploadId = await begin('by-size');
    const { data } = await server.graphql(
      'mutation($input: SetBucketPlacementInput!) { setBucketPlacement(input: $input) { userErrors { message } } }',
      { input: { bucket: 'by-size', rules: [{ minSize: 6 * MIB, copies: ['cold'] }] } },
    );
    expect(data.setBucketPlacement.userErrors).toEqual([]);
    const parts = [
      await putPart('by-size', uploadId, { number: 1, body: randomBytes(5 * MIB) }),
      await putPart('by-size', uploadId, { number: 2, body: randomBytes(2 * MIB) }),
    ];
    const wanted = 'SELECT DISTINCT store, count(*)::int AS count FROM blob_copy GROUP BY store';
    expect((await server.granary.database.pool.query(wanted)).rows).toEqual([]);
    await complete('by-size', uploadId, parts);
    expect((await server.granary.database.pool.query(wanted)).rows).toEqual([{ store: 'cold', count: 2 }]);
  });
});
