import fc from 'fast-check';
import { type ClaimMapping, mapClaims } from '../../src/auth/claim-mapping.js';
import { claimValues } from '../../src/auth/claim-values.js';

test.each([
  ['name', { name: 'Ann' }, ['Ann']],
  ['a.b.c', { a: { b: { c: ['x', 'y'] } } }, ['x', 'y']],
  ['https://example.com/groups', { 'https://example.com/groups': ['x'] }, ['x']],
  ['https://example.com/claims.roles', { 'https://example.com/claims': { roles: 'x' } }, ['x']],
  ['a.b', { 'a.b': 'whole', a: { b: 'path' } }, ['whole']],
  ['groups.name', { groups: [{ name: 'x' }, { other: 'z' }, { name: ['y', 7] }] }, ['x', 'y', '7']],
  ['flag', { flag: true }, ['true']],
  ['scope', { scope: 'read write' }, ['read', 'write']],
  ['groups', { groups: 'a b' }, ['a b']],
  ['a', { a: { b: 'x' } }, []],
  ['a.b', { a: 'x' }, []],
  ['missing', {}, []],
  ['none', { none: null }, []],
  ['constructor.name', {}, []],
  ['__proto__', {}, []],
  ['toString', { a: 1 }, []],
])('the claim %s is found', (path, claims, values) => {
  expect(claimValues(claims, path)).toEqual(values);
});

test('no claims and no path make it fail, or give more than a thousand values', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 5 }), fc.string(), (claims, path) => {
      expect(claimValues(claims, path).every((value) => typeof value === 'string')).toBe(true);
    }),
  );
  expect(claimValues({ a: Array.from({ length: 5_000 }, (_, index) => index) }, 'a')).toHaveLength(1_000);
});

const rule = { tenant: null, role: null, groups: [], policies: [] };
const mapping: ClaimMapping = {
  claims: {
    ...{ username: 'preferred_username', displayName: 'name', email: 'email', tenant: 'org', role: 'role' },
    ...{ groups: 'groups', policies: null },
  },
  rules: [
    { ...rule, claim: 'groups', values: ['admins'], role: 'TENANT_ADMINISTRATOR', policies: ['everything'] },
    { ...rule, claim: 'groups', values: ['admins', 'staff'], role: 'MEMBER', policies: ['files'] },
    { ...rule, claim: 'partner', values: ['*'], tenant: 'partners' },
  ],
  defaultTenant: 'default',
  defaultRole: null,
};

test('the first rule that fits decides role and tenant, and all of them add groups and policies', () => {
  const claims = {
    sub: '1',
    preferred_username: 'ann',
    groups: ['staff', 'admins'],
    role: 'READ_ONLY',
    partner: 'any',
  };
  expect(mapClaims(claims, mapping)).toEqual({
    ...{ username: 'ann', displayName: undefined, email: undefined, tenant: 'partners', role: 'TENANT_ADMINISTRATOR' },
    ...{ groups: ['staff', 'admins'], policies: ['everything', 'files'] },
  });
});

test('without a rule the claims say it themselves, and then the defaults do', () => {
  expect(mapClaims({ sub: '1', role: ['boss', 'READ_ONLY'], org: 'acme' } as { sub: string }, mapping)).toMatchObject({
    ...{ username: '1', tenant: 'acme', role: 'READ_ONLY' },
  });
  expect(mapClaims({ sub: '1' }, mapping)).toMatchObject({ tenant: 'default', role: undefined, groups: [] });
});

test('an address that the provider has not verified is left out', () => {
  const email = 'ann@example.com';
  expect(mapClaims({ sub: '1', email } as { sub: string }, mapping).email).toBe(email);
  expect(mapClaims({ sub: '1', email, email_verified: true } as { sub: string }, mapping).email).toBe(email);
  expect(mapClaims({ sub: '1', email, email_verified: false } as { sub: string }, mapping).email).toBeUndefined();
});
