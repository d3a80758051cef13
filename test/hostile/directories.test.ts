import { LdapDirectory } from '../../src/auth/ldap/ldap-directory.js';
import type { LdapSettings } from '../../src/auth/ldap/ldap-settings.js';
import { settingsFor } from '../auth/ldap/ldap-fixture.js';
import { people } from '../support/directory-people.js';
import { testUnless } from '../support/programs.js';
import { RecordingProxy } from '../support/recording-proxy.js';
import { type Slapd, slapdProblem, startSlapd } from '../support/slapd.js';

const problem = slapdProblem();
const opened: LdapDirectory[] = [];
let slapd: Slapd;
let withoutTls: Slapd;

beforeAll(async () => {
  if (problem === undefined) {
    [slapd, withoutTls] = await Promise.all([startSlapd(), startSlapd({ tls: 'off' })]);
    slapd.apply(people(slapd.baseDn));
    withoutTls.apply(people(withoutTls.baseDn));
  }
});

afterAll(async () => {
  for (const directory of opened) {
    directory.close();
  }
  await Promise.all([slapd?.stop(), withoutTls?.stop()]);
});

function signIn(changes: Partial<LdapSettings>, password = 'ann-password', username = 'ann') {
  const directory = new LdapDirectory(settingsFor(slapd, changes));
  opened.push(directory);
  return directory.authenticate(username, password);
}

const found = { user: { username: 'ann' } };

testUnless(problem, '58: an empty password reaches no server: no bind is sent', async () => {
  const proxy = await RecordingProxy.before(slapd.port);
  const urls = [`ldap://127.0.0.1:${proxy.port}`];
  const direct = { bindMode: 'DIRECT', userDnTemplate: `uid={username},ou=people,${slapd.baseDn}` } as const;
  expect(await signIn({ urls, transport: 'CLEARTEXT' }, '')).toBeUndefined();
  expect(await signIn({ urls, transport: 'CLEARTEXT', ...direct }, '')).toBeUndefined();
  expect(proxy.connections).toBe(0);
  await proxy.close();
});

testUnless(problem, '59: what a name says to a search or in a DN is only a part of the name', async () => {
  const userDnTemplate = `uid={username},ou=people,${slapd.baseDn}`;
  const direct = { bindMode: 'DIRECT', userDnTemplate, bindDn: null, bindPassword: null } as const;
  const names = [
    '*)(uid=*',
    '*',
    'ann)(objectClass=*',
    'an*',
    '\\61nn',
    `ann,ou=people,${slapd.baseDn}`,
    'ann\0',
    'x+uid=ann',
  ];
  for (const name of names) {
    expect(await signIn({}, 'ann-password', name)).toBeUndefined();
    expect(await signIn(direct, 'ann-password', name)).toBeUndefined();
  }
  expect(await signIn({})).toMatchObject(found);
  expect(await signIn(direct)).toMatchObject(found);
});

testUnless(problem, '59: references to other servers are not followed', async () => {
  const elsewhere = await RecordingProxy.before(withoutTls.port);
  const reference = `ldap://127.0.0.1:${elsewhere.port}/${slapd.baseDn}`;
  const dn = `ou=elsewhere,${slapd.baseDn}`;
  slapd.apply(`dn: ${dn}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\nref: ${reference}\n`);
  expect(await signIn({ urls: [slapd.secureUrl] })).toMatchObject(found);
  expect(await signIn({ urls: [slapd.secureUrl], userFilter: '(cn={username})' })).toBeUndefined();
  await expect(signIn({ urls: [slapd.secureUrl], baseDn: `ou=people,${dn}` })).rejects.toMatchObject({
    ...{ problem: 'PROTOCOL', message: expect.stringContaining('refers to another server') },
  });
  expect(elsewhere.connections).toBe(0);
  await elsewhere.close();
});

testUnless(problem, '59: a server that refuses StartTLS is not spoken to in the clear instead', async () => {
  const before = await RecordingProxy.before(withoutTls.port);
  const urls = [`ldap://127.0.0.1:${before.port}`];
  const userDnTemplate = `uid={username},ou=people,${slapd.baseDn}`;
  const direct = { bindMode: 'DIRECT', userDnTemplate, bindDn: null } as const;
  for (const changes of [{ urls }, { urls, bindDn: null, bindPassword: null }, { urls, ...direct }]) {
    await expect(signIn(changes)).rejects.toMatchObject({ problem: 'TLS' });
  }
  expect(before.connections).toBeGreaterThan(0);
  expect(before.received.includes('password')).toBe(false);
  expect(before.received.includes('ann')).toBe(false);
  await before.close();
});
