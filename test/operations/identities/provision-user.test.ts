import { type ProvisionUserInput, provisionUser } from '../../../src/operations/identities/provision-user.js';
import { type IdentityFixture, openIdentityFixture, origin } from './identity-fixture.js';

let fixture: IdentityFixture;
let tenantId: number;

beforeAll(async () => {
  fixture = await openIdentityFixture();
  tenantId = fixture.admin.caller.tenantId;
});

afterAll(() => fixture?.close());

function provision(input: Partial<ProvisionUserInput> & { username: string }) {
  return fixture.granary.database.transaction((tx) =>
    provisionUser(tx, origin, {
      ...{ source: 'LDAP', providerId: 'd1', externalId: `id-of-${input.username}`, tenantId },
      ...{ role: 'MEMBER', disabled: false },
      ...input,
    }),
  );
}

async function rowOf(userId: number) {
  const text = `SELECT username, display_name, email, role, password_hash, source, disabled, disabled_by_source
                FROM user_account WHERE id = $1`;
  return (await fixture.granary.database.pool.query(text, [userId])).rows[0];
}

test('a user appears at its first sign-in, without a password, and is itself at the next one', async () => {
  const first = await provision({ username: 'ann', displayName: 'Ann Example', email: 'ann@example.com' });
  expect(await rowOf(first.userId)).toEqual({
    ...{ username: 'ann', display_name: 'Ann Example', email: 'ann@example.com', role: 'MEMBER', source: 'LDAP' },
    ...{ password_hash: null, disabled: false, disabled_by_source: false },
  });
  expect(await provision({ username: 'ann', displayName: 'Ann Example', email: 'ann@example.com' })).toEqual(first);
  const created = (await fixture.events('granary:CreateUser')).filter(
    ({ details }) => (details as { username?: string }).username === 'ann',
  );
  expect(created).toHaveLength(1);
  expect(await fixture.events('granary:UpdateUser')).toEqual([]);
});

test('a later sign-in brings name, role and address up to date, which running processes learn', async () => {
  const { userId } = await provision({ username: 'bob' });
  expect(await fixture.granary.credentials.findUser(userId)).toMatchObject({ username: 'bob', role: 'MEMBER' });
  await provision({ username: 'robert', externalId: 'id-of-bob', role: 'READ_ONLY', email: 'no address' });
  expect(await rowOf(userId)).toMatchObject({ username: 'robert', role: 'READ_ONLY', email: null });
  const { granary } = fixture;
  for (let tries = 0; (await granary.credentials.findUser(userId))?.username !== 'robert' && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await granary.credentials.findUser(userId)).toMatchObject({ username: 'robert', role: 'READ_ONLY' });
  const [event] = await fixture.events('granary:UpdateUser');
  expect(event?.details).toMatchObject({ changed: { username: 'robert', role: 'READ_ONLY' } });
});

test('nobody is taken over by a namesake: neither a local user nor one of another provider', async () => {
  await expect(provision({ username: fixture.firstStart.username })).rejects.toMatchObject({
    ...{ kind: 'Conflict', message: expect.stringContaining('a local user') },
  });
  await provision({ username: 'carol' });
  await expect(provision({ username: 'carol', source: 'OIDC', providerId: 'o1' })).rejects.toMatchObject({
    ...{ kind: 'Conflict', message: expect.stringContaining('source LDAP') },
  });
  await expect(provision({ username: 'carol', externalId: 'a-later-carol' })).rejects.toMatchObject({
    kind: 'Conflict',
  });
  await expect(
    provision({ username: 'dave' }).then(() => provision({ username: 'carol', externalId: 'id-of-dave' })),
  ).rejects.toMatchObject({ kind: 'Conflict' });
  const { caller } = fixture.admin;
  const canonicalId = caller.kind === 'user' ? caller.canonicalId : '';
  await expect(provision({ username: canonicalId })).rejects.toMatchObject({ kind: 'Conflict' });
});

test('the source disables and enables again, but not what an administrator disabled', async () => {
  const { userId } = await provision({ username: 'erin' });
  expect(await provision({ username: 'erin', disabled: true })).toEqual({ userId, disabled: true });
  expect(await fixture.granary.credentials.findUser(userId)).toBeUndefined();
  expect(await provision({ username: 'erin' })).toEqual({ userId, disabled: false });
  await fixture.granary.database.pool.query('UPDATE user_account SET disabled = true WHERE id = $1', [userId]);
  expect(await provision({ username: 'erin' })).toEqual({ userId, disabled: true });
  await provision({ username: 'erin', disabled: true });
  expect(await rowOf(userId)).toMatchObject({ disabled: true, disabled_by_source: false });
});

test('two first sign-ins at once make one user', async () => {
  const made = await Promise.all([1, 2, 3, 4].map(() => provision({ username: 'frank' })));
  expect(new Set(made.map(({ userId }) => userId)).size).toBe(1);
});

test('a name that no user can have is refused', async () => {
  await expect(provision({ username: 'has space' })).rejects.toMatchObject({ kind: 'InvalidInput' });
  await expect(provision({ username: '' })).rejects.toMatchObject({ kind: 'InvalidInput' });
});

test('groups and policies come and go with the source; what people gave here stays', async () => {
  const { pool } = fixture.granary.database;
  await pool.query(
    `INSERT INTO user_group (tenant_id, name) SELECT $1, unnest(ARRAY['writers', 'readers', 'friends'])`,
    [tenantId],
  );
  await pool.query(`INSERT INTO policy (tenant_id, name, document) SELECT $1, unnest(ARRAY['a', 'b']), '{}'`, [
    tenantId,
  ]);
  const has = async (userId: number) => {
    const groups = await pool.query(
      'SELECT name FROM user_group_member m JOIN user_group g ON g.id = m.group_id WHERE user_id = $1 ORDER BY 1',
      [userId],
    );
    const policies = await pool.query(
      'SELECT name FROM policy_attachment a JOIN policy p ON p.id = a.policy_id WHERE user_id = $1 ORDER BY 1',
      [userId],
    );
    return [groups.rows.map(({ name }) => name), policies.rows.map(({ name }) => name)];
  };
  const { userId } = await provision({ username: 'grace', groups: ['writers', 'no such group'], policies: ['a'] });
  expect(await has(userId)).toEqual([['writers'], ['a']]);
  await pool.query(
    `INSERT INTO user_group_member (group_id, user_id) SELECT id, $1 FROM user_group WHERE name = 'friends'`,
    [userId],
  );
  await provision({ username: 'grace', groups: ['readers'], policies: ['a', 'b'] });
  expect(await has(userId)).toEqual([
    ['friends', 'readers'],
    ['a', 'b'],
  ]);
  await provision({ username: 'grace' });
  expect(await has(userId)).toEqual([
    ['friends', 'readers'],
    ['a', 'b'],
  ]);
  await provision({ username: 'grace', groups: [], policies: [] });
  expect(await has(userId)).toEqual([['friends'], []]);
  const updates = (await fixture.events('granary:UpdateUser')).filter(
    ({ details }) => (details as { username?: string }).username === 'grace',
  );
  expect(updates.map(({ details }) => (details as { changed: object }).changed)).toEqual([
    { joined: ['readers'], left: ['writers'], attached: ['b'] },
    { left: ['readers'], detached: ['a', 'b'] },
  ]);
});

test('the quota of a tenant holds for users that a source brings along', async () => {
  const { pool } = fixture.granary.database;
  const { rows } = await pool.query(
    `INSERT INTO tenant (name, display_name, canonical_id, quota) VALUES ('small', 'Small', 'c-small', '{"users": 1}')
     RETURNING id::int`,
  );
  const small = { tenantId: rows[0].id };
  await provision({ username: 'henry', ...small });
  await expect(provision({ username: 'iris', ...small })).rejects.toMatchObject({ kind: 'QuotaExceeded' });
  await provision({ username: 'henry', ...small, role: 'READ_ONLY' });
});
