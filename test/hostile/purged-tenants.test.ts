import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { collectGarbage } from '../../src/operations/blobs/collect-garbage.js';
import { removeDeletedBuckets } from '../../src/operations/buckets/remove-deleted-buckets.js';
import { purgeVersions } from '../../src/operations/objects/purge-versions.js';
import { runTenantPurges } from '../../src/operations/tenants/run-tenant-purges.js';
import { forgetEnded } from '../../src/operations/uploads/forget-ended.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type Member, openTenant } from './tenant-member.js';

const hour = 3_600_000;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ gcGraceSeconds: 0 });
});

afterAll(async () => {
  expect(server?.problems).toEqual([]);
  await server?.stop();
});

function clientOf({ accessKeyId, secretAccessKey }: Member): S3Client {
  return new S3Client({
    endpoint: server.s3Url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
}

async function mutate(name: string, input: object, token?: string) {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation($input: ${type}!) { ${name}(input: $input) { userErrors { code field } } }`;
  return (await server.graphql(query, { input }, token)).data[name].userErrors;
}

async function purgeOf(tenant: string) {
  const { data } = await server.graphql(
    `{ tenantPurges(first: 20) { nodes { tenantName state versions bytes buckets held finishedAt
      heldVersions(first: 20) { nodes { bucket key size mode legalHold } } } } }`,
  );
  const { tenantName, ...purge } = data.tenantPurges.nodes.find(
    (node: { tenantName: string }) => node.tenantName === tenant,
  );
  return purge;
}

/** All that the schedule would do in the days to come. */
async function doUpkeep(): Promise<void> {
  await runTenantPurges(server.granary);
  await purgeVersions(server.granary);
  await server.granary.database.pool.query(
    `UPDATE upload SET ended_at = now() - interval '2 days' WHERE state <> 'OPEN'`,
  );
  await forgetEnded(server.granary);
  await removeDeletedBuckets(server.granary);
  await runTenantPurges(server.granary);
  await collectGarbage(server.granary);
  await collectGarbage(server.granary);
}

async function rowsOf(tenantId: number): Promise<Record<string, number>> {
  const { rows } = await server.granary.database.pool.query(
    `SELECT (SELECT count(*)::int FROM tenant WHERE id = $1) AS tenants,
       (SELECT count(*)::int FROM user_account WHERE tenant_id = $1) AS users,
       (SELECT count(*)::int FROM bucket WHERE tenant_id = $1) AS buckets`,
    [tenantId],
  );
  return rows[0];
}

async function idOf(tenant: string): Promise<number> {
  const { rows } = await server.granary.database.pool.query('SELECT id FROM tenant WHERE name = $1', [tenant]);
  return rows[0].id;
}

/** Two buckets with all that buckets can hold, and nothing that is kept. */
async function fill(s3: S3Client): Promise<void> {
  for (const Bucket of ['plain', 'versioned']) {
    await s3.send(new CreateBucketCommand({ Bucket }));
    if (Bucket === 'versioned') {
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    }
    for (let i = 0; i < 30; i++) {
      await s3.send(new PutObjectCommand({ Bucket, Key: `key ${i % 20}`, Body: `content ${i}` }));
    }
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'key 1' }));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'open' }));
    await s3.send(new UploadPartCommand({ Bucket, Key: 'open', UploadId, PartNumber: 1, Body: 'part' }));
  }
}

test('a purge removes all of a tenant, tells how far it is, and touches no other', async () => {
  const [doomed, neighbour] = [await openTenant(server, 'doomed'), await openTenant(server, 'neighbour')];
  const [s3, others] = [clientOf(doomed), clientOf(neighbour)];
  await fill(s3);
  await fill(others);
  const id = await idOf('doomed');
  expect(await mutate('purgeTenant', { tenant: 'doomed', confirm: 'domed' })).toEqual([
    { code: 'INVALID_INPUT', field: ['input', 'confirm'] },
  ]);
  expect(await mutate('purgeTenant', { tenant: 'neighbour', confirm: 'neighbour' }, doomed.token)).toEqual([
    { code: 'DENIED', field: null },
  ]);
  expect(await mutate('purgeTenant', { tenant: 'default', confirm: 'default' })).toMatchObject([{ code: 'CONFLICT' }]);
  await mutate('updateBucket', { bucket: 'plain', trashSeconds: 3_600 }, doomed.token);
  await s3.send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'key 2' }));

  expect(await mutate('purgeTenant', { tenant: 'doomed', confirm: 'doomed' })).toEqual([]);
  expect(await mutate('purgeTenant', { tenant: 'doomed', confirm: 'doomed' })).toMatchObject([{ code: 'CONFLICT' }]);
  expect(await mutate('resumeTenant', { tenant: 'doomed' })).toMatchObject([{ code: 'CONFLICT' }]);
  await expect(s3.send(new GetObjectCommand({ Bucket: 'plain', Key: 'key 3' }))).rejects.toThrow('suspended');
  expect(await purgeOf('doomed')).toMatchObject({ state: 'RUNNING', versions: 0, finishedAt: null });

  await doUpkeep();
  expect(await purgeOf('doomed')).toMatchObject({
    state: 'COMPLETED',
    // 18 objects; and 30 versions and a delete marker.
    versions: 18 + 31,
    buckets: 2,
    held: 0,
    heldVersions: { nodes: [] },
  });
  expect(await rowsOf(id)).toEqual({ tenants: 0, users: 0, buckets: 0 });
  const { rows } = await server.granary.database.pool.query(
    `SELECT count(*)::int AS count FROM blob WHERE scope = $1 AND state <> 'pending'`,
    [id],
  );
  expect(rows[0].count).toBe(0);
  for (const Bucket of ['plain', 'versioned']) {
    const { Body } = await others.send(new GetObjectCommand({ Bucket, Key: 'key 0' }));
    expect(await Body?.transformToString()).toBe('content 20');
  }
  const events = await server.granary.database.pool.query(
    `SELECT DISTINCT action FROM event WHERE tenant_id = $1 AND action LIKE '%urge%' ORDER BY action`,
    [id],
  );
  expect(events.rows.map((row) => row.action)).toEqual([
    'granary:EndTenantPurge',
    'granary:PurgeTenant',
    'granary:PurgeVersions',
  ]);
  s3.destroy();
  others.destroy();
});

test('38: what retention or a hold keeps survives the purge of its tenant, and is listed', async () => {
  const member = await openTenant(server, 'bound');
  const s3 = clientOf(member);
  await s3.send(new CreateBucketCommand({ Bucket: 'kept', ObjectLockEnabledForBucket: true }));
  await fill(s3);
  const until = new Date(Date.now() + hour);
  const locks: Record<string, Partial<PutObjectCommandInput>> = {
    compliance: { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until },
    governance: { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until },
    held: { ObjectLockLegalHoldStatus: 'ON' },
    free: {},
  };
  const versions = new Map<string, string>();
  for (const [Key, lock] of Object.entries(locks)) {
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: 'kept', Key, Body: `the ${Key} one`, ...lock }));
    versions.set(Key, VersionId ?? '');
    // A newer version above, and a delete marker above that, do not weaken what is below.
    await s3.send(new PutObjectCommand({ Bucket: 'kept', Key, Body: 'newer' }));
    await s3.send(new DeleteObjectCommand({ Bucket: 'kept', Key }));
  }
  await mutate('purgeTenant', { tenant: 'bound', confirm: 'bound' });
  await doUpkeep();
  await doUpkeep();

  const purge = await purgeOf('bound');
  expect(purge).toMatchObject({ state: 'HELD', held: 3, buckets: 2 });
  expect(purge.heldVersions.nodes).toEqual([
    { bucket: 'kept', key: 'compliance', size: 18, mode: 'COMPLIANCE', legalHold: false },
    { bucket: 'kept', key: 'governance', size: 18, mode: 'GOVERNANCE', legalHold: false },
    { bucket: 'kept', key: 'held', size: 12, mode: null, legalHold: true },
  ]);
  for (const Key of ['compliance', 'governance', 'held']) {
    const address = { Bucket: 'bound:kept', Key, VersionId: versions.get(Key) };
    const { Body } = await server.s3.send(new GetObjectCommand(address));
    expect(await Body?.transformToString()).toBe(`the ${Key} one`);
  }
  expect(await mutate('deleteTenant', { tenant: 'bound' })).toMatchObject([{ code: 'CONFLICT' }]);
  const { data } = await server.graphql(
    '{ bucket(name: "kept", tenant: "bound") { usage { objects versions bytes countedBytes } } }',
  );
  expect(data.bucket.usage).toEqual({ objects: 3, versions: 3, bytes: 48, countedBytes: 48 });

  // Once the hold is lifted and the dates are past, a second purge ends what the first could not.
  await server.granary.database.pool.query(
    `ALTER TABLE object_version DISABLE TRIGGER object_version_keep_locked;
     UPDATE object_version SET legal_hold = false, retain_until = now() WHERE legal_hold OR retain_until IS NOT NULL;
     ALTER TABLE object_version ENABLE TRIGGER object_version_keep_locked`,
  );
  const id = await idOf('bound');
  await mutate('purgeTenant', { tenant: 'bound', confirm: 'bound' });
  await doUpkeep();
  expect(await purgeOf('bound')).toMatchObject({ state: 'COMPLETED', held: 0 });
  expect(await rowsOf(id)).toEqual({ tenants: 0, users: 0, buckets: 0 });
  s3.destroy();
});

test('a purge that was interrupted anywhere is gone on with', async () => {
  const member = await openTenant(server, 'resumed');
  const s3 = clientOf(member);
  await fill(s3);
  const id = await idOf('resumed');
  await server.granary.database.pool.query(
    `INSERT INTO object_version (bucket_id, key, is_latest, is_null, owner_id)
     SELECT b.id, 'many ' || n, true, true, b.owner_id FROM bucket b, generate_series(1, 1200) n
     WHERE b.tenant_id = $1 AND b.name = 'plain'`,
    [id],
  );
  await mutate('purgeTenant', { tenant: 'resumed', confirm: 'resumed' });
  // The process stops after the first batch, and another one after nothing at all.
  const reads = { count: 0 };
  const stopping = {
    get aborted() {
      reads.count += 1;
      return reads.count > 4;
    },
  } as unknown as AbortSignal;
  await runTenantPurges(server.granary, { signal: stopping });
  const halfway = await purgeOf('resumed');
  expect(halfway.state).toBe('RUNNING');
  await runTenantPurges(server.granary, { signal: AbortSignal.abort() });
  expect((await purgeOf('resumed')).state).toBe('RUNNING');
  await doUpkeep();
  expect(await purgeOf('resumed')).toMatchObject({ state: 'COMPLETED', versions: 19 + 31 + 1200, buckets: 2 });
  expect(halfway.versions).toBeGreaterThan(0);
  expect(halfway.versions).toBeLessThan(1250);
  expect(await rowsOf(id)).toEqual({ tenants: 0, users: 0, buckets: 0 });
  s3.destroy();
});
