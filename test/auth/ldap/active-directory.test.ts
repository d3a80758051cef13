import { LdapDirectory } from '../../../src/auth/ldap/ldap-directory.js';
import type { LdapSettings } from '../../../src/auth/ldap/ldap-settings.js';
import { testUnless } from '../../support/programs.js';
import { type Samba, sambaProblem, startSamba } from '../../support/samba.js';

const problem = sambaProblem();
const opened: LdapDirectory[] = [];
let samba: Samba;

beforeAll(async () => {
  if (problem === undefined) {
    samba = await startSamba();
    await samba.apply(people());
  }
}, 240_000);

afterAll(async () => {
  for (const directory of opened) {
    directory.close();
  }
  await samba?.stop();
});

const passwordOf = (name: string): string => `Passw0rd-of-${name}`;

function people(): string {
  const person = (name: string, upn = name, more = 'userAccountControl: 512'): string =>
    `dn: CN=${name} Example,CN=Users,${samba.baseDn}
objectClass: user
sAMAccountName: ${name}
userPrincipalName: ${upn}@${samba.domain}
displayName: ${name} Example
mail: ${name}@example.com
unicodePwd:: ${Buffer.from(`"${passwordOf(name)}"`, 'utf16le').toString('base64')}
${more}

`;
  const group = (name: string, member: string): string =>
    `dn: CN=${name},CN=Users,${samba.baseDn}
objectClass: group
sAMAccountName: ${name}
member: CN=${member},CN=Users,${samba.baseDn}

`;
  return [
    ...[person('ann'), person('bob', 'bob', 'userAccountControl: 512\nemployeeID: mal'), person('mallory', 'mal')],
    person('former', 'former', 'userAccountControl: 514'),
    person('leased', 'leased', 'userAccountControl: 512\naccountExpires: 116444736010000000'),
    ...[group('editors', 'ann Example'), group('staff', 'editors'), group('everyone', 'staff')],
    // A circle.
    `dn: CN=editors,CN=Users,${samba.baseDn}\nchangetype: modify\nadd: member\n`,
    `member: CN=everyone,CN=Users,${samba.baseDn}\n\n`,
  ].join('');
}

function open(changes: Partial<LdapSettings> = {}): LdapDirectory {
  const directory = new LdapDirectory({
    ...{ urls: [samba.secureUrl], transport: 'TLS', caCertificates: samba.caCertificate, serverName: null },
    ...{ bindMode: 'SEARCH', bindDn: samba.adminName, bindPassword: samba.adminPassword, userDnTemplate: null },
    ...{ baseDn: samba.baseDn, userFilter: '(&(objectCategory=person)(sAMAccountName={username}))' },
    attributes: attributes(),
    ...{ groupLookup: 'MEMBER', nesting: 'IN_CHAIN', groupBaseDn: null, groupFilter: '(objectClass=group)' },
    ...{ connectTimeoutMs: 10_000, operationTimeoutMs: 20_000, poolSize: 2 },
    ...changes,
  });
  opened.push(directory);
  return directory;
}

const direct = {
  bindMode: 'DIRECT',
  bindDn: null,
  bindPassword: null,
  userDnTemplate: '{username}@ad.example.test',
} as const;

async function groupsOf(changes: Partial<LdapSettings>): Promise<string[] | undefined> {
  const found = await open(changes).authenticate('ann', passwordOf('ann'));
  return found?.groups.map(({ cn }) => cn).sort();
}

testUnless(problem, 'a user of Active Directory is found and known again by its GUID', async () => {
  const directory = open();
  const found = await directory.authenticate('ann', passwordOf('ann'));
  expect(found?.user).toMatchObject({
    ...{ username: 'ann', displayName: 'ann Example', email: 'ann@example.com', disabled: false },
    externalId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
  expect((await directory.find(found?.user.externalId ?? ''))?.user.username).toBe('ann');
  expect(await directory.find('00'.repeat(16))).toBeUndefined();
  expect(await directory.authenticate('ann', passwordOf('bob'))).toBeUndefined();
  expect(await directory.authenticate('ann', '')).toBeUndefined();
  expect((await open({ urls: [samba.url] }).authenticate('ann', passwordOf('ann')))?.user.username).toBe('ann');
});

testUnless(problem, 'groups in groups are found by the matching rule, and by walking', async () => {
  const all = ['editors', 'everyone', 'staff'];
  expect(await groupsOf({ nesting: 'IN_CHAIN' })).toEqual(all);
  expect(await groupsOf({ nesting: 'WALK' })).toEqual(all);
  expect(await groupsOf({ groupLookup: 'MEMBER_OF', nesting: 'WALK' })).toEqual(all);
  expect(await groupsOf({ groupLookup: 'MEMBER_OF', nesting: 'NONE' })).toEqual(['editors']);
});

testUnless(problem, 'accounts that are disabled or have expired are so here', async () => {
  const directory = open();
  expect(await directory.authenticate('former', passwordOf('former'))).toBeUndefined();
  const { user } = (await directory.authenticate('ann', passwordOf('ann'))) ?? {};
  const change = (value: string) =>
    samba.apply(`dn: ${user?.dn}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: ${value}\n`);
  await change('514');
  expect((await directory.find(user?.externalId ?? ''))?.user.disabled).toBe(true);
  await change('512');
  expect((await directory.find(user?.externalId ?? ''))?.user.disabled).toBe(false);
  const leased = await open({ attributes: { ...attributes(), uniqueId: 'sAMAccountName' } }).find('leased');
  expect(leased?.user.disabled).toBe(true);
});

testUnless(problem, 'a direct bind needs no account that searches', async () => {
  expect(await groupsOf(direct)).toEqual(['editors', 'everyone', 'staff']);
  expect(await open(direct).authenticate('ann', passwordOf('bob'))).toBeUndefined();
});

testUnless(problem, 'a direct bind counts only for the account that was bound', async () => {
  const byNumber = { ...direct, userFilter: '(employeeID={username})' };
  // Mallory signs in as mal@…, and the filter finds Bob.
  expect(await open(byNumber).authenticate('mal', passwordOf('mallory'))).toBeUndefined();
  const either = { ...direct, userFilter: '(userPrincipalName={username}@ad.example.test)' };
  expect((await open(either).authenticate('mal', passwordOf('mallory')))?.user.username).toBe('mallory');
});

function attributes(): LdapSettings['attributes'] {
  return { username: 'sAMAccountName', displayName: 'displayName', email: 'mail', uniqueId: 'objectGUID' };
}
