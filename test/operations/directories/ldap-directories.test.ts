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
  [server, slapd] = await Promise.all([startTestServer(), startSlapd()]);
  slapd.apply(people(slapd.baseDn));
}, 60_000);

afterAll(async () => {
  await server?.stop();
  await slapd?.stop();
});

const shown = `directory { name tenant enabled priority urls transport bindMode bindDn baseDn usernameAttribute
  groupLookup nesting mappings { group tenant role groups policies } defaultRole poolSize }`;
const stepsShown = 'ok steps { step server ok message durationMs } user { dn username } groups access { tenant role }';

async function tryOut(input: object): Promise<{ steps: string[]; message: string | undefined; text: string }> {
  const result = await mutate(server, 'testLdap', input, stepsShown);
  expect(result.userErrors).toEqual([]);
  const steps: { step: string; ok: boolean; message: string; durationMs: number }[] = result.steps;
  expect(steps.every(({ durationMs }) => durationMs >= 0)).toBe(true);
  expect(result.ok).toBe(steps.every(({ ok }) => ok));
  return {
    steps: steps.map(({ step, ok }) => (ok ? step : `${step} failed`)),
    message: steps.find(({ ok }) => !ok)?.message,
    text: JSON.stringify(result),
  };
}

/** The settings of the example directory, without its name. */
function settings(changes: object = {}): object {
  const { name: _, ...rest } = directoryInput(slapd, changes) as { name: string };
  return rest;
}

testUnless(problem, 'a directory is made, shown, changed and listed, without its password', async () => {
  const made = await mutate(server, 'createLdapDirectory', directoryInput(slapd), shown);
  expect(made.directory).toMatchObject({
    ...{ name: 'corp', tenant: null, enabled: true, priority: 100, transport: 'TLS', bindMode: 'SEARCH' },
    ...{ usernameAttribute: 'uid', groupLookup: 'MEMBER', nesting: 'WALK', defaultRole: null, poolSize: 4 },
    bindDn: `cn=reader,${slapd.baseDn}`,
  });
  const again = await mutate(server, 'createLdapDirectory', directoryInput(slapd), shown);
  expect(again.userErrors).toMatchObject([{ code: 'CONFLICT', field: ['input', 'name'] }]);
  const change = { name: 'corp', priority: 5, poolSize: 2, usernameAttribute: 'cn', defaultRole: 'READ_ONLY' };
  const changed = await mutate(server, 'updateLdapDirectory', change, shown);
  const { name: _, ...expected } = change;
  expect(changed).toMatchObject({ userErrors: [], directory: { ...expected, urls: [slapd.secureUrl] } });
  const back = { name: 'corp', usernameAttribute: null, defaultRole: null };
  expect((await mutate(server, 'updateLdapDirectory', back, shown)).directory).toMatchObject({
    ...{ usernameAttribute: 'uid', defaultRole: null, priority: 5 },
  });
  await mutate(server, 'createLdapDirectory', { ...directoryInput(slapd), name: 'other', enabled: false }, shown);
  const page = `{ ldapDirectories(first: 1) { totalCount nodes { name } pageInfo { hasNextPage endCursor } }
    ldapDirectory(name: "other") { name enabled } none: ldapDirectory(name: "none") { name } }`;
  const { data } = await server.graphql(page);
  expect(data).toMatchObject({
    ldapDirectories: { totalCount: 2, nodes: [{ name: 'corp' }], pageInfo: { hasNextPage: true } },
    ...{ ldapDirectory: { name: 'other', enabled: false }, none: null },
  });
  const after = 'query($c: String) { ldapDirectories(first: 1, after: $c) { nodes { name } } }';
  const cursor = { c: data.ldapDirectories.pageInfo.endCursor };
  expect((await server.graphql(after, cursor)).data.ldapDirectories.nodes).toEqual([{ name: 'other' }]);
  const { rows } = await server.granary.database.pool.query('SELECT details::text FROM event ORDER BY id');
  expect(JSON.stringify(rows)).not.toContain(bindPassword);
});

testUnless(problem, 'what is wrong with settings is said, with the field', async () => {
  for (const [change, field] of [
    [{ name: 'No Name' }, 'name'],
    [{ urls: [] }, 'urls'],
    [{ urls: ['https://example.com'] }, 'urls'],
    [{ urls: ['ldap://user@example.com'] }, 'urls'],
    [{ urls: ['ldap://example.com/dc=x'] }, 'urls'],
    [{ urls: ['ldap://'] }, 'urls'],
    [{ transport: 'CLEARTEXT' }, 'transport'],
    [{ caCertificates: 'no certificate' }, 'caCertificates'],
    [{ baseDn: 'nonsense' }, 'baseDn'],
    [{ userFilter: '(uid=someone)' }, 'userFilter'],
    [{ userFilter: '(uid={username}' }, 'userFilter'],
    [{ bindMode: 'DIRECT' }, 'userDnTemplate'],
    [{ usernameAttribute: 'uid)(x' }, 'usernameAttribute'],
    [{ poolSize: 0 }, 'poolSize'],
    [{ defaultRole: 'ADMINISTRATOR' }, 'defaultRole'],
    [{ mappings: [{ group: 'a', role: 'ADMINISTRATOR', tenant: 'acme' }] }, 'mappings[0]'],
    [{ tenant: 'default', mappings: [{ group: 'a', tenant: 'acme' }] }, 'mappings[0]'],
    [{ groupLookup: 'POSIX', nesting: 'IN_CHAIN' }, 'nesting'],
  ] as const) {
    const input = { ...directoryInput(slapd, { name: 'wrong' }), ...change };
    const { userErrors } = await mutate(server, 'createLdapDirectory', input, shown);
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', field] }]);
  }
});

testUnless(problem, 'only global administrators see, change and try directories', async () => {
  for (const role of ['TENANT_ADMINISTRATOR', 'MEMBER']) {
    const username = role.toLowerCase();
    await mutate(server, 'createUser', { username, password: 'correct horse', role }, 'user { id }');
    const token = await server.login(username, 'correct horse');
    const ask = async (query: string) => server.graphql(query, {}, token);
    for (const field of [
      'createLdapDirectory(input: { name: "x", urls: ["ldaps://x"], baseDn: "dc=x" })',
      'updateLdapDirectory(input: { name: "corp", enabled: false })',
      'deleteLdapDirectory(input: { name: "corp" })',
      'testLdap(input: { name: "corp" })',
    ]) {
      const { data } = await ask(`mutation { done: ${field} { userErrors { code } } }`);
      expect(data.done.userErrors).toEqual([{ code: 'DENIED' }]);
    }
    expect((await ask('{ ldapDirectories(first: 1) { nodes { name } } }')).errors?.[0]?.extensions?.code).toBe(
      'DENIED',
    );
  }
});

testUnless(problem, 'the stored password goes nowhere else', async () => {
  const elsewhere = { name: 'corp', urls: ['ldaps://127.0.0.1:1'] };
  expect((await mutate(server, 'updateLdapDirectory', elsewhere, shown)).userErrors).toMatchObject([
    { code: 'INVALID_INPUT', field: ['input', 'bindPassword'] },
  ]);
  const trial = { name: 'corp', settings: { urls: ['ldaps://127.0.0.1:1'] } };
  expect((await mutate(server, 'testLdap', trial, 'ok')).userErrors).toMatchObject([
    { field: ['input', 'bindPassword'] },
  ]);
  const { userErrors } = await mutate(server, 'updateLdapDirectory', { name: 'corp', priority: 6 }, shown);
  expect(userErrors).toEqual([]);
});

testUnless(problem, 'a trial says of each step how it went, of a stored directory and of a draft', async () => {
  const whole = ['CONNECT', 'TLS', 'BIND', 'SEARCH_USER', 'BIND_USER', 'GROUPS', 'MAPPING'];
  const ann = { username: 'ann', password: 'ann-password' };
  const stored = await tryOut({ name: 'corp', ...ann });
  expect(stored.steps).toEqual(whole);
  expect(stored.text).toContain(`cn=everyone,ou=groups,${slapd.baseDn}`);
  expect(stored.text).toContain('MEMBER in tenant default');
  expect(stored.text).toContain('there is no group writers');
  expect(stored.text).not.toContain(bindPassword);
  expect(stored.text).not.toContain('ann-password');
  expect((await tryOut({ settings: settings(), ...ann })).steps).toEqual(whole);
  expect((await tryOut({ settings: settings() })).steps).toEqual(['CONNECT', 'TLS', 'BIND']);
  const direct = { bindMode: 'DIRECT', bindDn: null, userDnTemplate: `uid={username},ou=people,${slapd.baseDn}` };
  expect((await tryOut({ settings: settings(direct), ...ann })).steps).toEqual([
    ...['CONNECT', 'TLS', 'BIND_USER', 'SEARCH_USER', 'GROUPS', 'MAPPING'],
  ]);
  const { rows } = await server.granary.database.pool.query(`SELECT username FROM user_account WHERE source = 'LDAP'`);
  expect(rows).toEqual([]);
});

testUnless(problem, 'a trial names the step that fails, and why', async () => {
  const ann = { username: 'ann', password: 'ann-password' };
  const failing = async (changes: object, user: object = ann) => tryOut({ settings: settings(changes), ...user });
  const closed = await failing({ urls: ['ldaps://127.0.0.1:1'] });
  expect(closed).toMatchObject({ steps: ['CONNECT failed'], message: expect.stringContaining('ECONNREFUSED') });
  const misnamed = await failing({ serverName: 'directory.example.com' });
  expect(misnamed.steps).toEqual(['CONNECT', 'TLS failed']);
  expect(misnamed.message).toContain('directory.example.com');
  const refused = await failing({ bindPassword: 'not the password' });
  expect(refused.steps).toEqual(['CONNECT', 'TLS', 'BIND failed']);
  expect(refused.text).not.toContain('not the password');
  const unknown = await failing({}, { username: 'nobody', password: 'x' });
  expect(unknown).toMatchObject({ steps: ['CONNECT', 'TLS', 'BIND', 'SEARCH_USER failed'], message: 'No entry fits.' });
  const locked = await failing({}, { username: 'locked', password: 'locked-password' });
  expect(locked).toMatchObject({ message: expect.stringContaining('is disabled') });
  const wrong = await failing({}, { username: 'ann', password: 'wrong' });
  expect(wrong.steps).toEqual(['CONNECT', 'TLS', 'BIND', 'SEARCH_USER', 'BIND_USER failed']);
  const unmapped = await failing({ mappings: [] });
  expect(unmapped.steps.at(-1)).toBe('MAPPING failed');
  const second = await failing({ urls: ['ldaps://127.0.0.1:1', slapd.secureUrl] });
  expect(second.steps).toEqual([
    ...['CONNECT failed', 'CONNECT', 'TLS', 'BIND', 'SEARCH_USER', 'BIND_USER', 'GROUPS', 'MAPPING'],
  ]);
});

testUnless(problem, 'a disabled directory lets nobody in, and what is changed holds at once', async () => {
  expect((await signIn(server, 'ann', 'ann-password')).data.login.user).toMatchObject({ username: 'ann' });
  await mutate(server, 'updateLdapDirectory', { name: 'corp', enabled: false }, shown);
  const isIn = async (): Promise<boolean> => (await signIn(server, 'ann', 'ann-password')).data.login.user !== null;
  for (let tries = 0; (await isIn()) && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await isIn()).toBe(false);
});

testUnless(problem, 'the directory of a tenant has users of that tenant only', async () => {
  await server.graphql('mutation { createTenant(input: { name: "umbrella" }) { userErrors { message } } }');
  const input = {
    ...directoryInput(slapd),
    name: 'umbrella',
    tenant: 'umbrella',
    mappings: [],
    defaultRole: 'READ_ONLY',
  };
  expect((await mutate(server, 'createLdapDirectory', input, shown)).directory).toMatchObject({ tenant: 'umbrella' });
  expect((await signIn(server, 'dave', 'dave-password')).data.login.user).toBeNull();
  expect((await signIn(server, 'dave', 'dave-password', 'umbrella')).data.login.user).toMatchObject({
    ...{ username: 'dave', role: 'READ_ONLY' },
  });
});
