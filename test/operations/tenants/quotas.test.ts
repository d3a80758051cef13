import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { purgeVersions } from '../../../src/operations/objects/purge-versions.js';
import { type Member, openTenant } from '../../hostile/tenant-member.js';
import { sendSigned } from '../../s3/raw-request.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let member: Member;
let s3: S3Client;

beforeAll(async () => {
  server = await startTestServer();
  member = await openTenant(server, 'limited');
  s3 = new S3Client({
    endpoint: server.s3Url,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: member.accessKeyId, secretAccessKey: member.secretAccessKey },
  });
});

afterAll(async () => {
  s3?.destroy();
  expect(server?.problems).toEqual([]);
  await server?.stop();
});

afterEach(() => setTenantQuota({}));

async function mutate(name: string, input: object, token?: string) {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { ${name}(input: $input) { userErrors { code message field } } }`;
  const { data, errors } = await server.graphql(query, { input }, token);
  expect(errors).toBeUndefined();
  return data[name].userErrors as { code: string; message: string; field: string[] | null }[];
}

async function setTenantQuota(quota: object): Promise<void> {
  expect(await mutate('setTenantQuota', { tenant: 'limited', quota })).toEqual([]);
}

async function newBucket(name: string): Promise<string> {
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

const put = (Bucket: string, Key: string, bytes: number) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(bytes, Key) }));

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    return (error as Error).name;
  }
}

async function counted(bucket: string): Promise<number> {
  const { data } = await server.graphql(`{ bucket(name: "${bucket}") { usage { countedBytes } } }`, {}, member.token);
  return data.bucket.usage.countedBytes;
}

test('a tenant holds no more bytes than its quota, and learns the figures', async () => {
  const bucket = await newBucket('bytes');
  const before = (await server.graphql('{ viewer { usage { countedBytes } } }', {}, member.token)).data.viewer.usage;
  await setTenantQuota({ bytes: before.countedBytes + 1_000 });
  await put(bucket, 'a', 600);
  const error = await put(bucket, 'b', 500).catch((thrown) => thrown);
  expect(error).toMatchObject({ name: 'QuotaExceeded', $metadata: { httpStatusCode: 403 } });
  expect(error.message).toMatch(/may hold \d+ bytes and holds \d+/);
  expect(await codeOf(put(bucket, 'c', 400))).toBe('ok');
  const seen = await server.graphql('{ viewer { quota { bytes objects } usage { countedBytes } } }', {}, member.token);
  const full = before.countedBytes + 1_000;
  expect(seen.data.viewer).toEqual({ quota: { bytes: full, objects: null }, usage: { countedBytes: full } });
});

test('what is replaced for good makes room, and a full tenant can still replace and delete', async () => {
  const bucket = await newBucket('replacing');
  await put(bucket, 'a', 1_000);
  await setTenantQuota({ bytes: 10 });
  expect(await codeOf(put(bucket, 'a', 1_000))).toBe('ok');
  expect(await codeOf(put(bucket, 'a', 1_001))).toBe('QuotaExceeded');
  expect(await codeOf(s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' })))).toBe('ok');
});

test('a copy that would not fit is told what there is without it', async () => {
  const bucket = await newBucket('copying');
  await put(bucket, 'a', 600);
  const { data } = await server.graphql('{ viewer { usage { countedBytes } } }', {}, member.token);
  const { countedBytes } = data.viewer.usage;
  await setTenantQuota({ bytes: countedBytes + 100 });
  const copy = new CopyObjectCommand({ Bucket: bucket, Key: 'b', CopySource: `${bucket}/a` });
  const { message } = await s3.send(copy).catch((thrown) => thrown);
  expect(message).toContain(`may hold ${countedBytes + 100} bytes and holds ${countedBytes}.`);
});

test('versions and the trash count until they are gone', async () => {
  const bucket = await newBucket('versions');
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  expect(await mutate('setBucketQuota', { bucket, quota: { bytes: 1_000 } }, member.token)).toEqual([]);
  await put(bucket, 'a', 400);
  const { VersionId } = await put(bucket, 'a', 400);
  expect(await codeOf(put(bucket, 'a', 400))).toBe('QuotaExceeded');
  await mutate('updateBucket', { bucket, trashSeconds: 1 }, member.token);
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a', VersionId }));
  expect(await counted(bucket)).toBe(800);
  expect(await codeOf(put(bucket, 'b', 400))).toBe('QuotaExceeded');
  await server.granary.database.pool.query(
    `UPDATE object_version SET purge_after = deleted_at + interval '1 microsecond' WHERE state = 'DELETING'`,
  );
  await purgeVersions(server.granary);
  expect(await counted(bucket)).toBe(400);
  expect(await codeOf(put(bucket, 'b', 400))).toBe('ok');
});

test('parts of open uploads count, completing them adds nothing, and aborting gives them back', async () => {
  const bucket = await newBucket('parts');
  const address = { Bucket: bucket, Key: 'whole' };
  await mutate('setBucketQuota', { bucket, quota: { bytes: 1_000 } }, member.token);
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(address));
  const part = (PartNumber: number, bytes: number) =>
    s3.send(new UploadPartCommand({ ...address, UploadId, PartNumber, Body: Buffer.alloc(bytes) }));
  await part(1, 600);
  expect(await codeOf(part(2, 500))).toBe('QuotaExceeded');
  const { ETag } = await part(1, 900);
  expect(await counted(bucket)).toBe(900);
  await mutate('setBucketQuota', { bucket, quota: { bytes: 10 } }, member.token);
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await s3.send(new CompleteMultipartUploadCommand({ ...address, UploadId, MultipartUpload }));
  expect(await counted(bucket)).toBe(900);
  await mutate('setBucketQuota', { bucket, quota: { bytes: 1_000 } }, member.token);
  const second = await s3.send(new CreateMultipartUploadCommand(address));
  await s3.send(new UploadPartCommand({ ...address, UploadId: second.UploadId, PartNumber: 1, Body: 'x'.repeat(90) }));
  expect(await counted(bucket)).toBe(990);
  await s3.send(new AbortMultipartUploadCommand({ ...address, UploadId: second.UploadId }));
  expect(await counted(bucket)).toBe(900);
});

test('copies, moves and restores are held against quotas too', async () => {
  const from = await newBucket('copies-from');
  const into = await newBucket('copies-into');
  await put(from, 'a', 800);
  await mutate('setBucketQuota', { bucket: into, quota: { bytes: 1_000, objects: 2 } }, member.token);
  const copy = (Key: string) => s3.send(new CopyObjectCommand({ Bucket: into, Key, CopySource: `${from}/a` }));
  await copy('first');
  expect(await codeOf(copy('second'))).toBe('QuotaExceeded');
  const move = (target: object) => mutate('moveObject', { source: { bucket: from, key: 'a' }, target }, member.token);
  expect(await move({ bucket: into, key: 'third' })).toMatchObject([
    { code: 'QUOTA_EXCEEDED', message: expect.stringContaining('may hold 1000') },
  ]);
  expect(await move({ bucket: from, key: 'third' })).toEqual([]);
  await put(into, 'small', 10);
  expect(await codeOf(put(into, 'another', 10))).toBe('QuotaExceeded');
});

test('what comes back from the trash counts once, and is refused by a full quota of objects', async () => {
  const bucket = await newBucket('restoring');
  await mutate('updateBucket', { bucket, trashSeconds: 3_600 }, member.token);
  await put(bucket, 'a', 700);
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'a' }));
  const trash = await server.graphql(`{ bucket(name: "${bucket}") { trash(first: 1) { nodes { versionId } } } }`);
  const list = await server.graphql(
    `{ bucket(name: "${bucket}") { trash(first: 1) { nodes { versionId } } usage { bytes trashBytes } } }`,
    {},
    member.token,
  );
  expect(trash.data.bucket).toBeNull();
  expect(list.data.bucket.usage).toEqual({ bytes: 0, trashBytes: 700 });
  const [{ versionId }] = list.data.bucket.trash.nodes;
  await mutate('setBucketQuota', { bucket, quota: { objects: 0 } }, member.token);
  const input = { bucket, key: 'a', versionId };
  expect(await mutate('restoreObject', input, member.token)).toMatchObject([{ code: 'QUOTA_EXCEEDED' }]);
  await mutate('setBucketQuota', { bucket, quota: { bytes: 100 } }, member.token);
  expect(await mutate('restoreObject', input, member.token)).toEqual([]);
  expect(await counted(bucket)).toBe(700);
});

test('buckets, users and access keys have quotas of their own', async () => {
  const { usage } = (await server.graphql('{ viewer { usage { buckets users accessKeys } } }', {}, member.token)).data
    .viewer;
  await setTenantQuota({ buckets: usage.buckets + 1, users: usage.users, accessKeys: usage.accessKeys });
  const made = await Promise.all(['q1', 'q2', 'q3'].map((name) => codeOf(newBucket(`${name}-bucket`))));
  expect(made.sort()).toEqual(['QuotaExceeded', 'QuotaExceeded', 'ok']);
  const user = { username: 'another', password: 'a long password' };
  expect(await mutate('createUser', user, member.token)).toMatchObject([{ code: 'QUOTA_EXCEEDED' }]);
  expect(await mutate('createAccessKey', {}, member.token)).toMatchObject([{ code: 'QUOTA_EXCEEDED' }]);
});

test('a quota can come with the tenant, and only global administrators set it', async () => {
  const query = `mutation { createTenant(input: { name: "born-small", quota: { bytes: 5, users: 0 } }) {
    tenant { quota { bytes users buckets } usage { countedBytes users } } userErrors { code } } }`;
  const { data } = await server.graphql(query);
  expect(data.createTenant.tenant).toEqual({
    quota: { bytes: 5, users: 0, buckets: null },
    usage: { countedBytes: 0, users: 0 },
  });
  const input = { tenant: 'limited', quota: {} };
  expect(await mutate('setTenantQuota', input, member.token)).toMatchObject([{ code: 'DENIED' }]);
  expect(await mutate('setTenantQuota', { ...input, quota: { bytes: -1 } })).toMatchObject([
    { code: 'INVALID_INPUT', field: ['input', 'quota', 'bytes'] },
  ]);
});

test('an upload that cannot fit is refused before its body is sent', async () => {
  const bucket = await newBucket('early');
  await mutate('setBucketQuota', { bucket, quota: { bytes: 100 } }, member.token);
  const body = Buffer.alloc(1_000_000);
  const answer = await sendSigned(member, {
    method: 'PUT',
    path: `/${bucket}/large`,
    headers: { expect: '100-continue', 'content-length': String(body.length) },
    body,
  });
  expect(answer).toMatchObject({ status: 403, code: 'QuotaExceeded', continued: false });
  const small = await sendSigned(member, {
    method: 'PUT',
    path: `/${bucket}/small`,
    headers: { expect: '100-continue', 'content-length': '100' },
    body: body.subarray(0, 100),
  });
  expect(small).toMatchObject({ status: 200, continued: true });
});

test('writers who race for the last bytes go beyond the quota by no more than what was under way', async () => {
  const bucket = await newBucket('racing');
  const quota = 20_000;
  const size = 1_000;
  const writers = 24;
  await mutate('setBucketQuota', { bucket, quota: { bytes: quota } }, member.token);
  let written = 0;
  const writer = async (_: unknown, lane: number) => {
    for (let turn = 0; turn < 6; turn++) {
      const outcome = await codeOf(put(bucket, `${lane}/${turn}`, size));
      written += outcome === 'ok' ? 1 : 0;
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  expect(written * size).toBe(await counted(bucket));
  expect(written * size).toBeGreaterThanOrEqual(quota);
  expect(written * size).toBeLessThanOrEqual(quota + writers * size);
  expect(await codeOf(put(bucket, 'one more', size))).toBe('QuotaExceeded');
});
