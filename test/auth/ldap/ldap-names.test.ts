import fc from 'fast-check';
import { FilterParser } from 'ldapts';
import { commonNameOf, dnKey, isBelow, matchesGroup } from '../../../src/auth/ldap/distinguished-name.js';
import { escapeDnValue, fillBindName, fillFilter } from '../../../src/auth/ldap/ldap-escape.js';
import { LdapServers } from '../../../src/auth/ldap/ldap-servers.js';
import { mapGroups } from '../../../src/auth/ldap/map-groups.js';

test('whatever a name has, the filter compares one value with all of it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
      const filter = FilterParser.parseString(fillFilter('(uid={username})', name));
      expect(filter).toMatchObject({ attribute: 'uid', value: name });
    }),
  );
  expect(fillFilter('(|(uid={username})(mail={username}))', '*)(uid=*')).toBe(
    '(|(uid=\\2a\\29\\28uid=\\2a)(mail=\\2a\\29\\28uid=\\2a))',
  );
  expect(fillFilter('(uid={username})', '$&')).toBe('(uid=$&)');
});

test('whatever a name has, a DN has it as one value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
      const dn = `uid=${escapeDnValue(name)},ou=people,dc=example,dc=com`;
      expect(isBelow(dn, 'ou=people,dc=example,dc=com')).toBe(true);
      expect(dnKey(dn)).toBe(JSON.stringify([`uid=${name}`.toLowerCase(), 'ou=people', 'dc=example', 'dc=com']));
    }),
  );
  expect(fillBindName('uid={username},ou=people', 'ann,ou=x')).toBe('uid=ann\\,ou\\=x,ou=people');
  expect(fillBindName('{username}@example.com', 'ann')).toBe('ann@example.com');
});

test('names are the same whatever their case, spaces and escapes', () => {
  expect(dnKey('CN=Admins , OU=Groups,DC=Example,DC=com')).toBe(dnKey('cn=admins,ou=groups,dc=example,dc=com'));
  expect(dnKey('cn=a\\2cb,dc=x')).toBe(dnKey('cn=a\\,b,dc=x'));
  expect(dnKey('cn=a\\,b,dc=x')).not.toBe(dnKey('cn=a,b,dc=x'));
  expect(isBelow('cn=x\\,ou=groups,dc=x', 'ou=groups,dc=x')).toBe(false);
  expect(commonNameOf('CN=Research\\, Development,OU=Groups,DC=x')).toBe('Research, Development');
});

test('a pattern with a DN never reaches across the parts of a name', () => {
  const group = (dn: string) => ({ dn, cn: commonNameOf(dn) });
  expect(matchesGroup('admins', group('CN=Admins,OU=x,DC=y'))).toBe(true);
  expect(matchesGroup('team-*', group('cn=team-red,dc=y'))).toBe(true);
  expect(matchesGroup('cn=team-*,ou=groups,dc=y', group('cn=team-red,ou=groups,dc=y'))).toBe(true);
  expect(matchesGroup('cn=team-*,ou=groups,dc=y', group('cn=team-red,ou=mine,ou=groups,dc=y'))).toBe(false);
  expect(matchesGroup('cn=admins,ou=groups,dc=y', group('cn=admins\\,ou=groups\\,dc=y,ou=mine,dc=y'))).toBe(false);
  expect(matchesGroup('admins', group('cn=admins\\,dc=y,dc=z'))).toBe(false);
});

test('groups give the highest role, and all groups and policies, tenant by tenant', () => {
  const groups = ['a', 'b', 'c'].map((cn) => ({ dn: `cn=${cn},dc=x`, cn }));
  const none = { groups: [], policies: [] };
  const mappings = [
    { group: 'a', role: 'READ_ONLY', groups: ['g2'], policies: ['p'] },
    { group: 'b', role: 'MEMBER', groups: ['g1', 'g2'], policies: [] },
    { group: 'c', tenant: 'acme', ...none, groups: ['g3'] },
    { group: 'd', tenant: 'acme', role: 'TENANT_ADMINISTRATOR', ...none },
  ] as const;
  const rules = { mappings, defaultRole: null, homeTenant: 'default' };
  expect(mapGroups(groups, rules)).toEqual([
    { tenant: 'default', role: 'MEMBER', groups: ['g1', 'g2'], policies: ['p'] },
  ]);
  expect(mapGroups([], rules)).toEqual([]);
  expect(mapGroups([], { ...rules, defaultRole: 'READ_ONLY' })).toEqual([
    { tenant: 'default', role: 'READ_ONLY', ...none },
  ]);
  expect(mapGroups([...groups, { dn: 'cn=d', cn: 'd' }], rules)[1]).toEqual({
    ...{ tenant: 'acme', role: 'TENANT_ADMINISTRATOR', groups: ['g3'], policies: [] },
  });
});

test('a server that is away is asked again later and later, and fails at once meanwhile', async () => {
  let now = 0;
  const settings = { urls: ['ldap://127.0.0.1:1'], connectTimeoutMs: 1000 } as unknown as ConstructorParameters<
    typeof LdapServers
  >[0];
  const servers = new LdapServers(settings, () => now);
  const first = await servers.connect().catch((error: Error) => error);
  expect(first).toMatchObject({ problem: 'UNREACHABLE' });
  const isAskedAgain = async (): Promise<boolean> => (await servers.connect().catch((error: Error) => error)) !== first;
  now = 499;
  expect(await isAskedAgain()).toBe(false);
  now = 500;
  expect(await isAskedAgain()).toBe(true);
});
