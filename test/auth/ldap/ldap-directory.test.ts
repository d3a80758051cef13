import { LdapDirectory } from '../../../src/auth/ldap/ldap-directory.js';
import type { LdapSettings } from '../../../src/auth/ldap/ldap-settings.js';
import { people } from '../../support/directory-people.js';
import { testUnless } from '../../support/programs.js';
import { type Slapd, slapdProblem, startSlapd } from '../../support/slapd.js';
import { settingsFor } from './ldap-fixture.js';

const problem = slapdProblem();
let slapd: Slapd;
const opened: LdapDirectory[] = [];

beforeAll(async () => {
  if (problem === undefined) {
    slapd = await startSlapd();
    slapd.apply(people(slapd.baseDn));
  }
});

afterAll(async () => {
  for (const directory of opened) {
    directory.close();
  }
  await slapd?.stop();
});

function open(changes: Partial<LdapSettings> = {}): LdapDirectory {
  const directory = new LdapDirectory(settingsFor(slapd, changes));
  opened.push(directory);
  return directory;
}

async function groupsOf(username: string, changes: Partial<LdapSettings>): Promise<string[] | undefined> {
  const found = await open(changes).authenticate(username, `${username}-password`);
  return found?.groups.map(({ cn }) => cn).sort();
}

testUnless(problem, 'the right password finds the user with what the entry says of it', async () => {
  const found = await open().authenticate('ann', 'ann-password');
  expect(found?.user).toMatchObject({
    ...{ dn: `uid=ann,ou=people,${slapd.baseDn}`, username: 'ann', displayName: 'Ann Example' },
    ...{ email: 'ann@example.com', disabled: false, externalId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
});

testUnless(problem, 'a wrong password, an unknown user and an empty password are nobody', async () => {
  const directory = open();
  expect(await directory.authenticate('ann', 'wrong')).toBeUndefined();
  expect(await directory.authenticate('nobody', 'ann-password')).toBeUndefined();
  expect(await directory.authenticate('ann', '')).toBeUndefined();
  expect(await directory.authenticate('', 'ann-password')).toBeUndefined();
});

testUnless(problem, 'names are taken in their own spelling, whatever that of who signs in', async () => {
  expect((await open().authenticate('ANN', 'ann-password'))?.user.username).toBe('ann');
});

testUnless(problem, 'groups are found by their members, through circles too', async () => {
  expect(await groupsOf('ann', { nesting: 'WALK' })).toEqual(['editors', 'everyone', 'staff']);
  expect(await groupsOf('ann', { nesting: 'NONE' })).toEqual(['editors']);
  expect(await groupsOf('bob', { nesting: 'NONE' })).toEqual(['staff', 'unique']);
  expect(await groupsOf('dave', {})).toEqual([]);
});

testUnless(problem, 'groups are found in memberOf of the user, and of the groups', async () => {
  expect(await groupsOf('ann', { groupLookup: 'MEMBER_OF' })).toEqual(['editors', 'everyone', 'staff']);
  expect(await groupsOf('ann', { groupLookup: 'MEMBER_OF', nesting: 'NONE' })).toEqual(['editors']);
  const elsewhere = `ou=posix,${slapd.baseDn}`;
  expect(await groupsOf('ann', { groupLookup: 'MEMBER_OF', groupBaseDn: elsewhere })).toEqual([]);
});

testUnless(problem, 'posix groups are found by name, the primary one by its number', async () => {
  expect(await groupsOf('dave', { groupLookup: 'POSIX' })).toEqual(['developers', 'operators']);
  expect(await groupsOf('ann', { groupLookup: 'POSIX' })).toEqual(['developers']);
  expect(await groupsOf('ann', { groupLookup: 'NONE' })).toEqual([]);
});

testUnless(problem, 'a direct bind needs no account that searches', async () => {
  const direct: Partial<LdapSettings> = {
    ...{ bindMode: 'DIRECT', bindDn: null, bindPassword: null },
    userDnTemplate: `uid={username},ou=people,dc=example,dc=com`,
  };
  expect(await groupsOf('ann', direct)).toEqual(['editors', 'everyone', 'staff']);
  expect(await open(direct).authenticate('ann', 'wrong')).toBeUndefined();
  expect(await open(direct).authenticate('ann', '')).toBeUndefined();
  expect(await open(direct).authenticate('ann,ou=people', 'ann-password')).toBeUndefined();
  expect(open(direct).canSearch).toBe(false);
});

testUnless(problem, 'a direct bind by a name that is no DN counts only for whom the server took it for', async () => {
  const direct: Partial<LdapSettings> = { bindMode: 'DIRECT', bindDn: null, bindPassword: null };
  const template = (userDnTemplate: string, userFilter: string) =>
    open({ ...direct, userDnTemplate, userFilter }).authenticate('ann', 'ann-password');
  const ann = `uid=ann,ou=people,${slapd.baseDn}`;
  expect(await open({ ...direct, userDnTemplate: '{username}' }).authenticate(ann, 'ann-password')).toBeUndefined();
  // Bound as Ann, while the filter finds Bob.
  const asBob = open({ ...direct, userDnTemplate: '{username}', userFilter: '(|(uid=bob)(uid={username}x))' });
  expect(await asBob.authenticate(ann, 'ann-password')).toBeUndefined();
  const asAnn = open({ ...direct, userDnTemplate: '{username}', userFilter: '(|(uid=ann)(uid={username}x))' });
  expect((await asAnn.authenticate(ann, 'ann-password'))?.user.username).toBe('ann');
  expect(await open({ ...direct, userDnTemplate: '{username}' }).authenticate('EXTERNAL', 'x')).toBeUndefined();
  await expect(template('{username}@example.com', '(mail={username}@example.com)')).resolves.toBeUndefined();
});

testUnless(problem, 'what looks like a filter in a name stands for itself', async () => {
  const directory = open();
  for (const name of ['*', 'a*', '*)(uid=*', 'ann)(|(uid=*', 'ann\\', 'ann\0', '(', ')', 'ann)(!(uid=x)', '\\2a']) {
    expect(await directory.authenticate(name, 'ann-password')).toBeUndefined();
  }
});

testUnless(problem, 'somebody is known again by what does not change, and is gone when it is', async () => {
  const directory = open();
  slapd.apply(`dn: uid=eve,ou=people,${slapd.baseDn}\nobjectClass: inetOrgPerson\nuid: eve\ncn: Eve\nsn: E\n`);
  const withPassword = `dn: uid=eve,ou=people,${slapd.baseDn}\nchangetype: modify\nadd: userPassword\nuserPassword: pw\n`;
  slapd.apply(withPassword);
  const id = (await directory.authenticate('eve', 'pw'))?.user.externalId ?? '';
  slapd.apply(`dn: uid=eve,ou=people,${slapd.baseDn}\nchangetype: modrdn\nnewrdn: uid=eva\ndeleteoldrdn: 1\n`);
  expect((await directory.find(id))?.user).toMatchObject({ username: 'eva', externalId: id });
  slapd.apply(`dn: uid=eva,ou=people,${slapd.baseDn}\nchangetype: delete\n`);
  expect(await directory.find(id)).toBeUndefined();
});

testUnless(problem, 'nobody counts as gone where nothing can be seen', async () => {
  const anonymous = open({ bindDn: null, bindPassword: null });
  await expect(anonymous.find('00000000-0000-0000-0000-000000000000')).rejects.toMatchObject({ problem: 'PROTOCOL' });
});

testUnless(problem, 'an entry that is locked for good is disabled', async () => {
  expect((await open().authenticate('ann', 'ann-password'))?.user.disabled).toBe(false);
  expect((await open().authenticate('locked', 'locked-password'))?.user.disabled).toBe(true);
});

testUnless(problem, 'several entries that fit are nobody, and an error', async () => {
  const directory = open({ userFilter: '(|(uid={username})(objectClass=inetOrgPerson))' });
  await expect(directory.authenticate('ann', 'ann-password')).rejects.toMatchObject({ problem: 'LIMIT' });
});

testUnless(problem, 'an account that searches and is refused is an error, without its password', async () => {
  const directory = open({ bindPassword: 'not-the-password' });
  const failure = await directory.authenticate('ann', 'ann-password').catch((error: Error) => error);
  expect(failure).toMatchObject({ problem: 'REFUSED' });
  expect(String(failure)).not.toContain('not-the-password');
});

testUnless(problem, 'more sign-ins than connections wait for their turn', async () => {
  const directory = open({ poolSize: 1 });
  const found = await Promise.all(Array.from({ length: 20 }, () => directory.authenticate('ann', 'ann-password')));
  expect(found.every((each) => each?.user.username === 'ann')).toBe(true);
});

testUnless(problem, 'connections that the server closed meanwhile are replaced', async () => {
  const directory = open();
  expect(await directory.authenticate('ann', 'ann-password')).toBeDefined();
  await slapd.kill();
  await slapd.start();
  expect(await directory.authenticate('ann', 'ann-password')).toBeDefined();
});
