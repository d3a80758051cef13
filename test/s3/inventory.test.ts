import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import {
  CreateBucketCommand,
  DeleteBucketInventoryConfigurationCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketInventoryConfigurationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type InventoryConfiguration,
  type InventoryOptionalField,
  ListBucketInventoryConfigurationsCommand,
  ListObjectsV2Command,
  PutBucketInventoryConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { writeInventories } from '../../src/operations/reports/write-inventories.js';
import { formatToken } from '../../src/s3/protocol/list-parameters.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { refusalOf } from './code-of.js';

let server: TestServer;
let s3: S3Client;
let count = 0;

beforeAll(async () => {
  server = await startTestServer();
  s3 = server.s3;
});

afterAll(async () => {
  await server?.stop();
});

afterEach(() => {
  expect(server.problems.splice(0)).toEqual([]);
});

/** A bucket with some objects, and one that takes reports about it. */
async function buckets(): Promise<{ source: string; target: string }> {
  count += 1;
  const [source, target] = [`source-${count}`, `target-${count}`];
  for (const Bucket of [source, target]) {
    await s3.send(new CreateBucketCommand({ Bucket }));
  }
  await admit(source, target);
  return { source, target };
}

/** As AWS's documentation does it. */
async function admit(source: string, Bucket: string): Promise<void> {
  const Statement = [
    {
      ...{ Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 's3:PutObject' },
      Resource: `arn:aws:s3:::${Bucket}/*`,
      Condition: {
        ArnLike: { 'aws:SourceArn': `arn:aws:s3:::${source}` },
        StringEquals: { 'aws:SourceAccount': 'default', 's3:x-amz-acl': 'bucket-owner-full-control' },
      },
    },
  ];
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
}

function configuration(target: string, more: Partial<InventoryConfiguration> = {}): InventoryConfiguration {
  return {
    ...{ Id: 'daily', IsEnabled: true, IncludedObjectVersions: 'Current', Schedule: { Frequency: 'Daily' } },
    Destination: { S3BucketDestination: { Bucket: `arn:aws:s3:::${target}`, Format: 'CSV', Prefix: 'reports' } },
    ...more,
  };
}

function put(Bucket: string, inventory: InventoryConfiguration, Id = inventory.Id): Promise<unknown> {
  return s3.send(new PutBucketInventoryConfigurationCommand({ Bucket, Id, InventoryConfiguration: inventory }));
}

async function textOf(Bucket: string, Key: string): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

interface Report {
  manifest: { fileSchema: string; files: { key: string; size: number; MD5checksum: string }[] } & Record<
    string,
    unknown
  >;
  rows: string[][];
}

/** What was written of a bucket's inventory, with its digests checked. */
async function readReport(source: string, target: string): Promise<Report> {
  const base = `reports/${source}/daily/`;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: target, Prefix: base }));
  const keys = Contents.map(({ Key = '' }) => Key);
  const manifestKey = keys.find((key) => key.endsWith('/manifest.json')) ?? '';
  expect(manifestKey).toMatch(/\/\d{4}-\d\d-\d\dT\d\d-\d\dZ\/manifest\.json$/);
  const bytes = await textOf(target, manifestKey);
  const checksum = await textOf(target, manifestKey.replace('.json', '.checksum'));
  expect(checksum.toString()).toBe(createHash('md5').update(bytes).digest('hex'));
  const manifest = JSON.parse(bytes.toString()) as Report['manifest'];
  const links = keys.find((key) => /\/hive\/dt=\d{4}-\d\d-\d\d-\d\d-\d\d\/symlink\.txt$/.test(key)) ?? '';
  expect((await textOf(target, links)).toString()).toBe(
    manifest.files.map(({ key }) => `s3://${target}/${key}\n`).join(''),
  );
  const rows: string[][] = [];
  for (const { key, size, MD5checksum } of manifest.files) {
    const file = await textOf(target, key);
    expect([file.length, createHash('md5').update(file).digest('hex')]).toEqual([size, MD5checksum]);
    const lines = gunzipSync(file).toString().trimEnd().split('\n');
    rows.push(...lines.map((line) => line.slice(1, -1).split('","')));
  }
  return { manifest, rows };
}

describe('an inventory', () => {
  test('lists the current versions below its prefix, as a file that its manifest tells of', async () => {
    const { source, target } = await buckets();
    for (const Key of ['in/a', 'in/b "ü",', 'out']) {
      await s3.send(new PutObjectCommand({ Bucket: source, Key, Body: Key }));
    }
    const OptionalFields: InventoryOptionalField[] = ['ETag', 'Size', 'EncryptionStatus', 'ObjectOwner'];
    await put(source, configuration(target, { OptionalFields, Filter: { Prefix: 'in/' } }));
    expect(await writeInventories(server.granary)).toEqual({ reports: 1, failed: 0 });
    const { manifest, rows } = await readReport(source, target);
    expect(manifest).toMatchObject({
      ...{ sourceBucket: source, destinationBucket: `arn:aws:s3:::${target}`, version: '2016-11-30' },
      ...{ fileFormat: 'CSV', fileSchema: 'Bucket, Key, Size, ETag, EncryptionStatus, ObjectOwner' },
      creationTimestamp: expect.stringMatching(/^\d{13}$/),
    });
    const owner = expect.stringMatching(/^[0-9a-f-]{8,}/);
    const md5 = createHash('md5').update('in/a').digest('hex');
    expect(rows).toEqual([
      [source, 'in/a', '4', md5, 'SSE-S3', owner],
      [source, 'in/b%20%22%C3%BC%22%2C', '10', expect.any(String), 'SSE-S3', owner],
    ]);
    expect(await writeInventories(server.granary)).toEqual({ reports: 0, failed: 0 });
  });

  test('of all versions has delete markers, the newest version of a key first, and every field', async () => {
    const { source, target } = await buckets();
    await s3.send(new PutBucketVersioningCommand({ Bucket: source, VersioningConfiguration: { Status: 'Enabled' } }));
    const first = await s3.send(
      new PutObjectCommand({ Bucket: source, Key: 'k', Body: 'one', ChecksumAlgorithm: 'SHA256' }),
    );
    await s3.send(new DeleteObjectCommand({ Bucket: source, Key: 'k' }));
    const OptionalFields = [
      ...['Size', 'LastModifiedDate', 'ETag', 'StorageClass', 'IsMultipartUploaded', 'ReplicationStatus'],
      ...['EncryptionStatus', 'ObjectLockRetainUntilDate', 'ObjectLockMode', 'ObjectLockLegalHoldStatus'],
      ...[
        'IntelligentTieringAccessTier',
        'BucketKeyStatus',
        'ChecksumAlgorithm',
        'ObjectAccessControlList',
        'ObjectOwner',
      ],
    ] as InventoryOptionalField[];
    await put(source, configuration(target, { OptionalFields, IncludedObjectVersions: 'All' }));
    await writeInventories(server.granary);
    const { manifest, rows } = await readReport(source, target);
    expect(manifest.fileSchema).toBe(`Bucket, Key, VersionId, IsLatest, IsDeleteMarker, ${OptionalFields.join(', ')}`);
    const [marker = [], version = []] = rows;
    const nothing = Array.from({ length: 12 }, () => '');
    expect(marker.slice(0, 5)).toEqual([source, 'k', expect.stringMatching(/^[0-9a-f]{16}$/), 'true', 'true']);
    expect([marker[5], ...marker.slice(7, -1)]).toEqual(['', ...nothing]);
    expect(version.slice(0, 11)).toEqual([
      ...[source, 'k', first.VersionId, 'false', 'false', '3', expect.stringMatching(/^\d{4}-.*Z$/)],
      ...[createHash('md5').update('one').digest('hex'), 'STANDARD', 'false', ''],
    ]);
    expect(version.slice(11, 18)).toEqual(['SSE-S3', '', '', '', '', '', 'SHA256']);
    expect(JSON.parse(Buffer.from(version[18] ?? '', 'base64').toString())).toEqual({
      ...{ version: '2022-11-10', status: 'AVAILABLE' },
      grants: [{ canonicalId: version[19], type: 'CanonicalUser', permission: 'FULL_CONTROL' }],
    });
  });

  test('of many versions goes on behind its last whole file after it was stopped', async () => {
    const { source, target } = await buckets();
    await s3.send(new PutObjectCommand({ Bucket: source, Key: 'first', Body: 'x' }));
    // More than a page of rows, without as many requests.
    await server.granary.database.pool.query(
      `INSERT INTO object_version (bucket_id, key, state, is_latest, is_null, delete_marker, size, etag, content_type, blob_id, stored_size)
       SELECT v.bucket_id, 'k' || lpad(n::text, 5, '0'), v.state, true, true, false, v.size, v.etag, v.content_type, v.blob_id, v.stored_size
       FROM object_version v JOIN bucket b ON b.id = v.bucket_id, generate_series(1, 2500) n
       WHERE b.name = $1 AND v.key = 'first'`,
      [source],
    );
    await put(source, configuration(target));
    let looks = 0;
    // Says that the process stops while the first file is written.
    const signal = Object.defineProperty(new EventTarget(), 'aborted', { get: () => looks++ > 0 }) as AbortSignal;
    expect(await writeInventories(server.granary, { rowsPerFile: 1000, signal })).toEqual({ reports: 0, failed: 0 });
    const begun = await s3.send(new ListObjectsV2Command({ Bucket: target }));
    expect(begun.Contents).toHaveLength(1);
    expect(await writeInventories(server.granary, { rowsPerFile: 1000 })).toEqual({ reports: 1, failed: 0 });
    const { manifest, rows } = await readReport(source, target);
    expect(manifest.files).toHaveLength(3);
    expect(manifest.files[0]?.key).toBe(begun.Contents?.[0]?.Key);
    expect([rows.length, new Set(rows.map(([, key]) => key)).size]).toEqual([2501, 2501]);
  });

  test('with a key of the tenant is sealed by it, and without the right to write says why', async () => {
    const { source, target } = await buckets();
    await server.graphql('mutation { createEncryptionKey(input: { name: "reports" }) { userErrors { message } } }');
    const Destination = {
      S3BucketDestination: {
        ...{ Bucket: `arn:aws:s3:::${target}`, Format: 'CSV' as const, Prefix: 'reports', AccountId: 'default' },
        Encryption: { SSEKMS: { KeyId: 'reports' } },
      },
    };
    await put(source, configuration(target, { Destination }));
    await s3.send(new DeleteBucketPolicyCommand({ Bucket: target }));
    expect(await writeInventories(server.granary)).toEqual({ reports: 0, failed: 1 });
    expect(server.problems.splice(0)).toEqual([expect.stringContaining('An inventory could not be written')]);
    const query =
      'query($name: String!) { bucket(name: $name) { inventories(first: 5) { nodes { id problem manifestKey reportedAt encryption { algorithm keyId } } } } }';
    const shown = async () => (await server.graphql(query, { name: source })).data.bucket.inventories.nodes;
    const encryption = { algorithm: 'KMS', keyId: 'reports' };
    expect(await shown()).toEqual([
      { id: 'daily', problem: expect.stringContaining(target), manifestKey: null, reportedAt: null, encryption },
    ]);
    // What is put anew has had no problem yet.
    await admit(source, target);
    await put(source, configuration(target, { Destination }));
    expect(await shown()).toMatchObject([{ id: 'daily', problem: null }]);
    const later = new Date(Date.now() + 2 * 3_600_000);
    expect(await writeInventories(server.granary, { now: later })).toEqual({ reports: 1, failed: 0 });
    const [{ manifestKey, problem }] = await shown();
    expect(problem).toBeNull();
    const head = await s3.send(new HeadObjectCommand({ Bucket: target, Key: manifestKey }));
    expect(head.ServerSideEncryption).toBe('aws:kms');
  });

  test('comes again after a day or a week, and not while it is disabled', async () => {
    const { source, target } = await buckets();
    const day = 86_400_000;
    const at = (days: number) => writeInventories(server.granary, { now: new Date(Date.now() + days * day) });
    await put(source, configuration(target, { Schedule: { Frequency: 'Weekly' } }));
    await at(0);
    expect(await refusalOf(put(source, configuration(target, { Id: 'off', IsEnabled: false })))).toBe('none');
    await server.granary.database.pool.query(
      `UPDATE named_configuration SET due_at = 'infinity' WHERE id = 'daily'
      AND bucket_id <> (SELECT id FROM bucket WHERE name = $1)`,
      [source],
    );
    expect([(await at(6)).reports, (await at(7.01)).reports, (await at(8)).reports]).toEqual([0, 1, 0]);
  });
});

describe('inventory configurations', () => {
  test('come back as they were put, by pages, and are taken away', async () => {
    const { source: Bucket, target } = await buckets();
    const full = configuration(target, {
      ...{ IsEnabled: false, Filter: { Prefix: 'a/' }, OptionalFields: ['Size' as const, 'ETag' as const] },
      Destination: {
        S3BucketDestination: {
          ...{ Bucket: `arn:aws:s3:::${target}`, Format: 'CSV' as const, Prefix: 'p', AccountId: 'default' },
          Encryption: { SSES3: {} },
        },
      },
    });
    await put(Bucket, full);
    const get = (Id: string) => s3.send(new GetBucketInventoryConfigurationCommand({ Bucket, Id }));
    expect((await get('daily')).InventoryConfiguration).toEqual(full);
    for (let i = 0; i < 100; i++) {
      await put(Bucket, configuration(target, { Id: `id-${String(i).padStart(3, '0')}`, IsEnabled: false }));
    }
    const list = (ContinuationToken?: string) =>
      s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket, ContinuationToken }));
    const first = await list();
    expect([first.IsTruncated, first.InventoryConfigurationList?.length]).toEqual([true, 100]);
    const second = await list(first.NextContinuationToken);
    expect(second.InventoryConfigurationList?.map(({ Id }) => Id)).toEqual(['id-099']);
    expect([second.IsTruncated, second.ContinuationToken]).toEqual([false, first.NextContinuationToken]);
    await s3.send(new DeleteBucketInventoryConfigurationCommand({ Bucket, Id: 'daily' }));
    expect(await refusalOf(get('daily'))).toBe('NoSuchConfiguration');
    const again = s3.send(new DeleteBucketInventoryConfigurationCommand({ Bucket, Id: 'daily' }));
    expect(await refusalOf(again)).toBe('NoSuchConfiguration');
  });

  test('are not found by an id that none can have, though one is like it', async () => {
    const { source: Bucket, target } = await buckets();
    await put(Bucket, configuration(target, { IsEnabled: false }));
    const Id = 'da ily';
    const get = s3.send(new GetBucketInventoryConfigurationCommand({ Bucket, Id }));
    const remove = s3.send(new DeleteBucketInventoryConfigurationCommand({ Bucket, Id }));
    expect([await refusalOf(get), await refusalOf(remove)]).toEqual(['NoSuchConfiguration', 'NoSuchConfiguration']);
    const mutation =
      'mutation($input: DeleteBucketInventoryInput!) { deleteBucketInventory(input: $input) { userErrors { code } } }';
    for (const id of ['da\0ily', 'daily\0', '\0', '\ud800']) {
      const { data, errors } = await server.graphql(mutation, { input: { bucket: Bucket, id } });
      expect([errors, data?.deleteBucketInventory.userErrors]).toEqual([undefined, [{ code: 'NOT_FOUND' }]]);
    }
    const ContinuationToken = formatToken('da\0');
    const list = s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket, ContinuationToken }));
    expect(await refusalOf(list)).toBe('InvalidArgument');
    const { InventoryConfigurationList } = await s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket }));
    expect(InventoryConfigurationList?.map(({ Id }) => Id)).toEqual(['daily']);
  });

  test('that cannot be are refused, and say why', async () => {
    const { source, target } = await buckets();
    const to = (more: object) => ({
      Destination: { S3BucketDestination: { Bucket: `arn:aws:s3:::${target}`, Format: 'CSV' as const, ...more } },
    });
    const refusals: [Partial<InventoryConfiguration>, string][] = [
      [to({ Format: 'ORC' }), 'NotImplemented'],
      [to({ Format: 'Parquet' }), 'NotImplemented'],
      [to({ Format: 'XLS' }), 'MalformedXML'],
      [to({ Bucket: 'arn:aws:s3:::no-such-bucket' }), 'InvalidS3DestinationBucket'],
      [to({ Bucket: target }), 'InvalidS3DestinationBucket'],
      [to({ AccountId: 'somebody-else' }), 'InvalidS3DestinationBucket'],
      [{ Id: 'not an id' }, 'InvalidArgument'],
      [{ IncludedObjectVersions: 'Some' as 'All' }, 'MalformedXML'],
      [{ Schedule: { Frequency: 'Hourly' as 'Daily' } }, 'MalformedXML'],
      [{ OptionalFields: ['Colour' as 'Size'] }, 'MalformedXML'],
      [{ OptionalFields: ['Size', 'Size'] }, 'InvalidArgument'],
    ];
    for (const [more, code] of refusals) {
      expect([more, await refusalOf(put(source, configuration(target, more)))]).toEqual([more, code]);
    }
    expect(await refusalOf(put(source, configuration(target), 'another'))).toBe('IdMismatch');
    expect(await refusalOf(put('no-such-bucket', configuration(target)))).toBe('NoSuchBucket');
    const set =
      'mutation($input: SetBucketInventoryInput!) { setBucketInventory(input: $input) { bucket { name } userErrors { code field } } }';
    const input = { bucket: source, id: 'x', destination: { bucket: 'no-such-bucket' } };
    expect((await server.graphql(set, { input })).data.setBucketInventory).toEqual({
      bucket: null,
      userErrors: [{ code: 'INVALID_INPUT', field: expect.arrayContaining(['destination', 'bucket']) }],
    });
  });
});
