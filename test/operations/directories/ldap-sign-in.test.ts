import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { rotateKeys } from '../../../src/operations/encryption/rotate-keys.js';
import { people } from '../../support/directory-people.js';
import { testUnless } from '../../support/programs.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { type Slapd, slapdProblem, startSlapd } from '../../support/slapd.js';
import { bindPassword, directoryInput, mutate, signIn } from './ldap-fixture.js';

const problem = slapdProblem();
let server: TestServer;
let slapd: Slapd;

beforeAll(async () => {
  if (problem !== undefined) {
    return;
  }
  // Every look at a directory's user is a new one.
  [server, slapd] = await Promise.all([startTestServer({ directoryRecheckSeconds: 0 }), startSlapd()]);
  slapd.apply(people(slapd.baseDn));
  await server.graphql('mutation { createTenant(input: { name: "acme" }) { userErrors { message } } }');
  const { pool } = server.granary.database;
  await pool.query(`INSERT INTO user_group (tenant_id, name) SELECT id, 'writers' FROM tenant WHERE name = 'default'`);
  expect(await mutate(server, 'createLdapDirectory', directoryInput(slapd), 'directory { name }')).toEqual({
    ...{ directory: { name: 'corp' }, userErrors: [] },
  });
}, 60_000);

afterAll(async () => {
  await server?.stop();
  await slapd?.stop();
});

function check(): Promise<{ checked: number }> {
  return server.granary.directories.checkUsers({ signal: new AbortController().signal });
}

async function stateOf(username: string) {
  const text = 'SELECT disabled, role, display_name, email FROM user_account WHERE username = $1';
  return (await server.granary.database.pool.query(text, [username])).rows[0];
}

/** An S3 client with a key of a user. */
async function s3Of(username: string): Promise<S3Client> {
  const selection = 'accessKey { accessKeyId } secretAccessKey';
  const { accessKey, secretAccessKey } = await mutate(server, 'createAccessKey', { username }, selection);
  const { accessKeyId } = accessKey;
  const credentials = { accessKeyId, secretAccessKey };
  return new S3Client({
    ...{ endpoint: server.s3Url, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 },
  });
}

testUnless(problem, 'a user of the directory appears at its first sign-in, in the groups of its mapping', async () => {
  expect(await stateOf('ann')).toBeUndefined();
  const { data } = await signIn(server, 'ann', 'ann-password');
  expect(data.login).toMatchObject({
    userErrors: [],
    user: { username: 'ann', role: 'MEMBER', source: 'LDAP', displayName: 'Ann Example', email: 'ann@example.com' },
  });
  const { rows } = await server.granary.database.pool.query(
    `SELECT g.name, m.source FROM user_group_member m JOIN user_group g ON g.id = m.group_id
     JOIN user_account u ON u.id = m.user_id WHERE u.username = 'ann'`,
  );
  expect(rows).toEqual([{ name: 'writers', source: 'LDAP' }]);
});

testUnless(problem, 'wrong, unknown, empty and locked are refused alike, and nobody appears', async () => {
  for (const [username, password] of [
    ['bob', 'wrong'],
    ['nobody', 'bob-password'],
    ['bob', ''],
    ['locked', 'locked-password'],
    // In no group that means anything here.
    ['dave', 'dave-password'],
    ['*', 'bob-password'],
    ['*)(uid=*', 'bob-password'],
  ] as const) {
    const { data } = await signIn(server, username, password);
    expect(data.login).toMatchObject({ accessToken: null, userErrors: [{ code: 'UNAUTHENTICATED' }] });
  }
  const { rows } = await server.granary.database.pool.query(
    `SELECT username FROM user_account WHERE source = 'LDAP' AND username <> 'ann'`,
  );
  expect(rows).toEqual([]);
});

testUnless(problem, 'groups decide the tenant: who is of one is not of another', async () => {
  expect((await signIn(server, 'carol', 'carol-password')).data.login.user).toBeNull();
  expect((await signIn(server, 'carol', 'carol-password', 'acme')).data.login.user).toMatchObject({
    ...{ username: 'carol', role: 'TENANT_ADMINISTRATOR' },
  });
  expect((await signIn(server, 'ann', 'ann-password', 'acme')).data.login.user).toBeNull();
});

testUnless(problem, 'nobody is taken over: local users sign in here, and their names stay theirs', async () => {
  const { login } = (await signIn(server, 'admin', server.adminPassword)).data;
  expect(login.user).toMatchObject({ username: 'admin', source: 'LOCAL' });
  await mutate(server, 'createUser', { username: 'bob', password: 'a local password' }, 'user { id }');
  expect((await signIn(server, 'bob', 'bob-password')).data.login.user).toBeNull();
  // The directory knows no case and calls this one Bob.
  expect((await signIn(server, 'BOB', 'bob-password')).data.login.userErrors).toMatchObject([{ code: 'CONFLICT' }]);
});

testUnless(problem, 'each sign-in brings the user up to date', async () => {
  slapd.apply(`dn: uid=ann,ou=people,${slapd.baseDn}\nchangetype: modify\nreplace: mail\nmail: new@example.com\n`);
  await signIn(server, 'ann', 'ann-password');
  expect(await stateOf('ann')).toMatchObject({ email: 'new@example.com' });
});

testUnless(
  problem,
  'who is locked in the directory is disabled here with all keys, and enabled when it is back',
  async () => {
    const s3 = await s3Of('ann');
    await s3.send(new ListBucketsCommand({}));
    const { accessToken } = (await signIn(server, 'ann', 'ann-password')).data.login;
    const change = (what: string) => slapd.apply(`dn: uid=ann,ou=people,${slapd.baseDn}\nchangetype: modify\n${what}`);
    change('add: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n');
    expect(await check()).toEqual({ checked: 2 });
    expect(await stateOf('ann')).toMatchObject({ disabled: true });
    await expect(s3.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
    expect((await server.graphql('{ viewer { user { id } } }', {}, accessToken)).errors).toBeDefined();
    expect((await signIn(server, 'ann', 'ann-password')).data.login.user).toBeNull();
    change('delete: pwdAccountLockedTime\n');
    expect((await signIn(server, 'ann', 'ann-password')).data.login.user).toMatchObject({ username: 'ann' });
    await s3.send(new ListBucketsCommand({}));
    s3.destroy();
  },
);

testUnless(problem, 'a round of checks finds who has left its groups or the directory, and who came back', async () => {
  const group = `dn: cn=editors,ou=groups,${slapd.baseDn}\nchangetype: modify\n`;
  const ann = `member: uid=ann,ou=people,${slapd.baseDn}\n`;
  slapd.apply(`${group}add: member\nmember: cn=nobody,${slapd.baseDn}\n-\ndelete: member\n${ann}`);
  await check();
  expect(await stateOf('ann')).toMatchObject({ disabled: true });
  slapd.apply(`${group}add: member\n${ann}`);
  await check();
  expect(await stateOf('ann')).toMatchObject({ disabled: false });
  slapd.apply(`dn: uid=carol,ou=people,${slapd.baseDn}\nchangetype: delete\n`);
  await check();
  expect(await stateOf('carol')).toMatchObject({ disabled: true });
});

testUnless(problem, 'renewing a session asks the directory whether the user is still there', async () => {
  const refresh =
    'mutation($t: String!) { refreshSession(input: { refreshToken: $t }) { refreshToken userErrors { code } } }';
  const { refreshToken } = (await signIn(server, 'ann', 'ann-password')).data.login;
  const renewed = (await server.graphql(refresh, { t: refreshToken }, null)).data.refreshSession;
  expect(renewed.userErrors).toEqual([]);
  const change = (what: string) => slapd.apply(`dn: uid=ann,ou=people,${slapd.baseDn}\nchangetype: modify\n${what}`);
  change('add: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n');
  const refused = (await server.graphql(refresh, { t: renewed.refreshToken }, null)).data.refreshSession;
  expect(refused).toMatchObject({ refreshToken: null, userErrors: [{ code: 'UNAUTHENTICATED' }] });
  expect(await stateOf('ann')).toMatchObject({ disabled: true });
  change('delete: pwdAccountLockedTime\n');
});

testUnless(problem, 'a rotated master key still opens the password of the account that searches', async () => {
  const seen = async () =>
    (await server.granary.database.pool.query('SELECT bind_password_sealed FROM ldap_directory')).rows;
  const before = await seen();
  await rotateKeys(server.granary);
  expect(await seen()).not.toEqual(before);
  expect((await signIn(server, 'ann', 'ann-password')).data.login.user).toMatchObject({ username: 'ann' });
});

testUnless(problem, 'while the directory is down, sessions and keys go on, and local users sign in', async () => {
  const s3 = await s3Of('ann');
  const { accessToken, refreshToken } = (await signIn(server, 'ann', 'ann-password')).data.login;
  await slapd.kill();
  const { data, errors } = await signIn(server, 'ann', 'ann-password');
  expect(data?.login ?? null).toBeNull();
  expect(errors?.[0]).toMatchObject({ extensions: { code: 'UNAVAILABLE' } });
  expect(errors?.[0]?.message).toContain('"corp"');
  expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|ldaps|reader/);
  expect((await server.graphql('{ viewer { user { username } } }', {}, accessToken)).data.viewer.user.username).toBe(
    'ann',
  );
  await s3.send(new ListBucketsCommand({}));
  s3.destroy();
  const refresh = 'mutation($t: String!) { refreshSession(input: { refreshToken: $t }) { userErrors { code } } }';
  expect((await server.graphql(refresh, { t: refreshToken }, null)).data.refreshSession.userErrors).toEqual([]);
  expect((await signIn(server, 'admin', server.adminPassword)).data.login.user).toMatchObject({ username: 'admin' });
  await check();
  expect(await stateOf('ann')).toMatchObject({ disabled: false });
  await slapd.start();
  const back = async (): Promise<boolean> => (await signIn(server, 'ann', 'ann-password')).errors === undefined;
  for (let tries = 0; !(await back()) && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await back()).toBe(true);
});

testUnless(problem, 'no password of the directory is in a row, a log or an error', async () => {
  const { pool } = server.granary.database;
  const { rows: tables } = await pool.query(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const texts = [server.problems.join('\n')];
  for (const { name } of tables) {
    const { rows } = await pool.query(`SELECT string_agg(t::text, E'\\n') AS text FROM ${name} t`);
    texts.push(rows[0].text ?? '');
  }
  const secrets = [bindPassword, 'ann-password', 'carol-password'];
  for (const secret of secrets.flatMap((text) => [text, Buffer.from(text).toString('hex')])) {
    expect(texts.some((text) => text.includes(secret))).toBe(false);
  }
  expect(texts.some((text) => text.includes('ldap_directory') || text.includes('cn=reader'))).toBe(true);
});

testUnless(problem, 'without its directory nobody of it gets in', async () => {
  const deleted = await mutate(server, 'deleteLdapDirectory', { name: 'corp' }, 'users');
  expect(deleted).toEqual({ users: 2, userErrors: [] });
  expect(await stateOf('ann')).toMatchObject({ disabled: true });
  expect((await signIn(server, 'ann', 'ann-password')).data.login.user).toBeNull();
});
