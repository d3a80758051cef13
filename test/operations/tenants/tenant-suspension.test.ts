import { createHmac } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startGranary } from '../../../src/start.js';
import { type Member, openTenant } from '../../hostile/tenant-member.js';
import { eventually } from '../../support/process.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let other: Awaited<ReturnType<typeof startGranary>>;

const nothing = () => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };

beforeAll(async () => {
  server = await startTestServer();
  other = await startGranary(server.settings, { log, jobs: 'none' });
});

afterAll(async () => {
  await other?.stop();
  expect(server?.problems).toEqual([]);
  await server?.stop();
});

function clientOf(url: string, member: Member): S3Client {
  const { accessKeyId, secretAccessKey } = member;
  return new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    // It would tell of every answer that comes before a body is sent whole.
    logger: { trace: nothing, ...log },
    credentials: { accessKeyId, secretAccessKey },
  });
}

async function tenantMutation(name: string, input: object) {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const { data } = await server.graphql(
    `mutation($input: ${type}!) { ${name}(input: $input) { tenant { name suspendedAt } userErrors { code } } }`,
    { input },
  );
  return data[name];
}

const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::shared/*' }],
};

test('suspending a tenant stops all its keys, tokens, links and guests on every process; resuming brings them back', async () => {
  const member = await openTenant(server, 'acme');
  const make = `mutation($policy: JSON!) {
    createBucket(input: { name: "shared" }) { userErrors { code } }
    putBucketPolicy(input: { bucket: "shared", policy: $policy }) { userErrors { code message } }
  }`;
  expect((await server.graphql(make, { policy }, member.token)).data.putBucketPolicy.userErrors).toEqual([]);
  const clients = [server.s3Url, other.s3Url].map((url) => clientOf(url, member));
  const [here] = clients;
  await here?.send(new PutObjectCommand({ Bucket: 'shared', Key: 'a', Body: 'text' }));
  const link = '{ object(bucket: "shared", key: "a") { downloadUrl } }';
  const { downloadUrl } = (await server.graphql(link, {}, member.token)).data.object;
  const { refreshToken } = (
    await server.graphql(
      'mutation { login(input: { tenant: "acme", username: "boss", password: "a long password" }) { refreshToken } }',
    )
  ).data.login;

  const answers = async () => {
    const byKey = clients.map(async (s3) => {
      const error = await s3.send(new GetObjectCommand({ Bucket: 'shared', Key: 'a' })).catch((thrown) => thrown);
      return error instanceof Error ? `${error.name}: ${error.message}` : 'ok';
    });
    const byToken = [server.httpUrl, other.httpUrl].map(async (url) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${member.token}` };
      return (
        await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ viewer { user { id } } }"}' })
      ).status;
    });
    const byGuest = [server.s3Url, other.s3Url].map(async (url) => (await fetch(`${url}/acme:shared/a`)).status);
    const byLink = [server.httpUrl, other.httpUrl].map(
      async (url) => (await fetch(downloadUrl.replace(server.httpUrl, url))).status,
    );
    return Promise.all([...byKey, ...byToken, ...byGuest, ...byLink]);
  };
  expect(await answers()).toEqual(['ok', 'ok', 200, 200, 200, 200, 200, 200]);

  expect(await tenantMutation('suspendTenant', { tenant: 'acme' })).toEqual({
    tenant: { name: 'acme', suspendedAt: expect.any(String) },
    userErrors: [],
  });
  const refused = 'AccessDenied: The tenant is suspended.';
  const expected = [refused, refused, 403, 403, 403, 403, 403, 403];
  const began = performance.now();
  await eventually(async () => JSON.stringify(await answers()) === JSON.stringify(expected));
  expect(performance.now() - began).toBeLessThan(5_000);
  await expect(server.login('boss', 'a long password', 'acme')).rejects.toThrow('The tenant is suspended.');
  const refresh =
    'mutation($token: String!) { refreshSession(input: { refreshToken: $token }) { accessToken userErrors { code } } }';
  const renewed = await server.graphql(refresh, { token: refreshToken }, null);
  expect(renewed.data.refreshSession).toEqual({ accessToken: null, userErrors: [{ code: 'DENIED' }] });
  // A global administrator can still look after the data.
  const seen = await server.graphql('{ object(bucket: "shared", tenant: "acme", key: "a") { size } }');
  expect(seen.data.object.size).toBe(4);

  await tenantMutation('resumeTenant', { tenant: 'acme' });
  const open = ['ok', 'ok', 200, 200, 200, 200, 200, 200];
  await eventually(async () => JSON.stringify(await answers()) === JSON.stringify(open));
  expect((await server.graphql(refresh, { token: refreshToken }, null)).data.refreshSession.userErrors).toEqual([]);
  for (const client of clients) {
    client.destroy();
  }
});

test('a suspended tenant is shut to old signatures and to cookies as well', async () => {
  const member = await openTenant(server, 'older');
  const date = new Date().toUTCString();
  const digest = createHmac('sha1', member.secretAccessKey).update(`GET\n\n\n${date}\n/`).digest('base64');
  const list = async () => {
    const headers = { date, authorization: `AWS ${member.accessKeyId}:${digest}` };
    return (await fetch(server.s3Url, { headers })).status;
  };
  const view = async () => {
    const headers = { 'content-type': 'application/json', cookie: `granary-access=${member.token}` };
    const body = '{"query":"{ viewer { user { username } } }"}';
    return (await fetch(`${server.httpUrl}/graphql`, { method: 'POST', headers, body })).status;
  };
  expect([await list(), await view()]).toEqual([200, 200]);
  await tenantMutation('suspendTenant', { tenant: 'older' });
  expect([await list(), await view()]).toEqual([403, 401]);
  await tenantMutation('resumeTenant', { tenant: 'older' });
  expect([await list(), await view()]).toEqual([200, 200]);
});

test('a guest cannot tell which keys a suspended tenant has', async () => {
  const member = await openTenant(server, 'silent');
  const Resource = ['arn:aws:s3:::hushed', 'arn:aws:s3:::hushed/*'];
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: ['s3:GetObject', 's3:ListBucket'], Resource }];
  const make = `mutation($policy: JSON!) {
    createBucket(input: { name: "hushed" }) { userErrors { code } }
    putBucketPolicy(input: { bucket: "hushed", policy: $policy }) { userErrors { code } }
  }`;
  const { data } = await server.graphql(make, { policy: { Version: '2012-10-17', Statement } }, member.token);
  expect(data.putBucketPolicy.userErrors).toEqual([]);
  const client = clientOf(server.s3Url, member);
  await client.send(new PutObjectCommand({ Bucket: 'hushed', Key: 'there', Body: 'x' }));
  client.destroy();
  const statuses = async () => {
    const keys = ['there', 'missing'];
    return Promise.all(keys.map(async (key) => (await fetch(`${server.s3Url}/silent:hushed/${key}`)).status));
  };
  expect(await statuses()).toEqual([200, 404]);
  await tenantMutation('suspendTenant', { tenant: 'silent' });
  expect(await statuses()).toEqual([403, 403]);
});

test('who may suspend is a global administrator, and nobody suspends the tenant that all others depend on', async () => {
  const member = await openTenant(server, 'smith');
  const suspend = 'mutation { suspendTenant(input: { tenant: "smith" }) { userErrors { code } } }';
  expect((await server.graphql(suspend, {}, member.token)).data.suspendTenant.userErrors).toEqual([{ code: 'DENIED' }]);
  for (const verb of ['suspendTenant', 'deleteTenant']) {
    expect((await tenantMutation(verb, { tenant: 'default' })).userErrors).toEqual([{ code: 'CONFLICT' }]);
    expect((await tenantMutation(verb, { tenant: 'nobody' })).userErrors).toEqual([{ code: 'NOT_FOUND' }]);
  }
});

test('an upload that began before its tenant was suspended is not committed after it', async () => {
  const member = await openTenant(server, 'slow');
  await server.graphql('mutation { createBucket(input: { name: "late" }) { userErrors { code } } }', {}, member.token);
  const s3 = clientOf(server.s3Url, member);
  let finish: () => void = nothing;
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  async function* pieces() {
    yield Buffer.from('first half, ');
    await gate;
    yield Buffer.from('second half.');
  }
  const { Readable } = await import('node:stream');
  const upload = s3
    .send(new PutObjectCommand({ Bucket: 'late', Key: 'a', Body: Readable.from(pieces()), ContentLength: 24 }))
    .catch((thrown: Error) => thrown);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await tenantMutation('suspendTenant', { tenant: 'slow' });
  finish();
  expect(await upload).toMatchObject({ name: 'AccessDenied', message: 'The tenant is suspended.' });
  s3.destroy();
});

test('a tenant without buckets can be deleted with its users and keys, and its name is free', async () => {
  const member = await openTenant(server, 'passing');
  await server.graphql('mutation { createBucket(input: { name: "stays" }) { userErrors { code } } }', {}, member.token);
  expect((await tenantMutation('deleteTenant', { tenant: 'passing' })).userErrors).toEqual([{ code: 'CONFLICT' }]);
  await server.graphql(
    'mutation { deleteBucket(input: { bucket: "stays" }) { userErrors { code } } }',
    {},
    member.token,
  );
  expect(await tenantMutation('deleteTenant', { tenant: 'passing' })).toMatchObject({
    tenant: { name: 'passing' },
    userErrors: [],
  });
  const viewer = await server.graphql('{ viewer { user { username } } }', {}, member.token);
  expect(viewer.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  const s3 = clientOf(server.s3Url, member);
  await expect(s3.send(new GetObjectCommand({ Bucket: 'stays', Key: 'a' }))).rejects.toMatchObject({
    name: 'InvalidAccessKeyId',
  });
  s3.destroy();
  const { data } = await server.graphql('{ tenants(first: 100) { nodes { name } } }');
  expect(data.tenants.nodes).not.toContainEqual({ name: 'passing' });
  const again = await openTenant(server, 'passing');
  expect(again.accessKeyId).not.toBe(member.accessKeyId);
});

test('whatever refers to tenants and users is removed with them', async () => {
  const { rows } = await server.granary.database.pool.query(
    `SELECT c.conrelid::regclass || '.' || (SELECT attname FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[1]) AS reference
     FROM pg_constraint c WHERE c.contype = 'f' AND c.confdeltype = 'a'
       AND c.confrelid IN ('tenant'::regclass, 'user_account'::regclass) ORDER BY 1`,
  );
  // In removeDeletedTenants, or gone with the buckets before it.
  expect(rows.map((row) => row.reference)).toEqual([
    'bucket.owner_id',
    'bucket.tenant_id',
    'encryption_key.tenant_id',
    'ldap_directory.tenant_id',
    'policy.tenant_id',
    'upload.owner_id',
    'user_account.tenant_id',
    'user_group.tenant_id',
  ]);
});
