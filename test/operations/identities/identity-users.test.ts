import { setTimeout as pause } from 'node:timers/promises';
import type { RequestContext } from '../../../src/operations/context.js';
import { createAccessKey } from '../../../src/operations/credentials/create-access-key.js';
import { deleteAccessKey } from '../../../src/operations/credentials/delete-access-key.js';
import { countAccessKeys, listAccessKeys } from '../../../src/operations/credentials/list-access-keys.js';
import { createUser } from '../../../src/operations/identities/create-user.js';
import { getViewer } from '../../../src/operations/identities/get-viewer.js';
import { countUsers, listUsers } from '../../../src/operations/identities/list-users.js';
import {
  loadAccessKeysById,
  loadTenantsById,
  loadUsersById,
} from '../../../src/operations/identities/load-identities-by-id.js';
import { createTenant } from '../../../src/operations/tenants/create-tenant.js';
import { countTenants, listTenants } from '../../../src/operations/tenants/list-tenants.js';
import { as, type IdentityFixture, openIdentityFixture, userOf } from './identity-fixture.js';

const password = 'correct horse battery';
let fixture: IdentityFixture;
let admin: RequestContext;
let acmeAdmin: RequestContext;
let ann: RequestContext;
let reader: RequestContext;

beforeAll(async () => {
  fixture = await openIdentityFixture();
  admin = fixture.admin;
  await createTenant(admin, { name: 'acme', displayName: 'Acme Ltd' });
  await createTenant(admin, { name: 'globex' });
  const tenant = 'acme';
  await createUser(admin, { tenant, username: 'boss', password, role: 'TENANT_ADMINISTRATOR' });
  await createUser(admin, { tenant, username: 'root', password, role: 'ADMINISTRATOR' });
  acmeAdmin = await fixture.signIn('boss', password, tenant);
  await createUser(acmeAdmin, { username: 'ann', password, displayName: 'Ann', email: 'ann@example.com' });
  await createUser(acmeAdmin, { username: 'reader', password, role: 'READ_ONLY' });
  await createUser(admin, { tenant: 'globex', username: 'ann', password });
  ann = await fixture.signIn('ann', password, tenant);
  reader = await fixture.signIn('reader', password, tenant);
});

afterAll(() => fixture?.close());

const denied = { kind: 'Denied' };

/** The user as an access key of it stands for it. */
function withoutSession(context: RequestContext) {
  const { sessionId: _, ...user } = userOf(context);
  return user;
}

describe('tenants', () => {
  test('are made by administrators only, once, and with names like DNS labels', async () => {
    await expect(createTenant(acmeAdmin, { name: 'other' })).rejects.toMatchObject(denied);
    await expect(createTenant(admin, { name: 'acme' })).rejects.toMatchObject({
      kind: 'Conflict',
      reason: 'TenantAlreadyExists',
      field: ['input', 'name'],
    });
    for (const name of ['', 'ab', 'Acme', '-abc', 'abc-', 'a_b', 'a.b', 'x'.repeat(64), 'abc\u0000', 'äöü']) {
      await expect(createTenant(admin, { name })).rejects.toMatchObject({
        kind: 'InvalidInput',
        field: ['input', 'name'],
      });
    }
  });

  test('are all listed to an administrator, page by page both ways; others see their own', async () => {
    const names = async (page: Parameters<typeof listTenants>[1]) => {
      const { tenants, truncated } = await listTenants(admin, page);
      return [tenants.map(({ name }) => name), truncated];
    };
    expect(await names({ limit: 2 })).toEqual([['acme', 'default'], true]);
    expect(await names({ limit: 2, after: 'default' })).toEqual([['globex'], false]);
    expect(await names({ limit: 2, direction: 'backward' })).toEqual([['default', 'globex'], true]);
    expect(await names({ limit: 2, direction: 'backward', after: 'default' })).toEqual([['acme'], false]);
    await expect(listTenants(admin, { limit: 1, after: 'a\u0000' })).rejects.toMatchObject({ kind: 'InvalidInput' });
    expect(await countTenants(admin)).toBe(3);
    expect((await listTenants(ann, { limit: 10 })).tenants.map(({ name }) => name)).toEqual(['acme']);
    expect(await countTenants(ann)).toBe(1);
  });
});

describe('users', () => {
  test('of one name may be in two tenants, and come back as they were made', async () => {
    expect((await getViewer(ann)).user).toMatchObject({
      username: 'ann',
      displayName: 'Ann',
      email: 'ann@example.com',
      role: 'MEMBER',
      canonicalId: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await getViewer(ann)).tenant).toMatchObject({ name: 'acme', displayName: 'Acme Ltd' });
    await expect(createUser(acmeAdmin, { username: 'ann' })).rejects.toMatchObject({
      kind: 'Conflict',
      reason: 'UserAlreadyExists',
      field: ['input', 'username'],
    });
  });

  test('are made by administrators of all kinds, but a tenant administrator reaches no further than its tenant', async () => {
    await expect(createUser(ann, { username: 'x' })).rejects.toMatchObject(denied);
    await expect(createUser(reader, { username: 'x' })).rejects.toMatchObject(denied);
    await expect(createUser(acmeAdmin, { username: 'x', role: 'ADMINISTRATOR' })).rejects.toMatchObject(denied);
    await expect(createUser(acmeAdmin, { username: 'x', canonicalId: 'abc' })).rejects.toMatchObject(denied);
    for (const tenant of ['globex', 'nowhere', 'bad\u0000']) {
      await expect(createUser(acmeAdmin, { tenant, username: 'x' })).rejects.toMatchObject({
        kind: 'NotFound',
        reason: 'NoSuchTenant',
      });
    }
    const anonymous = as(fixture.granary, { kind: 'anonymous', tenantId: 1, tenantName: 'default' });
    await expect(createUser(anonymous, { username: 'x' })).rejects.toMatchObject({ kind: 'Unauthenticated' });
  });

  test.each([
    ['username', { username: '' }],
    ['username', { username: 'a b' }],
    ['username', { username: 'x'.repeat(65) }],
    ['username', { username: 'a\u0000' }],
    ['password', { password: 'seven77' }],
    ['password', { password: 'x'.repeat(1025) }],
    ['email', { email: 'nowhere' }],
    ['displayName', { displayName: 'a\nb' }],
    ['displayName', { displayName: '\ud800' }],
    ['canonicalId', { canonicalId: 'a/b' }],
  ])('are refused with a wrong %s: %j', async (field, change) => {
    await expect(createUser(admin, { username: 'fine', ...change })).rejects.toMatchObject({
      kind: 'InvalidInput',
      field: ['input', field],
    });
  });

  test('take an imported canonical id, once', async () => {
    const user = await createUser(admin, { username: 'imported', canonicalId: 'cafe-1' });
    expect(user.canonicalId).toBe('cafe-1');
    await expect(createUser(admin, { username: 'another', canonicalId: 'cafe-1' })).rejects.toMatchObject({
      kind: 'Conflict',
      field: ['input', 'canonicalId'],
    });
  });

  test('are listed to administrators, of the own tenant or of a named one', async () => {
    const page = await listUsers(acmeAdmin, { limit: 2, after: 'ann' });
    expect(page.users.map(({ username }) => username)).toEqual(['boss', 'reader']);
    expect(page.truncated).toBe(true);
    expect(await countUsers(acmeAdmin, {})).toBe(4);
    expect((await listUsers(admin, { tenant: 'globex', limit: 10 })).users).toHaveLength(1);
    await expect(listUsers(acmeAdmin, { tenant: 'globex', limit: 10 })).rejects.toMatchObject({ kind: 'NotFound' });
    await expect(listUsers(ann, { limit: 10 })).rejects.toMatchObject(denied);
  });
});

describe('access keys', () => {
  const find = (id: string) => fixture.granary.credentials.findAccessKey(id);

  test('are made by everyone for themselves and work with the rights of their user', async () => {
    for (const context of [admin, acmeAdmin, ann, reader]) {
      const { accessKey, secretAccessKey } = await createAccessKey(context, { description: 'laptop' });
      expect(accessKey).toMatchObject({
        accessKeyId: expect.stringMatching(/^GK[A-Z2-7]{18}$/),
        description: 'laptop',
      });
      expect(secretAccessKey).toMatch(/^[A-Za-z0-9_-]{40}$/);
      expect(await find(accessKey.accessKeyId)).toEqual({
        secret: secretAccessKey,
        caller: { ...withoutSession(context), accessKeyId: accessKey.accessKeyId },
      });
    }
  });

  test('are made for others by who manages them only', async () => {
    await expect(createAccessKey(ann, { username: 'reader' })).rejects.toMatchObject(denied);
    await expect(createAccessKey(acmeAdmin, { username: 'root' })).rejects.toMatchObject(denied);
    await expect(createAccessKey(acmeAdmin, { tenant: 'globex', username: 'ann' })).rejects.toMatchObject({
      kind: 'NotFound',
    });
    await expect(createAccessKey(acmeAdmin, { username: 'nobody' })).rejects.toMatchObject({ reason: 'NoSuchUser' });
    await createAccessKey(acmeAdmin, { username: 'ann' });
    const { accessKey } = await createAccessKey(admin, { tenant: 'globex', username: 'ann' });
    expect((await find(accessKey.accessKeyId))?.caller).toMatchObject({ tenantName: 'globex', username: 'ann' });
  });

  test('are imported by administrators, whole and once', async () => {
    const pair = { accessKeyId: 'AKIA.old_key-1', secretAccessKey: 'old/secret+' };
    expect((await createAccessKey(admin, pair)).secretAccessKey).toBe(pair.secretAccessKey);
    await expect(createAccessKey(admin, pair)).rejects.toMatchObject({
      kind: 'Conflict',
      reason: 'AccessKeyAlreadyExists',
    });
    await expect(createAccessKey(acmeAdmin, pair)).rejects.toMatchObject(denied);
    for (const [field, change] of [
      ['secretAccessKey', { secretAccessKey: undefined }],
      ['accessKeyId', { accessKeyId: undefined }],
      ['accessKeyId', { accessKeyId: 'a/b' }],
      ['secretAccessKey', { secretAccessKey: 'short' }],
      ['secretAccessKey', { secretAccessKey: 'with a space' }],
      ['expiresAt', { accessKeyId: 'fresh', expiresAt: new Date(Date.now() - 1000) }],
    ] as const) {
      await expect(createAccessKey(admin, { ...pair, ...change })).rejects.toMatchObject({
        kind: 'InvalidInput',
        field: ['input', field],
      });
    }
  });

  test('end when they expire, also while they are remembered', async () => {
    const expiresAt = new Date(Date.now() + 2000);
    const { accessKey } = await createAccessKey(ann, { expiresAt });
    expect(await find(accessKey.accessKeyId)).toBeDefined();
    await pause(Number(expiresAt) - Date.now() + 50);
    expect(await find(accessKey.accessKeyId)).toBeUndefined();
  });

  test('that were deleted stop working at once here, and soon in other processes', async () => {
    const other = await fixture.openAnother();
    const { accessKey } = await createAccessKey(ann, {});
    const { accessKeyId } = accessKey;
    expect(await find(accessKeyId)).toBeDefined();
    expect(await other.credentials.findAccessKey(accessKeyId)).toBeDefined();
    await deleteAccessKey(acmeAdmin, { accessKeyId });
    expect(await find(accessKeyId)).toBeUndefined();
    const until = Date.now() + 5000;
    while ((await other.credentials.findAccessKey(accessKeyId)) !== undefined && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await other.credentials.findAccessKey(accessKeyId)).toBeUndefined();
  });

  test('of others are deleted by who manages them only; of other tenants they do not exist', async () => {
    const missing = { kind: 'NotFound', reason: 'NoSuchAccessKey' };
    const { accessKeyId } = (await createAccessKey(ann, {})).accessKey;
    const foreign = (await createAccessKey(admin, { tenant: 'globex', username: 'ann' })).accessKey.accessKeyId;
    const powerful = (await createAccessKey(admin, { tenant: 'acme', username: 'root' })).accessKey.accessKeyId;
    await expect(deleteAccessKey(reader, { accessKeyId })).rejects.toMatchObject(missing);
    await expect(deleteAccessKey(acmeAdmin, { accessKeyId: foreign })).rejects.toMatchObject(missing);
    await expect(deleteAccessKey(acmeAdmin, { accessKeyId: powerful })).rejects.toMatchObject(denied);
    await expect(deleteAccessKey(admin, { accessKeyId: '\u0000' })).rejects.toMatchObject(missing);
    await deleteAccessKey(ann, { accessKeyId });
    await expect(deleteAccessKey(ann, { accessKeyId })).rejects.toMatchObject(missing);
  });

  test('are listed without their secrets', async () => {
    const mine = await listAccessKeys(reader, { limit: 10 });
    expect(mine.accessKeys).toHaveLength(1);
    expect(await countAccessKeys(reader, {})).toBe(1);
    expect(mine.accessKeys[0]?.secretSealed).toBeUndefined();
    await expect(listAccessKeys(reader, { username: 'ann', limit: 10 })).rejects.toMatchObject(denied);
    expect((await listAccessKeys(acmeAdmin, { username: 'reader', limit: 10 })).accessKeys).toHaveLength(1);
  });
});

test('loading by id gives null for what the caller may not see', async () => {
  const acmeUsers = (await listUsers(admin, { tenant: 'acme', limit: 10 })).users;
  const [foreign] = (await listUsers(admin, { tenant: 'globex', limit: 1 })).users;
  const annId = userOf(ann).userId;
  const ids = [annId, foreign?.id ?? 0, 999_999, annId];
  expect((await loadUsersById(ann, ids)).map((user) => user?.username)).toEqual(['ann', undefined, undefined, 'ann']);
  expect((await loadUsersById(admin, ids)).map((user) => user?.username)).toEqual(['ann', 'ann', undefined, 'ann']);
  const tenantIds = [userOf(ann).tenantId, userOf(admin).tenantId];
  expect((await loadTenantsById(ann, tenantIds)).map((tenant) => tenant?.name)).toEqual(['acme', undefined]);
  expect((await loadTenantsById(admin, tenantIds)).map((tenant) => tenant?.name)).toEqual(['acme', 'default']);
  const key = (await createAccessKey(ann, {})).accessKey.accessKeyId;
  expect(await loadAccessKeysById(reader, [key])).toEqual([null]);
  expect((await loadAccessKeysById(ann, [key, 'none'])).map((found) => found?.accessKeyId)).toEqual([key, undefined]);
  expect((await loadAccessKeysById(acmeAdmin, [key]))[0]?.accessKeyId).toBe(key);
  expect(acmeUsers.length).toBeGreaterThan(0);
});

test('every change left an event with its actor and without a secret', async () => {
  for (const action of [
    'granary:CreateTenant',
    'granary:CreateUser',
    'granary:CreateAccessKey',
    'granary:DeleteAccessKey',
  ]) {
    const events = await fixture.events(action);
    expect(events.filter(({ actorId }) => actorId !== null).length).toBeGreaterThan(0);
    expect(JSON.stringify(events)).not.toMatch(/old\/secret|correct horse/);
  }
});
