import { apiKeyDigest, looksLikeApiKey, newApiKeySecret } from '../../../src/auth/api-key.js';
import { createBucket } from '../../../src/operations/buckets/create-bucket.js';
import { listBuckets } from '../../../src/operations/buckets/list-buckets.js';
import type { RequestContext } from '../../../src/operations/context.js';
import { createAccessKey } from '../../../src/operations/credentials/create-access-key.js';
import { createApiKey } from '../../../src/operations/credentials/create-api-key.js';
import { listApiKeys } from '../../../src/operations/credentials/list-api-keys.js';
import { revokeApiKey } from '../../../src/operations/credentials/revoke-api-key.js';
import { createUser } from '../../../src/operations/identities/create-user.js';
import { listUsers } from '../../../src/operations/identities/list-users.js';
import { createTenant } from '../../../src/operations/tenants/create-tenant.js';
import { eventually } from '../../support/process.js';
import { expectWithinASecond } from '../../support/within-a-second.js';
import { as, type IdentityFixture, openIdentityFixture, userOf } from './identity-fixture.js';

let fixture: IdentityFixture;
let ann: RequestContext;
const password = 'correct horse battery';
const denied = { kind: 'Denied' };

beforeAll(async () => {
  fixture = await openIdentityFixture();
  await createUser(fixture.admin, { username: 'ann', password });
  ann = await fixture.signIn('ann', password);
});
afterAll(() => fixture?.close());

async function withKey(secret: string, granary = fixture.granary): Promise<RequestContext | undefined> {
  const caller = await granary.credentials.findApiKey(secret);
  return caller === undefined ? undefined : as(granary, caller);
}

async function contextOf(secret: string): Promise<RequestContext> {
  const context = await withKey(secret);
  if (context === undefined) {
    throw new Error('The key stands for nobody');
  }
  return context;
}

test('a secret is recognized by its form and its checksum, and is random', () => {
  const secret = newApiKeySecret();
  expect(secret).toMatch(/^gr_[\dA-Za-z]{49}$/);
  expect(looksLikeApiKey(secret)).toBe(true);
  expect(apiKeyDigest(secret)).toHaveLength(32);
  const last = secret.endsWith('0') ? '1' : '0';
  for (const wrong of [`${secret.slice(0, -1)}${last}`, `${secret}0`, secret.slice(0, -1), secret.toUpperCase(), '']) {
    expect(apiKeyDigest(wrong)).toBeUndefined();
  }
  expect(newApiKeySecret()).not.toBe(secret);
});

test('a key stands for its user, with the key named, and is kept as a digest only', async () => {
  const { apiKey, secret } = await createApiKey(ann, { name: 'all of it', scopes: ['FULL'] });
  const caller = userOf(await contextOf(secret));
  expect(caller).toMatchObject({ username: 'ann', apiKeyId: apiKey.keyId, sessionPolicies: [] });
  expect(caller.sessionId).toBeUndefined();
  const { rows } = await fixture.granary.database.pool.query(
    'SELECT k::text FROM api_key k UNION ALL SELECT e::text FROM event e',
  );
  expect(JSON.stringify(rows)).not.toContain(secret.slice(3, 40));
  const { apiKeys } = await listApiKeys(ann, { limit: 10 });
  expect(apiKeys.map((key) => key.name)).toContain('all of it');
});

test('scopes narrow what the user may do, and a session policy narrows further', async () => {
  await createBucket(ann, { bucket: 'anns-bucket' });
  const read = await contextOf((await createApiKey(ann, { name: 'reads', scopes: ['OBJECTS_READ'] })).secret);
  expect((await listBuckets(read, { limit: 10 })).buckets.map(({ name }) => name)).toContain('anns-bucket');
  await expect(createBucket(read, { bucket: 'another' })).rejects.toMatchObject(denied);
  await expect(createApiKey(read, { name: 'more', scopes: ['FULL'] })).rejects.toMatchObject(denied);
  const manage = await contextOf((await createApiKey(ann, { name: 'makes', scopes: ['BUCKETS_MANAGE'] })).secret);
  await createBucket(manage, { bucket: 'made-by-key' });
  const Statement = [{ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::only-this' }];
  const sessionPolicy = { Version: '2012-10-17', Statement };
  const one = await createApiKey(ann, { name: 'one', scopes: ['BUCKETS_MANAGE'], sessionPolicy });
  const narrow = await contextOf(one.secret);
  await createBucket(narrow, { bucket: 'only-this' });
  await expect(createBucket(narrow, { bucket: 'not-that' })).rejects.toMatchObject(denied);
});

test('a scope gives nothing that the user has not', async () => {
  const { secret } = await createApiKey(ann, { name: 'ambitious', scopes: ['IDENTITY_MANAGE', 'IDENTITY_READ'] });
  const context = await contextOf(secret);
  await expect(listUsers(context, { limit: 10 })).rejects.toMatchObject(denied);
  await expect(createUser(context, { username: 'by-key' })).rejects.toMatchObject(denied);
});

test('a key makes no key that may do more or lives longer than itself', async () => {
  const expiresAt = new Date(Date.now() + 60_000);
  const scopes = ['IDENTITY_MANAGE', 'OBJECTS_READ'] as const;
  const first = await createApiKey(ann, { name: 'parent', scopes, expiresAt });
  const parent = await contextOf(first.secret);
  const child = await createApiKey(parent, { name: 'child', scopes: ['FULL'] });
  expect(child.apiKey.expiresAt).toEqual(expiresAt);
  await expect(createBucket(await contextOf(child.secret), { bucket: 'too-much' })).rejects.toMatchObject(denied);
  const later = new Date(Date.now() + 3_600_000);
  const { accessKey } = await createAccessKey(parent, { expiresAt: later });
  expect(accessKey.expiresAt).toEqual(expiresAt);
  const credential = await fixture.granary.credentials.findAccessKey(accessKey.accessKeyId);
  expect(credential?.caller.sessionPolicies).toHaveLength(1);
});

test('what is no good for a key is refused', async () => {
  const invalid = { kind: 'InvalidInput' };
  await expect(createApiKey(ann, { name: ' ', scopes: ['FULL'] })).rejects.toMatchObject(invalid);
  await expect(createApiKey(ann, { name: 'none', scopes: [] })).rejects.toMatchObject(invalid);
  await expect(createApiKey(ann, { name: 'past', scopes: ['FULL'], expiresAt: new Date(0) })).rejects.toMatchObject(
    invalid,
  );
  const sessionPolicy = { Version: '2012-10-17', Statement: [{ Effect: 'Maybe' }] };
  await expect(createApiKey(ann, { name: 'policy', scopes: ['FULL'], sessionPolicy })).rejects.toMatchObject({
    reason: 'MalformedPolicy',
  });
});

test('a key ends when it is revoked, in every process within a second, and with its time or its user', async () => {
  const other = await fixture.openAnother();
  const { apiKey, secret } = await createApiKey(ann, { name: 'revoked', scopes: ['FULL'] });
  expect(await withKey(secret, other)).toBeDefined();
  expect(await withKey(secret)).toBeDefined();
  await revokeApiKey(ann, { keyId: apiKey.keyId });
  const revokedAt = performance.now();
  expect(await withKey(secret)).toBeUndefined();
  await expectWithinASecond(revokedAt, async () => (await withKey(secret, other)) === undefined);
  await expect(revokeApiKey(ann, { keyId: apiKey.keyId })).rejects.toMatchObject({ kind: 'NotFound' });

  const brief = await createApiKey(ann, { name: 'brief', scopes: ['FULL'], expiresAt: new Date(Date.now() + 2000) });
  expect(await withKey(brief.secret)).toBeDefined();
  await eventually(async () => (await withKey(brief.secret)) === undefined);
});

test("nobody sees, makes or revokes another tenant's keys, nor those of stronger users", async () => {
  const { apiKey } = await createApiKey(fixture.admin, { name: 'of admin', scopes: ['FULL'] });
  await createTenant(fixture.admin, { name: 'acme' });
  await createUser(fixture.admin, { tenant: 'acme', username: 'boss', password, role: 'TENANT_ADMINISTRATOR' });
  const boss = await fixture.signIn('boss', password, 'acme');
  const { keyId } = apiKey;
  await expect(revokeApiKey(boss, { keyId })).rejects.toMatchObject({ kind: 'NotFound' });
  await expect(revokeApiKey(ann, { keyId })).rejects.toMatchObject(denied);
  const scopes = ['FULL'] as const;
  await expect(createApiKey(boss, { tenant: 'default', username: 'ann', name: 'x', scopes })).rejects.toMatchObject({
    kind: 'NotFound',
  });
  await expect(createApiKey(ann, { username: 'admin', name: 'x', scopes })).rejects.toMatchObject(denied);
  await expect(listApiKeys(ann, { username: 'admin', limit: 10 })).rejects.toMatchObject(denied);
  await expect(listApiKeys(ann, { after: 'no uuid', limit: 10 })).rejects.toMatchObject({ kind: 'InvalidInput' });
});
