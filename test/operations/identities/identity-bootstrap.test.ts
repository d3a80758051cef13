import { createAccessKey } from '../../../src/operations/credentials/create-access-key.js';
import { bootstrap } from '../../../src/operations/identities/bootstrap.js';
import { createUser } from '../../../src/operations/identities/create-user.js';
import { type IdentityFixture, openIdentityFixture, userOf } from './identity-fixture.js';

let fixture: IdentityFixture;

beforeEach(async () => {
  fixture = await openIdentityFixture();
});

afterEach(() => fixture?.close());

test('the first start makes an administrator and an access key that work, and shows them once', async () => {
  const { firstStart, granary, admin } = fixture;
  expect(firstStart).toMatchObject({
    tenant: 'default',
    username: 'admin',
    password: expect.stringMatching(/^.{24}$/),
  });
  expect(userOf(admin).role).toBe('ADMINISTRATOR');
  const key = await granary.credentials.findAccessKey(firstStart.accessKeyId);
  expect(key).toMatchObject({ secret: firstStart.secretAccessKey, caller: { username: 'admin' } });
  expect(await Promise.all([bootstrap(granary), bootstrap(granary)])).toEqual([null, null]);
  await fixture.signIn('admin', firstStart.password ?? '');
  const { rows } = await granary.database.pool.query(
    'SELECT (SELECT count(*) FROM user_account)::int AS users, (SELECT count(*) FROM access_key)::int AS keys',
  );
  expect(rows).toEqual([{ users: 1, keys: 1 }]);
});

test('nothing secret is readable in the database', async () => {
  const { firstStart, granary } = fixture;
  const { rows } = await granary.database.pool.query(
    `SELECT (SELECT json_agg(u) FROM user_account u)::text || (SELECT json_agg(e) FROM event e)::text
       || (SELECT encode(secret_sealed, 'escape') FROM access_key) AS everything`,
  );
  expect(rows[0].everything).toContain('argon2id');
  expect(rows[0].everything).not.toContain(firstStart.password);
  expect(rows[0].everything).not.toContain(firstStart.secretAccessKey);
});

test('a later start brings the password and the access key in line with its settings', async () => {
  const env = {
    GRANARY_ADMIN_PASSWORD: 'a new password',
    GRANARY_ROOT_ACCESS_KEY: 'ROOTKEY',
    GRANARY_ROOT_SECRET_KEY: 'root-secret-1',
  };
  expect(await bootstrap(await fixture.openAnother(env))).toBeNull();
  await fixture.signIn('admin', 'a new password');
  await expect(fixture.signIn('admin', fixture.firstStart.password ?? '')).rejects.toMatchObject({
    kind: 'Unauthenticated',
  });
  const changed = await fixture.openAnother({ ...env, GRANARY_ROOT_SECRET_KEY: 'root-secret-2' });
  expect((await changed.credentials.findAccessKey('ROOTKEY'))?.secret).toBe('root-secret-1');
  await bootstrap(changed);
  const again = await fixture.openAnother(env);
  expect((await again.credentials.findAccessKey('ROOTKEY'))?.secret).toBe('root-secret-2');
  expect((await again.credentials.findAccessKey(fixture.firstStart.accessKeyId))?.secret).toBe(
    fixture.firstStart.secretAccessKey,
  );
});

test("another user's access key is not taken over", async () => {
  await createUser(fixture.admin, { username: 'ann' });
  await createAccessKey(fixture.admin, { username: 'ann', accessKeyId: 'ANNSKEY', secretAccessKey: 'anns-secret' });
  const granary = await fixture.openAnother({
    GRANARY_ROOT_ACCESS_KEY: 'ANNSKEY',
    GRANARY_ROOT_SECRET_KEY: 'root-secret',
  });
  await expect(bootstrap(granary)).rejects.toMatchObject({ kind: 'InvalidInput' });
  expect((await granary.credentials.findAccessKey('ANNSKEY'))?.secret).toBe('anns-secret');
});
