import { setTimeout as pause } from 'node:timers/promises';
import { createBucket } from '../../../src/operations/buckets/create-bucket.js';
import { getBucket } from '../../../src/operations/buckets/get-bucket.js';
import { putBucketPolicy } from '../../../src/operations/buckets/put-bucket-policy.js';
import { getBucketObjectLock, setBucketObjectLock } from '../../../src/operations/buckets/set-bucket-object-lock.js';
import { setBucketVersioning } from '../../../src/operations/buckets/update-bucket.js';
import type { RequestContext } from '../../../src/operations/context.js';
import { createUser } from '../../../src/operations/identities/create-user.js';
import { copyObject } from '../../../src/operations/objects/copy-object.js';
import { deleteObject } from '../../../src/operations/objects/delete-object.js';
import { headObject } from '../../../src/operations/objects/get-object.js';
import {
  getObjectLegalHold,
  getObjectRetention,
  visibleLock,
} from '../../../src/operations/objects/get-object-lock.js';
import type { Retention } from '../../../src/operations/objects/object-lock.js';
import { putObject } from '../../../src/operations/objects/put-object.js';
import { putObjectLegalHold } from '../../../src/operations/objects/put-object-legal-hold.js';
import { putObjectRetention } from '../../../src/operations/objects/put-object-retention.js';
import type { BucketLock, LockMode, ObjectInfo, ObjectLock } from '../../../src/operations/types.js';
import { completeUpload } from '../../../src/operations/uploads/complete-upload.js';
import { createUpload } from '../../../src/operations/uploads/create-upload.js';
import { putPart } from '../../../src/operations/uploads/put-part.js';
import { type IdentityFixture, openIdentityFixture } from '../identities/identity-fixture.js';

const day = 86_400_000;
let fixture: IdentityFixture;
let admin: RequestContext;
let buckets = 0;

beforeAll(async () => {
  fixture = await openIdentityFixture();
  admin = fixture.admin;
});

afterAll(async () => fixture.close());

async function newBucket(retention?: BucketLock['default']): Promise<string> {
  const bucket = `locked-${++buckets}`;
  await createBucket(admin, { bucket, objectLock: { enabled: true, ...(retention ? { default: retention } : {}) } });
  return bucket;
}

function bodyOf(key: string) {
  const bytes = Buffer.from(`content of ${key}`);
  async function* stream() {
    yield bytes;
  }
  return { stream: stream(), length: bytes.length };
}

async function put(bucket: string, key: string, lock?: ObjectLock, context = admin): Promise<ObjectInfo> {
  const body = bodyOf(key);
  const { object } = await putObject(context, { bucket, key, body, attributes: {}, ...(lock ? { lock } : {}) });
  return object;
}

/** A date so many days from now. */
function inDays(days: number): Date {
  return new Date(Date.now() + days * day);
}

function keep(mode: LockMode, days: number): Retention {
  return { mode, retainUntil: inDays(days) };
}

test('a bucket made with object lock has versioning, and can neither suspend it nor be made without it', async () => {
  const bucket = await newBucket();
  expect(await getBucket(admin, { bucket })).toMatchObject({ versioning: 'ENABLED', objectLock: { enabled: true } });
  await expect(setBucketVersioning(admin, { bucket, versioning: 'SUSPENDED' })).rejects.toMatchObject({
    kind: 'Conflict',
    reason: 'InvalidBucketState',
  });
  await setBucketVersioning(admin, { bucket, versioning: 'ENABLED' });
  await expect(
    createBucket(admin, { bucket: 'never-made', versioning: 'SUSPENDED', objectLock: { enabled: true } }),
  ).rejects.toMatchObject({ field: ['versioning'] });
});

test('object lock is turned on for a bucket with versioning, and its default retention can be changed, not the lock', async () => {
  const bucket = 'plain';
  await createBucket(admin, { bucket });
  await expect(getBucketObjectLock(admin, { bucket })).rejects.toMatchObject({
    reason: 'ObjectLockConfigurationNotFoundError',
  });
  await expect(setBucketObjectLock(admin, { bucket })).rejects.toMatchObject({ reason: 'InvalidBucketState' });
  await setBucketVersioning(admin, { bucket, versioning: 'SUSPENDED' });
  await expect(setBucketObjectLock(admin, { bucket })).rejects.toMatchObject({ reason: 'InvalidBucketState' });
  await setBucketVersioning(admin, { bucket, versioning: 'ENABLED' });
  await setBucketObjectLock(admin, { bucket, default: { mode: 'GOVERNANCE', years: 1 } });
  expect(await getBucketObjectLock(admin, { bucket })).toEqual({
    enabled: true,
    default: { mode: 'GOVERNANCE', years: 1 },
  });
  await setBucketObjectLock(admin, { bucket });
  expect(await getBucketObjectLock(admin, { bucket })).toEqual({ enabled: true });
  expect((await fixture.events('s3:PutBucketObjectLockConfiguration')).map(({ details }) => details)).toEqual([
    { objectLock: { enabled: true, default: { mode: 'GOVERNANCE', years: 1 } } },
    { objectLock: { enabled: true } },
  ]);
});

test.each([
  [{}, 'MalformedXML'],
  [{ days: 1, years: 1 }, 'MalformedXML'],
  [{ days: 0 }, 'InvalidArgument'],
  [{ days: -1 }, 'InvalidArgument'],
  [{ days: 1.5 }, 'InvalidArgument'],
  [{ days: 36_501 }, 'InvalidArgument'],
  [{ years: 101 }, 'InvalidArgument'],
])('a default retention of %j is refused', async (period, reason) => {
  const retention = { mode: 'COMPLIANCE' as const, ...period };
  const bucket = await newBucket();
  await expect(setBucketObjectLock(admin, { bucket, default: retention })).rejects.toMatchObject({ reason });
  await expect(
    createBucket(admin, { bucket: 'never-made', objectLock: { enabled: true, default: retention } }),
  ).rejects.toMatchObject({ reason });
});

test('a new version gets the default retention, or its own instead of it, and a hold beside either', async () => {
  const bucket = await newBucket({ mode: 'GOVERNANCE', days: 10 });
  const plain = await put(bucket, 'plain');
  expect(plain).toMatchObject({ lockMode: 'GOVERNANCE', legalHold: false });
  expect(Math.abs(Number(plain.retainUntil) - Number(inDays(10)))).toBeLessThan(60_000);
  const own = keep('COMPLIANCE', 1);
  expect(await put(bucket, 'own', own)).toMatchObject({ lockMode: 'COMPLIANCE', retainUntil: own.retainUntil });
  expect(await put(bucket, 'held', { legalHold: true })).toMatchObject({ lockMode: 'GOVERNANCE', legalHold: true });
  const { object } = await headObject(admin, { bucket, key: 'held' });
  expect(object).toMatchObject({ lockMode: 'GOVERNANCE', legalHold: true });
});

/** Uploads in parts; returns the version, after something happened between the beginning and the end. */
async function upload(bucket: string, lock: ObjectLock, between: () => Promise<unknown>): Promise<ObjectInfo> {
  const address = { bucket, key: 'parts' };
  const { id } = await createUpload(admin, { ...address, attributes: {}, lock });
  const { etag } = await putPart(admin, { ...address, uploadId: id, partNumber: 1, body: bodyOf('parts') });
  await between();
  return (await completeUpload(admin, { ...address, uploadId: id, parts: [{ partNumber: 1, etag }] })).object;
}

test('an upload that asks for a hold alone gets the default retention of the moment in which it ends', async () => {
  const bucket = await newBucket({ mode: 'GOVERNANCE', days: 10 });
  const change = () => setBucketObjectLock(admin, { bucket, default: { mode: 'COMPLIANCE', days: 20 } });
  const held = await upload(bucket, { legalHold: true }, change);
  expect(held).toMatchObject({ lockMode: 'COMPLIANCE', legalHold: true });
  expect(Math.abs(Number(held.retainUntil) - Number(inDays(20)))).toBeLessThan(60_000);
  const free = await upload(bucket, { legalHold: false }, () => setBucketObjectLock(admin, { bucket }));
  expect(free).toMatchObject({ lockMode: null, retainUntil: null, legalHold: false });
  const own = keep('GOVERNANCE', 3);
  expect(await upload(bucket, { ...own, legalHold: true }, change)).toMatchObject({
    lockMode: 'GOVERNANCE',
    retainUntil: own.retainUntil,
    legalHold: true,
  });
});

test('a copy has the lock of its new bucket, not that of its source', async () => {
  const from = await newBucket();
  const into = await newBucket({ mode: 'GOVERNANCE', years: 1 });
  await put(from, 'key', { ...keep('COMPLIANCE', 5), legalHold: true });
  const copy = async (bucket: string) =>
    copyObject(admin, {
      source: { bucket: from, key: 'key' },
      target: { bucket, key: 'copy' },
      metadataDirective: 'COPY',
      taggingDirective: 'COPY',
    });
  expect((await copy(from)).object).toMatchObject({ lockMode: null, retainUntil: null, legalHold: false });
  const { object } = await copy(into);
  expect(object).toMatchObject({ lockMode: 'GOVERNANCE', legalHold: false });
  expect(Math.abs(Number(object.retainUntil) - Number(inDays(365)))).toBeLessThan(60_000);
});

test('a lock needs a bucket with object lock, a mode and a date together, and a date in the future', async () => {
  const bucket = await newBucket();
  await createBucket(admin, { bucket: 'unlocked' });
  await put('unlocked', 'key');
  const retention = keep('GOVERNANCE', 1);
  const withoutLock = { kind: 'InvalidInput', reason: 'InvalidRequest' };
  await expect(put('unlocked', 'key', retention)).rejects.toMatchObject(withoutLock);
  await expect(put('unlocked', 'key', { legalHold: true })).rejects.toMatchObject(withoutLock);
  const address = { bucket: 'unlocked', key: 'key' };
  await expect(putObjectRetention(admin, { ...address, retention })).rejects.toMatchObject(withoutLock);
  await expect(putObjectLegalHold(admin, { ...address, status: 'ON' })).rejects.toMatchObject(withoutLock);
  await expect(getObjectRetention(admin, address)).rejects.toMatchObject(withoutLock);
  const invalid = { kind: 'InvalidInput', reason: 'InvalidArgument' };
  await expect(put(bucket, 'key', { mode: 'GOVERNANCE' })).rejects.toMatchObject(invalid);
  await expect(put(bucket, 'key', { retainUntil: inDays(1) })).rejects.toMatchObject(invalid);
  await put(bucket, 'key');
  for (const retainUntil of [new Date(0), inDays(-1), new Date(Number.NaN), new Date(8.64e15)]) {
    const bad: Retention = { mode: 'COMPLIANCE', retainUntil };
    await expect(put(bucket, 'key', bad)).rejects.toMatchObject(invalid);
    await expect(putObjectRetention(admin, { bucket, key: 'key', retention: bad })).rejects.toMatchObject(invalid);
  }
  expect((await headObject(admin, { bucket, key: 'key' })).object.lockMode).toBeNull();
});

type Change = Retention | null;
const [governance, compliance] = [keep('GOVERNANCE', 10), keep('COMPLIANCE', 10)];

test.each<[name: string, from: Retention, to: Change, allowed: 'always' | 'with bypass' | 'never']>([
  ['governance longer', governance, keep('GOVERNANCE', 20), 'always'],
  ['governance to the same date', governance, governance, 'always'],
  ['governance shorter', governance, keep('GOVERNANCE', 5), 'with bypass'],
  ['governance taken away', governance, null, 'with bypass'],
  ['governance to compliance, longer', governance, keep('COMPLIANCE', 20), 'with bypass'],
  ['compliance longer', compliance, keep('COMPLIANCE', 20), 'always'],
  ['compliance to the same date', compliance, compliance, 'always'],
  ['compliance shorter', compliance, keep('COMPLIANCE', 5), 'never'],
  ['compliance taken away', compliance, null, 'never'],
  ['compliance to governance, longer', compliance, keep('GOVERNANCE', 20), 'never'],
])('a retention: %s', async (_name, from, to, allowed) => {
  const bucket = await newBucket();
  const { versionId } = await put(bucket, 'key', from);
  const address = { bucket, key: 'key', versionId };
  const change = async (bypass: object, isAllowed: boolean) => {
    const result = putObjectRetention(admin, { ...address, ...bypass, retention: to });
    await (isAllowed ? result : expect(result).rejects.toMatchObject({ kind: 'Locked', reason: 'ObjectLocked' }));
    const { object } = await headObject(admin, address);
    const { mode, retainUntil } = (isAllowed ? to : from) ?? { mode: null, retainUntil: null };
    expect(object).toMatchObject({ lockMode: mode, retainUntil });
  };
  await change({}, allowed === 'always');
  await change({ bypassGovernance: 'BYPASS' }, allowed !== 'never');
});

test('a locked version is deleted by nobody, or in governance mode by who may pass by it and says so', async () => {
  const bucket = await newBucket();
  const locked = { kind: 'Locked', reason: 'ObjectLocked' };
  const remove = (object: ObjectInfo, bypass = {}) =>
    deleteObject(admin, { bucket, key: object.key, versionId: object.versionId, ...bypass });
  const bypass = { bypassGovernance: 'BYPASS' as const };
  const kept = await put(bucket, 'compliance', keep('COMPLIANCE', 1));
  const governed = await put(bucket, 'governance', keep('GOVERNANCE', 1));
  const held = await put(bucket, 'held', { ...keep('GOVERNANCE', 1), legalHold: true });
  for (const object of [kept, governed, held]) {
    await expect(remove(object)).rejects.toMatchObject(locked);
  }
  for (const object of [kept, held]) {
    await expect(remove(object, bypass)).rejects.toMatchObject(locked);
  }
  await remove(governed, bypass);
  await putObjectLegalHold(admin, { bucket, key: 'held', status: 'OFF' });
  expect(await getObjectLegalHold(admin, { bucket, key: 'held' })).toBe('OFF');
  await expect(remove(held)).rejects.toMatchObject(locked);
  await remove(held, bypass);
  await expect(headObject(admin, { bucket, key: 'held' })).rejects.toMatchObject({ kind: 'NotFound' });
});

test('a retention that is over keeps nothing, and what it was can still be read', async () => {
  const bucket = await newBucket();
  const retainUntil = new Date(Date.now() + 4000);
  const { versionId } = await put(bucket, 'key', { mode: 'COMPLIANCE', retainUntil });
  const address = { bucket, key: 'key', versionId };
  await expect(deleteObject(admin, address)).rejects.toMatchObject({ kind: 'Locked' });
  await pause(Number(retainUntil) - Date.now() + 50);
  expect(await getObjectRetention(admin, address)).toEqual({ mode: 'COMPLIANCE', retainUntil });
  await putObjectRetention(admin, { ...address, retention: keep('GOVERNANCE', 1) });
  await putObjectRetention(admin, { ...address, retention: null, bypassGovernance: 'BYPASS' });
  await expect(getObjectRetention(admin, address)).rejects.toMatchObject({ reason: 'NoSuchObjectLockConfiguration' });
  await deleteObject(admin, address);
});

test('delete markers have no lock, and what is not there is not found', async () => {
  const bucket = await newBucket();
  await put(bucket, 'key', keep('COMPLIANCE', 1));
  const { versionId } = await deleteObject(admin, { bucket, key: 'key' });
  const retention = keep('GOVERNANCE', 1);
  await expect(putObjectRetention(admin, { bucket, key: 'key', retention })).rejects.toMatchObject({
    reason: 'NoSuchKey',
    data: { deleteMarker: true },
  });
  const marker = { bucket, key: 'key', ...(versionId === undefined ? {} : { versionId }) };
  await expect(putObjectRetention(admin, { ...marker, retention })).rejects.toMatchObject({
    reason: 'MethodNotAllowed',
  });
  await expect(getObjectRetention(admin, { bucket, key: 'absent' })).rejects.toMatchObject({ reason: 'NoSuchKey' });
  const unknown = { bucket, key: 'key', versionId: '00000000000fffff' };
  await expect(putObjectLegalHold(admin, { ...unknown, status: 'ON' })).rejects.toMatchObject({
    reason: 'NoSuchVersion',
  });
  await deleteObject(admin, marker);
});

test('each change has its event, and a refused one has none', async () => {
  const bucket = await newBucket();
  const before = (await fixture.events('s3:PutObjectRetention')).length;
  const retention = keep('GOVERNANCE', 2);
  await put(bucket, 'key');
  await putObjectRetention(admin, { bucket, key: 'key', retention });
  await expect(putObjectRetention(admin, { bucket, key: 'key', retention: null })).rejects.toThrow();
  await putObjectRetention(admin, { bucket, key: 'key', retention: null, bypassGovernance: 'BYPASS' });
  const events = await fixture.events('s3:PutObjectRetention');
  expect(events.slice(before).map(({ details }) => details)).toEqual([
    { mode: 'GOVERNANCE', retainUntil: retention.retainUntil.toISOString(), bypassGovernance: false },
    { mode: null, retainUntil: null, bypassGovernance: true },
  ]);
  await putObjectLegalHold(admin, { bucket, key: 'key', status: 'ON' });
  expect((await fixture.events('s3:PutObjectLegalHold')).at(-1)?.details).toEqual({ status: 'ON' });
});

test('each right is asked for: to set a retention, a hold, the bucket, to pass by governance, and to see', async () => {
  const bucket = await newBucket();
  const password = 'a long password';
  await createUser(admin, { tenant: 'default', username: 'writer', password, role: 'MEMBER' });
  const writer = await fixture.signIn('writer', password);
  const allow = (...names: string[]) =>
    putBucketPolicy(admin, {
      bucket,
      policy: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::default:user/writer' },
            Action: names.map((name) => `s3:${name}`),
            Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
          },
        ],
      },
    });
  const denied = { kind: 'Denied' };
  const retention = keep('GOVERNANCE', 1);
  await allow('PutObject', 'GetObject', 'DeleteObjectVersion');
  await put(bucket, 'key', undefined, writer);
  await expect(put(bucket, 'key', retention, writer)).rejects.toMatchObject(denied);
  await expect(put(bucket, 'key', { legalHold: false }, writer)).rejects.toMatchObject(denied);
  await expect(putObjectRetention(writer, { bucket, key: 'key', retention })).rejects.toMatchObject(denied);
  await expect(putObjectLegalHold(writer, { bucket, key: 'key', status: 'ON' })).rejects.toMatchObject(denied);
  await expect(setBucketObjectLock(writer, { bucket })).rejects.toMatchObject(denied);
  await expect(getBucketObjectLock(writer, { bucket })).rejects.toMatchObject(denied);
  const object = await put(bucket, 'key', { ...retention, legalHold: true });
  await expect(getObjectRetention(writer, { bucket, key: 'key' })).rejects.toMatchObject(denied);
  await expect(getObjectLegalHold(writer, { bucket, key: 'key' })).rejects.toMatchObject(denied);
  expect(await visibleLock(writer, { bucket, key: 'key' }, object)).toEqual({});
  await allow('GetObjectRetention', 'PutObjectRetention', 'PutObjectLegalHold', 'DeleteObjectVersion');
  expect(await visibleLock(writer, { bucket, key: 'key' }, object)).toEqual(retention);
  await putObjectRetention(writer, { bucket, key: 'key', retention: keep('GOVERNANCE', 2) });
  await putObjectLegalHold(writer, { bucket, key: 'key', status: 'OFF' });
  const bypass = { bucket, key: 'key', bypassGovernance: 'BYPASS' as const };
  await expect(putObjectRetention(writer, { ...bypass, retention: null })).rejects.toMatchObject(denied);
  await expect(deleteObject(writer, { ...bypass, versionId: object.versionId })).rejects.toMatchObject(denied);
  await allow('BypassGovernanceRetention', 'DeleteObjectVersion');
  await deleteObject(writer, { ...bypass, versionId: object.versionId });
});

test('the database itself refuses to remove, hide or weaken what a hold or compliance keeps', async () => {
  const bucket = await newBucket();
  const { pool } = fixture.granary.database;
  const kept = await put(bucket, 'kept', keep('COMPLIANCE', 5));
  const held = await put(bucket, 'held', { legalHold: true });
  for (const { id } of [kept, held]) {
    for (const change of [
      'DELETE FROM object_version WHERE id = $1',
      `UPDATE object_version SET state = 'DELETING' WHERE id = $1`,
      `UPDATE object_version SET state = 'DELETED', blob_id = NULL WHERE id = $1`,
      `UPDATE object_version SET blob_id = NULL WHERE id = $1`,
      `UPDATE object_version SET key = 'elsewhere' WHERE id = $1`,
      `UPDATE object_version SET size = 0 WHERE id = $1`,
      `SELECT hide_version($1, 0, true, NULL)`,
    ]) {
      await expect(pool.query(change, [id])).rejects.toMatchObject({ code: '55000' });
    }
  }
  for (const change of [
    `UPDATE object_version SET retain_until = now() WHERE id = $1`,
    `UPDATE object_version SET lock_mode = 'GOVERNANCE' WHERE id = $1`,
    `UPDATE object_version SET lock_mode = NULL, retain_until = NULL WHERE id = $1`,
  ]) {
    await expect(pool.query(change, [kept.id])).rejects.toMatchObject({ code: '55000' });
  }
  await pool.query('UPDATE object_version SET is_latest = false WHERE id = $1', [kept.id]);
  await pool.query(`UPDATE object_version SET tags = '{"a": "b"}' WHERE id = $1`, [kept.id]);
  await pool.query(`UPDATE object_version SET legal_hold = false WHERE id = $1`, [held.id]);
  await pool.query('DELETE FROM object_version WHERE id = $1', [held.id]);
});
