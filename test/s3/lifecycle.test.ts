import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  type S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { type LifecycleFigures, runLifecycle } from '../../src/operations/lifecycle/run-lifecycle.js';
import { contradictions, MIB, putParts, read, storesOf } from '../operations/blobs/tiers-fixture.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let s3: S3Client;

beforeAll(async () => {
  server = await startTestServer({ lifecycleDaySeconds: 1, gcGraceSeconds: 1 });
  s3 = server.s3;
});

afterAll(async () => {
  await server?.stop();
});

afterEach(async () => {
  expect(await contradictions(server)).toEqual([]);
  expect(server.problems).toEqual([]);
});

async function bucketWith(
  Bucket: string,
  { rules, versioning, lock }: { rules: LifecycleRule[]; versioning?: boolean; lock?: boolean },
): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket, ...(lock && { ObjectLockEnabledForBucket: true }) }));
  if (versioning) {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  await putRules(Bucket, rules);
}

function putRules(Bucket: string, Rules: LifecycleRule[]) {
  return s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
}

/** One whole round, some seconds in the future, which are days here. */
async function inSeconds(seconds: number): Promise<LifecycleFigures> {
  await server.granary.database.pool.query('DELETE FROM lifecycle_round');
  return runLifecycle(server.granary, { now: new Date(Date.now() + seconds * 1000) });
}

function put(Bucket: string, Key: string, more: object = {}) {
  return s3.send(new PutObjectCommand({ Bucket, Key, Body: randomBytes(200_000), ...more }));
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return (error as S3ServiceException).name;
  }
}

async function keysOf(Bucket: string): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  const shown = [...Versions, ...DeleteMarkers.map((marker) => ({ ...marker, marker: true }))];
  return shown.map((v) => `${v.Key}${'marker' in v ? ' marker' : ''}${v.IsLatest ? '' : ' old'}`).sort();
}

describe('the configuration', () => {
  test('comes back as it was put, and is gone when it is deleted', async () => {
    const Bucket = 'configured';
    await s3.send(new CreateBucketCommand({ Bucket }));
    expect(await codeOf(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })))).toBe(
      'NoSuchLifecycleConfiguration',
    );
    const Rules: LifecycleRule[] = [
      {
        ID: 'all of it & more',
        Status: 'Enabled',
        Filter: {
          And: {
            Prefix: 'logs/',
            Tags: [{ Key: 'a', Value: '1' }],
            ObjectSizeGreaterThan: 1,
            ObjectSizeLessThan: 1000,
          },
        },
        Transitions: [
          { Days: 30, StorageClass: 'STANDARD_IA' },
          { Days: 60, StorageClass: 'GLACIER_IR' },
        ],
        NoncurrentVersionTransitions: [{ NoncurrentDays: 3, NewerNoncurrentVersions: 2, StorageClass: 'GLACIER_IR' }],
        Expiration: { Days: 61 },
        NoncurrentVersionExpiration: { NoncurrentDays: 4, NewerNoncurrentVersions: 2 },
      },
      {
        ID: 'dated',
        Status: 'Disabled',
        Filter: { Prefix: '' },
        Transitions: [{ Date: new Date('2030-01-01'), StorageClass: 'GLACIER_IR' }],
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
      {
        ID: 'markers',
        Status: 'Enabled',
        Filter: { Prefix: 'x' },
        Expiration: { ExpiredObjectDeleteMarker: true },
      },
      { ID: 'tagged', Status: 'Enabled', Filter: { Tag: { Key: 'b', Value: '' } }, Expiration: { Days: 1 } },
    ];
    const put = await putRules(Bucket, Rules);
    expect(put.TransitionDefaultMinimumObjectSize).toBe('all_storage_classes_128K');
    const got = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(got.Rules).toEqual(Rules);
    await s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
    expect(await codeOf(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })))).toBe(
      'NoSuchLifecycleConfiguration',
    );
  });

  test('is refused when it makes no sense', async () => {
    const Bucket = 'refused';
    await s3.send(new CreateBucketCommand({ Bucket }));
    const rule = (parts: Partial<LifecycleRule>): LifecycleRule[] => [
      { ID: 'r', Status: 'Enabled', Filter: { Prefix: '' }, ...parts },
    ];
    const refusals: [Partial<LifecycleRule>, string][] = [
      [{}, 'InvalidArgument'],
      [{ Expiration: { Days: 0 } }, 'InvalidArgument'],
      [{ Transitions: [{ Days: 1, StorageClass: 'STANDARD_IA' }] }, 'InvalidArgument'],
      [{ Transitions: [{ Days: 1, StorageClass: 'DEEP_ARCHIVE' }] }, 'InvalidStorageClass'],
      [{ Expiration: { Days: 1, ExpiredObjectDeleteMarker: true } }, 'MalformedXML'],
      [{ Filter: undefined, Expiration: { Days: 1 } }, 'MalformedXML'],
    ];
    for (const [parts, code] of refusals) {
      expect(await codeOf(putRules(Bucket, rule(parts)))).toBe(code);
    }
  });

  test('is set and shown through GraphQL, with the place of a mistake', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'graph' }));
    const mutation = `mutation($input: SetBucketLifecycleInput!) { setBucketLifecycle(input: $input) {
      bucket { lifecycle { id enabled filter { prefix tags { key value } objectSizeLessThan }
        transitions { days date storageClass } expiration { days expiredObjectDeleteMarker } } }
      userErrors { code field message } } }`;
    const rules = [
      {
        id: 'r',
        filter: { prefix: 'a/', tags: [{ key: 'k', value: 'v' }], objectSizeLessThan: 9 },
        transitions: [{ days: 1, storageClass: 'GLACIER_IR' }],
        expiration: { days: 2 },
      },
    ];
    const { data } = await server.graphql(mutation, { input: { bucket: 'graph', rules } });
    expect(data.setBucketLifecycle).toEqual({
      bucket: {
        lifecycle: [
          {
            id: 'r',
            enabled: true,
            filter: { prefix: 'a/', tags: [{ key: 'k', value: 'v' }], objectSizeLessThan: 9 },
            transitions: [{ days: 1, date: null, storageClass: 'GLACIER_IR' }],
            expiration: { days: 2, expiredObjectDeleteMarker: false },
          },
        ],
      },
      userErrors: [],
    });
    const wrong = [{ id: 'r', expiration: { days: 0 } }];
    const refused = await server.graphql(mutation, { input: { bucket: 'graph', rules: wrong } });
    const [error] = refused.data.setBucketLifecycle.userErrors;
    expect(error).toMatchObject({ code: 'INVALID_INPUT', field: ['input', 'rules', '0', 'expiration', 'days'] });
    await putRules('graph', [{ ID: 'off', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }]);
  });
});

describe('a round', () => {
  test('moves what is due to its class, by size and by tags, and objects of parts as well', async () => {
    const Bucket = 'moving';
    await bucketWith(Bucket, {
      rules: [
        {
          ID: 'large',
          Status: 'Enabled',
          Filter: { And: { Prefix: 'm/', ObjectSizeGreaterThan: 100_000 } },
          Transitions: [{ Days: 1, StorageClass: 'GLACIER_IR' }],
        },
        {
          ID: 'tagged',
          Status: 'Enabled',
          Filter: { And: { Prefix: 'm/', Tags: [{ Key: 'cold', Value: 'yes' }], ObjectSizeGreaterThan: 0 } },
          Transitions: [{ Days: 1, StorageClass: 'GLACIER_IR' }],
        },
      ],
    });
    const Body = randomBytes(200_000);
    await put(Bucket, 'm/large', { Body });
    await put(Bucket, 'm/small', { Body: randomBytes(50_000) });
    await put(Bucket, 'm/tagged', { Body: randomBytes(50_000), Tagging: 'cold=yes' });
    await put(Bucket, 'other', { Body });
    const bodies = [randomBytes(5 * MIB), randomBytes(100_000)];
    await putParts(s3, { Bucket, Key: 'm/parts' }, { bodies });
    expect((await inSeconds(-60)).transitioned).toBe(0);
    expect(await inSeconds(10)).toMatchObject({ transitioned: 3, failed: 0 });
    const stores = await Promise.all(
      ['m/large', 'm/tagged', 'm/parts', 'm/small', 'other'].map((key) => storesOf(server, key)),
    );
    expect(stores).toEqual([['cold'], ['cold'], ['cold'], ['hot'], ['hot']]);
    expect((await read(s3, { Bucket, Key: 'm/parts' })).equals(Buffer.concat(bodies))).toBe(true);
    expect((await read(s3, { Bucket, Key: 'm/large' })).equals(Body)).toBe(true);
    expect(await inSeconds(10)).toMatchObject({ transitioned: 0 });
    const { rows } = await server.granary.database.pool.query(
      `SELECT key, details, request_id FROM event WHERE action = 's3:LifecycleTransition' ORDER BY key LIMIT 1`,
    );
    const details = { from: 'STANDARD', to: 'GLACIER_IR' };
    expect(rows).toEqual([{ key: 'm/large', request_id: 'lifecycle', details }]);
  });

  test('deletes what has expired, and tells so beforehand', async () => {
    const Bucket = 'expiring';
    await bucketWith(Bucket, {
      rules: [{ ID: 'old ones', Status: 'Enabled', Filter: { Prefix: 'e/' }, Expiration: { Days: 30 } }],
    });
    const { Expiration } = await put(Bucket, 'e/a');
    expect(Expiration).toMatch(/^expiry-date="\w{3}, .* GMT", rule-id="old%20ones"$/);
    expect((await s3.send(new HeadObjectCommand({ Bucket, Key: 'e/a' }))).Expiration).toBe(Expiration);
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'e/a' }));
    expect(got.Expiration).toBe(Expiration);
    await got.Body?.transformToByteArray();
    expect((await put(Bucket, 'kept')).Expiration).toBeUndefined();
    expect((await inSeconds(1)).expired).toBe(0);
    expect((await inSeconds(40)).expired).toBe(1);
    expect(await keysOf(Bucket)).toEqual(['kept']);
  });

  test('hides current versions by delete markers, removes noncurrent ones but the newest, and markers at last', async () => {
    const Bucket = 'history';
    await bucketWith(Bucket, {
      versioning: true,
      rules: [
        {
          ID: 'history',
          Status: 'Enabled',
          Filter: { Prefix: '' },
          Expiration: { Days: 1 },
          NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 1 },
        },
      ],
    });
    for (let n = 0; n < 4; n += 1) {
      await put(Bucket, 'a');
    }
    expect(await inSeconds(10)).toMatchObject({ expired: 1, removed: 2 });
    expect(await keysOf(Bucket)).toEqual(['a marker', 'a old', 'a old']);
    expect(await inSeconds(10)).toMatchObject({ removed: 1 });
    expect(await keysOf(Bucket)).toEqual(['a marker', 'a old']);
    await putRules(Bucket, [
      {
        ID: 'all',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        Expiration: { ExpiredObjectDeleteMarker: true },
        NoncurrentVersionExpiration: { NoncurrentDays: 2 },
      },
    ]);
    await inSeconds(10);
    await inSeconds(10);
    expect(await keysOf(Bucket)).toEqual([]);
  });

  test('keeps what object lock keeps, and goes on with the others', async () => {
    const Bucket = 'locked';
    await bucketWith(Bucket, {
      lock: true,
      rules: [
        {
          ID: 'r',
          Status: 'Enabled',
          Filter: { Prefix: '' },
          NoncurrentVersionExpiration: { NoncurrentDays: 1 },
        },
      ],
    });
    const { VersionId } = await put(Bucket, 'held');
    await s3.send(new PutObjectLegalHoldCommand({ Bucket, Key: 'held', VersionId, LegalHold: { Status: 'ON' } }));
    const until = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date(Date.now() + 3_600_000) };
    await put(Bucket, 'retained', { ...until, ChecksumAlgorithm: 'SHA256' });
    await put(Bucket, 'free');
    for (const Key of ['held', 'retained', 'free']) {
      await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    }
    expect(await inSeconds(10)).toMatchObject({ removed: 1, locked: 2, failed: 0 });
    expect(await keysOf(Bucket)).toEqual(['free marker', 'held marker', 'held old', 'retained marker', 'retained old']);
  });

  test('moves locked versions all the same, for their content stays', async () => {
    const Bucket = 'locked-moving';
    const Transitions = [{ Days: 1, StorageClass: 'GLACIER_IR' as const }];
    await bucketWith(Bucket, {
      lock: true,
      rules: [{ ID: 'r', Status: 'Enabled', Filter: { Prefix: '' }, Transitions }],
    });
    const Body = randomBytes(200_000);
    const until = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date(Date.now() + 3_600_000) };
    await put(Bucket, 'locked-one', { Body, ...until, ChecksumAlgorithm: 'SHA256' });
    expect((await inSeconds(10)).transitioned).toBe(1);
    expect(await storesOf(server, 'locked-one')).toEqual(['cold']);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'locked-one' }));
    expect([head.StorageClass, head.ObjectLockMode]).toEqual(['GLACIER_IR', 'COMPLIANCE']);
    expect((await read(s3, { Bucket, Key: 'locked-one' })).equals(Body)).toBe(true);
  });

  test('aborts uploads that never end', async () => {
    const Bucket = 'uploads';
    await bucketWith(Bucket, {
      rules: [
        {
          ID: 'r',
          Status: 'Enabled',
          Filter: { Prefix: 'tmp/' },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 20 },
        },
      ],
    });
    for (const Key of ['tmp/a', 'tmp/b', 'other']) {
      await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    }
    expect((await inSeconds(1)).aborted).toBe(0);
    expect((await inSeconds(30)).aborted).toBe(2);
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads?.map(({ Key }) => Key)).toEqual(['other']);
  });

  test('goes through a large bucket by pages, and goes on where it was stopped', async () => {
    const Bucket = 'large';
    await bucketWith(Bucket, {
      rules: [{ ID: 'r', Status: 'Enabled', Filter: { Prefix: 'n/' }, Expiration: { Days: 1 } }],
    });
    await put(Bucket, 'n/0', { Body: 'x' });
    await server.granary.database.pool.query(
      `INSERT INTO object_version (bucket_id, key, is_latest, is_null, size, etag, content_type)
       SELECT v.bucket_id, 'n/' || n, true, true, 0, v.etag, v.content_type
       FROM object_version v, generate_series(1, 1999) n WHERE v.key = 'n/0'`,
    );
    await server.granary.database.pool.query(
      `UPDATE bucket_usage u SET objects = objects + 1999, versions = versions + 1999
       WHERE (u.bucket_id, u.shard) = (SELECT bucket_id, shard FROM bucket_usage s JOIN bucket b ON b.id = s.bucket_id AND b.name = 'large' LIMIT 1)`,
    );
    await server.granary.database.pool.query('DELETE FROM lifecycle_round');
    const now = new Date(Date.now() + 10_000);
    const first = await runLifecycle(server.granary, { now, limitMs: 1 });
    expect(first.expired).toBeLessThan(2000);
    let total = first.expired;
    for (let run = 0; run < 20 && total < 2000; run += 1) {
      total += (await runLifecycle(server.granary, { now, limitMs: 300 })).expired;
    }
    expect(total).toBe(2000);
    expect(await keysOf(Bucket)).toEqual([]);
  });
});
