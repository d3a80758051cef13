import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { verifyBlobs } from '../../src/operations/blobs/verify-blobs.js';
import { digestObjects } from '../../src/operations/objects/digest-objects.js';
import { contradictions, read } from '../operations/blobs/tiers-fixture.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { contents, makeOldInstallation, type OldInstallation, sizeOf } from './old-installation.js';

const { small, large, parts, first, second } = contents;
const whole = Buffer.concat(parts);

function startOn({ databaseUrl, dataDir }: OldInstallation, encryption: 'on' | 'off'): Promise<TestServer> {
  return startTestServer({ databaseUrl, dataDir, encryption });
}

async function expectOldContent(server: TestServer): Promise<void> {
  const { s3 } = server;
  const found = await Promise.all(
    ['empty', 'small', 'large', 'equal', 'parts'].map((Key) => read(s3, { Bucket: 'plain', Key })),
  );
  const expected = [contents.empty, small, large, large, whole];
  expect(found.map((bytes, index) => bytes.equals(expected[index] ?? whole))).toEqual(found.map(() => true));
  const range = { Range: `bytes=${5 * 1024 * 1024 - 10}-${5 * 1024 * 1024 + 9}` };
  const middle = await read(s3, { Bucket: 'plain', Key: 'parts' }, range);
  expect(middle).toEqual(whole.subarray(5 * 1024 * 1024 - 10, 5 * 1024 * 1024 + 10));
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'kept' }));
  const versions = await Promise.all(
    Versions.map(({ VersionId }) => read(s3, { Bucket: 'kept', Key: 'key' }, { VersionId })),
  );
  expect(versions).toEqual([second, first]);
  expect(DeleteMarkers.map(({ Key }) => Key)).toEqual(['gone']);
  await expect(s3.send(new GetObjectCommand({ Bucket: 'kept', Key: 'gone' }))).rejects.toThrow();
}

async function completeOldUpload(server: TestServer, { uploadId }: OldInstallation): Promise<void> {
  const upload = { Bucket: 'plain', Key: 'open', UploadId: uploadId.replaceAll('-', '') };
  const sent = await server.s3.send(new UploadPartCommand({ ...upload, PartNumber: 3, Body: parts[2] }));
  const md5 = (bytes: Buffer) => `"${createHash('md5').update(bytes).digest('hex')}"`;
  const Parts = [md5(parts[0]), md5(parts[1]), sent.ETag].map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
  await server.s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
  expect((await read(server.s3, { Bucket: 'plain', Key: 'open' })).equals(whole)).toBe(true);
}

async function usageOf(server: TestServer): Promise<unknown[]> {
  const { rows } = await server.granary.database.pool.query(
    `SELECT b.name, sum(u.objects)::int AS objects, sum(u.versions)::int AS versions, sum(u.bytes)::int AS bytes
     FROM bucket b JOIN bucket_usage u ON u.bucket_id = b.id GROUP BY b.name ORDER BY b.name`,
  );
  return rows;
}

/** Blobs in files by what protects them. */
async function filesByDomain(server: TestServer): Promise<unknown> {
  const { rows } = await server.granary.database.pool.query<{ domain: string; blobs: number }>(
    `SELECT domain, count(*)::int AS blobs FROM blob WHERE state = 'live' AND path IS NOT NULL GROUP BY domain`,
  );
  return Object.fromEntries(rows.map(({ domain, blobs }) => [domain, blobs]));
}

test('what the version before stored reads back byte for byte, its open upload completes, and what is new is sealed', async () => {
  await using old = await makeOldInstallation();
  const server = await startOn(old, 'on');
  try {
    await expectOldContent(server);
    expect(await contradictions(server)).toEqual([]);
    const kept = { name: 'kept', objects: 1, versions: 2, bytes: first.length + second.length };
    const before = small.length + 2 * large.length + whole.length;
    expect(await usageOf(server)).toEqual([kept, { name: 'plain', objects: 5, versions: 5, bytes: before }]);
    await completeOldUpload(server, old);
    await server.s3.send(new PutObjectCommand({ Bucket: 'plain', Key: 'small', Body: large }));
    const after = { objects: 6, versions: 6, bytes: before + whole.length + large.length - small.length };
    expect(await usageOf(server)).toEqual([kept, { name: 'plain', ...after }]);
    expect(await filesByDomain(server)).toEqual({ hot: 5, 'hot/sealed': 2 });
    const head = await server.s3.send(new HeadObjectCommand({ Bucket: 'plain', Key: 'large' }));
    expect(head).toMatchObject({
      ContentType: 'text/plain',
      Metadata: { made: 'before' },
      ContentLength: large.length,
    });
    expect(await contradictions(server)).toEqual([]);
  } finally {
    await server.stop();
  }
}, 60_000);

test('where nothing is sealed, equal bytes are shared with those of the version before, and all of them verify', async () => {
  await using old = await makeOldInstallation();
  const server = await startOn(old, 'off');
  try {
    const blobs = await filesByDomain(server);
    await server.s3.send(new PutObjectCommand({ Bucket: 'plain', Key: 'again', Body: large }));
    await server.s3.send(new PutObjectCommand({ Bucket: 'plain', Key: 'little', Body: small }));
    await completeOldUpload(server, old);
    expect(await filesByDomain(server)).toEqual(blobs);
    expect(blobs).toEqual({ hot: 5 });
    await expectOldContent(server);
    await digestObjects(server.granary);
    const { rows } = await server.granary.database.pool.query(
      `SELECT DISTINCT encode(sha256, 'hex') AS sha256, size::int FROM object_version WHERE part_count > 0`,
    );
    const sha256 = createHash('sha256').update(whole).digest('hex');
    expect(rows).toEqual([{ sha256, size: sizeOf(parts) }]);
    expect(await verifyBlobs(server.granary, { share: 1 })).toMatchObject({ blobs: 8, findings: [] });
    expect(await contradictions(server)).toEqual([]);
  } finally {
    await server.stop();
  }
}, 60_000);
