import { setTimeout as pause } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  PutObjectLegalHoldCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { collectGarbage } from '../../src/operations/blobs/collect-garbage.js';
import { sweep } from '../../src/operations/blobs/sweep.js';
import { removeDeletedBuckets } from '../../src/operations/buckets/remove-deleted-buckets.js';
import { forgetTombstones } from '../../src/operations/objects/forget-tombstones.js';
import { purgeVersions } from '../../src/operations/objects/purge-versions.js';
import { expireUploads } from '../../src/operations/uploads/expire-uploads.js';
import { startTestServer, type TestServer } from '../support/server.js';

const hour = 3_600_000;
const content = 'kept as it was written';
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

/** A version that an attack is made on, and the date that its retention must not fall behind. */
interface Target {
  Bucket: string;
  Key: string;
  VersionId: string;
  until: Date | undefined;
}

type ObjectLockHeaders = Pick<
  PutObjectCommandInput,
  'ObjectLockMode' | 'ObjectLockRetainUntilDate' | 'ObjectLockLegalHoldStatus'
>;

const locks: Record<'compliance' | 'legal hold', () => ObjectLockHeaders> = {
  compliance: () => ({
    ObjectLockMode: 'COMPLIANCE',
    ObjectLockRetainUntilDate: new Date(Math.floor(Date.now() / 1000) * 1000 + 2 * hour),
  }),
  'legal hold': () => ({ ObjectLockLegalHoldStatus: 'ON' }),
};
const kinds = Object.keys(locks) as (keyof typeof locks)[];

async function newBucket(): Promise<string> {
  const Bucket = `held-${++buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  return Bucket;
}

async function keep(kind: keyof typeof locks, Bucket: string, Body: string | Buffer = content): Promise<Target> {
  const lock = locks[kind]();
  const target = { Bucket, Key: 'key' };
  const { VersionId } = await s3.send(new PutObjectCommand({ ...target, Body, ...lock }));
  return { ...target, VersionId: VersionId ?? '', until: lock.ObjectLockRetainUntilDate };
}

/** The version is there with its bytes and its lock. */
async function expectKept({ until, ...target }: Target, bytes: string | Buffer = content): Promise<void> {
  const read = await s3.send(new GetObjectCommand(target));
  expect(Buffer.from((await read.Body?.transformToByteArray()) ?? []).equals(Buffer.from(bytes))).toBe(true);
  if (until === undefined) {
    expect(read.ObjectLockLegalHoldStatus).toBe('ON');
  } else {
    expect([read.ObjectLockMode, read.ObjectLockRetainUntilDate]).toEqual(['COMPLIANCE', until]);
  }
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof S3ServiceException) {
      return `${error.$metadata.httpStatusCode} ${error.name}`;
    }
    throw error;
  }
  return 'none';
}

/** Asks as the administrator, and gives the codes of the mutation's user errors. */
async function userErrors(mutation: string, input: object): Promise<string[]> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const query = `mutation($input: ${type}) { ${mutation}(input: $input) { userErrors { code } } }`;
  const { data, errors } = await server.graphql(query, { input });
  expect(errors).toBeUndefined();
  return data[mutation].userErrors.map(({ code }: { code: string }) => code);
}

function graphqlOf({ Bucket, Key, VersionId }: Target) {
  return { bucket: Bucket, key: Key, versionId: VersionId };
}

const soon = () => new Date(Date.now() + 60_000);
const later = () => new Date(Date.now() + 10 * hour);
const bypass = { BypassGovernanceRetention: true };
const graphqlBypass = { bypassGovernance: true };

/** What administrators may try on any locked version, and what they are told. */
const removals: [door: string, attack: (target: Target) => Promise<unknown>, answer: unknown][] = [
  ['DeleteObject', ({ until, ...target }) => codeOf(s3.send(new DeleteObjectCommand(target))), '403 AccessDenied'],
  [
    'DeleteObject with the bypass',
    ({ until, ...target }) => codeOf(s3.send(new DeleteObjectCommand({ ...target, ...bypass }))),
    '403 AccessDenied',
  ],
  [
    'DeleteObjects with the bypass',
    async ({ Bucket, Key, VersionId }) => {
      const Delete = { Objects: [{ Key, VersionId }] };
      return (await s3.send(new DeleteObjectsCommand({ Bucket, Delete, ...bypass }))).Errors?.[0]?.Code;
    },
    'AccessDenied',
  ],
  ['deleteObject', (target) => userErrors('deleteObject', { ...graphqlOf(target), ...graphqlBypass }), ['LOCKED']],
  [
    'deleteObjects',
    ({ Bucket, Key, VersionId }) =>
      userErrors('deleteObjects', {
        bucket: Bucket,
        objects: [{ key: Key, versionId: VersionId }],
        ...graphqlBypass,
      }),
    ['LOCKED'],
  ],
  ['DeleteBucket', ({ Bucket }) => codeOf(s3.send(new DeleteBucketCommand({ Bucket }))), '409 BucketNotEmpty'],
  ['deleteBucket', ({ Bucket }) => userErrors('deleteBucket', { bucket: Bucket }), ['CONFLICT']],
  ['suspending versions', ({ Bucket }) => codeOf(suspend(Bucket)), '409 InvalidBucketState'],
  [
    'setBucketVersioning',
    ({ Bucket }) => userErrors('setBucketVersioning', { bucket: Bucket, versioning: 'SUSPENDED' }),
    ['CONFLICT'],
  ],
  ['restoreObject', (target) => userErrors('restoreObject', graphqlOf(target)), ['NOT_FOUND']],
];

describe.each(kinds)('37: a version under %s', (kind) => {
  test.each(removals)('withstands %s', async (_door, attack, answer) => {
    const target = await keep(kind, await newBucket());
    expect(await attack(target)).toEqual(answer);
    await expectKept(target);
  });

  test('stays below whatever is written, copied, moved or completed onto its key', async () => {
    const target = await keep(kind, await newBucket());
    const { Bucket, Key } = target;
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'another' }));
    await s3.send(new PutObjectCommand({ Bucket, Key: 'other', Body: 'from elsewhere' }));
    await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/other` }));
    await completeOnto(Bucket, Key);
    const move = { source: { bucket: Bucket, key: 'other' }, target: { bucket: Bucket, key: Key } };
    expect(await userErrors('moveObject', move)).toEqual([]);
    expect(await userErrors('setObjectMetadata', { bucket: Bucket, key: Key, metadata: { a: 'b' } })).toEqual([]);
    await runJobs();
    await expectKept(target);
  });

  test('stays where it is when the object is deleted or moved away, and can be brought back', async () => {
    const target = await keep(kind, await newBucket());
    const { Bucket, Key } = target;
    const move = { source: { bucket: Bucket, key: Key }, target: { bucket: Bucket, key: 'moved' } };
    expect(await userErrors('moveObject', move)).toEqual([]);
    await expectKept(target);
    const marked = await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(marked.DeleteMarker).toBe(true);
    await runJobs();
    await expectKept(target);
    await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${Key}?versionId=${target.VersionId}` }));
    const back = await s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(await back.Body?.transformToString()).toBe(content);
  });

  test.each([
    ['short', content],
    ['long', Buffer.alloc(3 * 1024 * 1024, 'kept ')],
  ])('38: keeps its bytes, which are %s, through every job and beside equal bytes that go', async (_size, bytes) => {
    const target = await keep(kind, await newBucket(), bytes);
    const twin = await s3.send(new PutObjectCommand({ Bucket: target.Bucket, Key: 'twin', Body: bytes }));
    await s3.send(new DeleteObjectCommand({ Bucket: target.Bucket, Key: 'twin', VersionId: twin.VersionId }));
    await runJobs();
    await expectKept(target, bytes);
  });

  test('38: keeps the bytes of its parts through every job', async () => {
    const Bucket = await newBucket();
    const lock = locks[kind]();
    const VersionId = (await completeOnto(Bucket, 'key', lock)).VersionId ?? '';
    const target = { Bucket, Key: 'key', VersionId, until: lock.ObjectLockRetainUntilDate };
    expect(await codeOf(s3.send(new DeleteObjectCommand({ Bucket, Key: 'key', VersionId })))).toBe('403 AccessDenied');
    await runJobs();
    await expectKept(target, 'a part');
  });
});

test.each<[door: string, attack: (target: Target) => Promise<unknown>, answer: unknown]>([
  ['a shorter date', (target) => codeOf(retain(target, 'COMPLIANCE', soon())), '403 AccessDenied'],
  ['governance instead', (target) => codeOf(retain(target, 'GOVERNANCE', later())), '403 AccessDenied'],
  ['no retention', (target) => codeOf(retain(target)), '403 AccessDenied'],
  ['a shorter date by GraphQL', (target) => setRetention(target, 'COMPLIANCE', soon()), ['LOCKED']],
  ['governance instead by GraphQL', (target) => setRetention(target, 'GOVERNANCE', later()), ['LOCKED']],
  ['no retention by GraphQL', (target) => setRetention(target), ['LOCKED']],
  [
    'a hold that is lifted',
    async ({ until, ...target }) => {
      for (const Status of ['ON', 'OFF'] as const) {
        await s3.send(new PutObjectLegalHoldCommand({ ...target, LegalHold: { Status } }));
      }
      return codeOf(s3.send(new DeleteObjectCommand({ ...target, ...bypass })));
    },
    '403 AccessDenied',
  ],
  [
    'another default retention of the bucket',
    async ({ Bucket, Key, VersionId }) => {
      const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const };
      await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
      return codeOf(s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId, ...bypass })));
    },
    '403 AccessDenied',
  ],
])('compliance withstands %s', async (_door, attack, answer) => {
  const target = await keep('compliance', await newBucket());
  expect(await attack(target)).toEqual(answer);
  await expectKept(target);
});

test('what was deleted past governance goes for good, but a version locked anew beside it stays', async () => {
  const Bucket = await newBucket();
  const governed = { ObjectLockMode: 'GOVERNANCE' as const, ObjectLockRetainUntilDate: later() };
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'key', Body: content, ...governed }));
  const target = await keep('compliance', Bucket);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'key', VersionId, ...bypass }));
  await runJobs();
  expect(await codeOf(s3.send(new GetObjectCommand({ Bucket, Key: 'key', VersionId })))).toBe('404 NoSuchVersion');
  await expectKept(target);
});

test('36: of a hundred changes at once none shortens compliance, and the latest date wins', async () => {
  const target = await keep('compliance', await newBucket());
  const start = Number(target.until);
  const dates = Array.from({ length: 100 }, (_, i) => start + (((i * 37) % 100) - 50) * 60_000);
  const results = await Promise.all(dates.map((date) => codeOf(retain(target, 'COMPLIANCE', new Date(date)))));
  expect(new Set(results)).toEqual(new Set(['none', '403 AccessDenied']));
  await expectKept({ ...target, until: new Date(Math.max(...dates)) });
  const { rows } = await server.granary.database.pool.query<{ until: string }>(
    `SELECT details ->> 'retainUntil' AS until FROM event
     WHERE action = 's3:PutObjectRetention' AND version_id = $1 ORDER BY id`,
    [Number.parseInt(target.VersionId, 16)],
  );
  const history = rows.map(({ until }) => Date.parse(until));
  expect(history).toHaveLength(results.filter((result) => result === 'none').length);
  expect(history).toEqual([...history].sort((a, b) => a - b));
  expect(history[0]).toBeGreaterThanOrEqual(start);
});

test('of a retention or a hold and a delete at once exactly one succeeds', async () => {
  const Bucket = await newBucket();
  const winners = new Set<string>();
  for (let i = 0; i < 60 || (winners.size < 2 && i < 600); i++) {
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'key', Body: content }));
    const target = { Bucket, Key: 'key', VersionId: VersionId ?? '', until: i % 2 === 0 ? later() : undefined };
    const lock = () => (target.until === undefined ? hold(target) : retain(target, 'COMPLIANCE', target.until));
    // The delete has the shorter way to the database, and would always be first: on a slow machine by more.
    const remove = () =>
      pause((i % 12) * 3 * Math.ceil((i + 1) / 60)).then(() =>
        s3.send(new DeleteObjectCommand({ Bucket, Key: 'key', VersionId, ...bypass })),
      );
    const [locked, removed] = await Promise.all([codeOf(lock()), codeOf(remove())]);
    winners.add(locked === 'none' ? 'lock' : 'delete');
    expect([locked, removed]).toEqual(locked === 'none' ? ['none', '403 AccessDenied'] : ['404 NoSuchVersion', 'none']);
    if (locked === 'none') {
      await expectKept(target);
    }
  }
  expect(winners).toEqual(new Set(['lock', 'delete']));
}, 120_000);

test('object lock that comes to a bucket while it is written to finds each write before it or under it', async () => {
  const Bucket = `held-${++buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const ObjectLockConfiguration = {
    ObjectLockEnabled: 'Enabled' as const,
    Rule: { DefaultRetention: { Mode: 'COMPLIANCE' as const, Days: 1 } },
  };
  const write = (i: number) => s3.send(new PutObjectCommand({ Bucket, Key: `key-${i}`, Body: content }));
  const early = Array.from({ length: 20 }, (_, i) => write(i));
  await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
  const { VersionId } = await write(20);
  await Promise.all(early);
  const late = s3.send(new DeleteObjectCommand({ Bucket, Key: 'key-20', VersionId }));
  expect(await codeOf(late)).toBe('403 AccessDenied');
  expect(await codeOf(suspend(Bucket))).toBe('409 InvalidBucketState');
});

test('of suspending versioning and turning object lock on at once exactly one succeeds', async () => {
  const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const };
  for (let i = 0; i < 20; i++) {
    const Bucket = `held-${++buckets}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const lock = () => s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
    const results = await Promise.all([codeOf(lock()), codeOf(suspend(Bucket))]);
    expect(results.sort()).toEqual(['409 InvalidBucketState', 'none']);
  }
});

test('a version is free on the moment that its retention is over, and not before', async () => {
  const Bucket = await newBucket();
  const until = new Date(Date.now() + 5000);
  const { VersionId } = await s3.send(new PutObjectCommand({ Bucket, Key: 'key', Body: content }));
  const target = { Bucket, Key: 'key', VersionId: VersionId ?? '', until };
  await retain(target, 'COMPLIANCE', until);
  let answer = '403 AccessDenied';
  while (answer === '403 AccessDenied') {
    answer = await codeOf(s3.send(new DeleteObjectCommand({ Bucket, Key: 'key', VersionId })));
    await pause(20);
  }
  expect(answer).toBe('none');
  expect(Date.now()).toBeGreaterThanOrEqual(Number(until));
});

function suspend(Bucket: string) {
  return s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }));
}

/** Always with the bypass; without a mode the retention is to go. */
function retain({ until, ...target }: Target, Mode?: 'COMPLIANCE' | 'GOVERNANCE', RetainUntilDate?: Date) {
  const Retention = Mode === undefined ? {} : { Mode, RetainUntilDate };
  return s3.send(new PutObjectRetentionCommand({ ...target, ...bypass, Retention }));
}

function hold({ until, ...target }: Target) {
  return s3.send(new PutObjectLegalHoldCommand({ ...target, LegalHold: { Status: 'ON' } }));
}

function setRetention(target: Target, mode?: string, retainUntil?: Date): Promise<string[]> {
  const retention = mode === undefined ? null : { mode, retainUntil };
  return userErrors('setObjectRetention', { ...graphqlOf(target), ...graphqlBypass, retention });
}

async function completeOnto(Bucket: string, Key: string, lock = {}) {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...lock }));
  const part = { Bucket, Key, UploadId, PartNumber: 1, Body: 'a part' };
  const { ETag } = await s3.send(new UploadPartCommand(part));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  return s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
}

/** All that removes anything, without waiting for any grace; twice, for one job leaves work for another. */
async function runJobs(): Promise<void> {
  const { granary } = server;
  for (let round = 0; round < 2; round++) {
    await purgeVersions(granary, { graceSeconds: 0 });
    await removeDeletedBuckets(granary);
    await expireUploads(granary);
    await collectGarbage(granary, { graceSeconds: 0 });
    await sweep(granary, { staleSeconds: 0, stagingIdleSeconds: 0 });
    await forgetTombstones(granary, { olderThanSeconds: 0 });
  }
}
