import fc from 'fast-check';
import type { Caller, UserCaller } from '../../../src/auth/caller.js';
import { decide as decideAll } from '../../../src/auth/policy/decide.js';
import type { PolicyRequest } from '../../../src/auth/policy/match-statement.js';
import { parsePolicy } from '../../../src/auth/policy/parse-policy.js';
import { PolicyContext } from '../../../src/auth/policy/policy-context.js';

function user(changes: Partial<UserCaller> = {}): UserCaller {
  return {
    kind: 'user',
    userId: 7,
    username: 'ann',
    displayName: 'Ann',
    canonicalId: 'cafe',
    role: 'MEMBER',
    tenantId: 1,
    tenantName: 'acme',
    groups: [],
    policies: [],
    sessionPolicies: [],
    ...changes,
  };
}

const anonymous: Caller = { kind: 'anonymous', tenantId: 1, tenantName: 'acme' };
const stranger = user({ userId: 8, username: 'eve', canonicalId: 'beef', tenantId: 2, tenantName: 'globex' });

function decide(statements: object[], request: Partial<PolicyRequest> = {}): string {
  const resource = parsePolicy({ Statement: statements }, { kind: 'bucket', bucket: 'photos' });
  const { reason } = decideAll(
    { identity: [], sessions: [], resource },
    {
      principal: user(),
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::photos/a.jpg',
      tenantId: 1,
      context: new PolicyContext(() => undefined),
      ...request,
    },
  );
  return reason === 'RESOURCE_ALLOW' ? 'allow' : reason === 'EXPLICIT_DENY' ? 'deny' : 'none';
}

function statement(changes: object = {}): object {
  return { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/*', ...changes };
}

const deny = statement({ Effect: 'Deny' });

test.each<[string, object[], Partial<PolicyRequest>, string]>([
  ['allows what is named', [statement()], {}, 'allow'],
  ['allows anonymous callers when everyone is', [statement()], { principal: anonymous }, 'allow'],
  ['says nothing of other actions', [statement()], { action: 's3:PutObject' }, 'none'],
  ['says nothing of the bucket when objects are named', [statement()], { resource: 'arn:aws:s3:::photos' }, 'none'],
  ['compares actions without regard to case', [statement({ Action: 's3:getobject' })], {}, 'allow'],
  ['compares resources with regard to case', [statement({ Resource: 'arn:aws:s3:::photos/A.jpg' })], {}, 'none'],
  ['lets a deny win, before', [deny, statement()], {}, 'deny'],
  ['lets a deny win, after', [statement(), deny], {}, 'deny'],
  ['takes wildcards in actions', [statement({ Action: 's3:Get*' })], { action: 's3:GetObjectVersion' }, 'allow'],
  ['takes * for every action', [statement({ Action: '*' })], { action: 's3:DeleteObject' }, 'allow'],
  ['knows a user', [statement({ Principal: { AWS: 'arn:aws:iam::acme:user/ann' } })], {}, 'allow'],
  ['knows a user by name and tenant', [statement({ Principal: { AWS: 'arn:aws:iam::globex:user/ann' } })], {}, 'none'],
  ['knows everyone in a tenant', [statement({ Principal: { AWS: 'arn:aws:iam::acme:root' } })], {}, 'allow'],
  [
    'does not take another tenant for it',
    [statement({ Principal: { AWS: 'arn:aws:iam::acme:root' } })],
    { principal: stranger },
    'none',
  ],
  [
    'lets another tenant in that it names',
    [statement({ Principal: { AWS: 'arn:aws:iam::globex:user/eve' } })],
    { principal: stranger },
    'allow',
  ],
  ['reads an empty tenant as the own', [statement({ Principal: { AWS: 'arn:aws:iam:::user/ann' } })], {}, 'allow'],
  [
    'does not read an empty tenant as any',
    [statement({ Principal: { AWS: 'arn:aws:iam:::root' } })],
    { principal: stranger },
    'none',
  ],
  ['knows canonical ids', [statement({ Principal: { CanonicalUser: 'cafe' } })], {}, 'allow'],
  ['knows bare canonical ids', [statement({ Principal: { AWS: 'cafe' } })], { principal: stranger }, 'none'],
  [
    'counts nobody anonymous to a tenant',
    [statement({ Principal: { AWS: 'arn:aws:iam::acme:root' } })],
    { principal: anonymous },
    'none',
  ],
  [
    'lets nobody whom a provider vouches for in for being none of those excepted',
    [statement({ Principal: undefined, NotPrincipal: { AWS: 'arn:aws:iam::acme:user/ann' } })],
    { principal: anonymous, provider: 'login.example.com' },
    'none',
  ],
  [
    'denies whom a provider vouches for as everybody',
    [statement({ Principal: { Federated: 'login.example.com' } }), deny],
    { principal: anonymous, provider: 'login.example.com' },
    'deny',
  ],
])('%s', (_name, statements, request, decision) => {
  expect(decide(statements, request)).toBe(decision);
});

test('the order of statements never matters, and a matching deny always wins', () => {
  const effects = fc.array(fc.constantFrom('Allow', 'Deny', 'Other'), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(effects, (kinds) => {
      const statements = kinds.map((kind) =>
        kind === 'Other' ? statement({ Action: 's3:PutObject' }) : statement({ Effect: kind }),
      );
      const expected = kinds.includes('Deny') ? 'deny' : kinds.includes('Allow') ? 'allow' : 'none';
      expect(decide(statements)).toBe(expected);
      expect(decide([...statements].reverse())).toBe(expected);
    }),
  );
});
