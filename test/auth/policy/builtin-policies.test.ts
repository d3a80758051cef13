import type { Caller, Role, UserCaller } from '../../../src/auth/caller.js';
import { builtinPolicies, builtinPolicy, policyOfRole } from '../../../src/auth/policy/builtin-policies.js';
import { decide } from '../../../src/auth/policy/decide.js';
import { PolicyContext } from '../../../src/auth/policy/policy-context.js';

function user(role: Role): UserCaller {
  return {
    ...{ kind: 'user', userId: 7, username: 'ann', displayName: 'Ann', canonicalId: 'ann-id', role },
    ...{ tenantId: 1, tenantName: 'acme', groups: [], sessionPolicies: [] },
    policies: [builtinPolicy(policyOfRole[role])],
  };
}

interface Target {
  tenantId: number | null;
  resource: string;
  owner?: string;
}

function permits(caller: Caller, action: string, { tenantId, resource, owner }: Target): boolean {
  const facts: Record<string, string | undefined> = {
    'granary:bucketowner': owner,
    'granary:canonicalid': 'ann-id',
    'aws:username': 'ann',
  };
  const layers = { identity: caller.kind === 'user' ? caller.policies : [], sessions: [], resource: null };
  const context = new PolicyContext((key) => facts[key]);
  return decide(layers, { principal: caller, action, resource, tenantId, context }).allowed;
}

const own = { tenantId: 1, resource: 'arn:aws:s3:::photos', owner: 'ann-id' };
const colleagues = { tenantId: 1, resource: 'arn:aws:s3:::films', owner: 'bob-id' };
const foreign = { tenantId: 2, resource: 'arn:aws:s3:::photos', owner: 'eve-id' };
const tenant = { tenantId: 1, resource: 'arn:aws:s3:::new' };
const self = { tenantId: 1, resource: 'arn:granary:acme:user/ann' };
const colleague = { tenantId: 1, resource: 'arn:granary:acme:user/bob' };
const server = { tenantId: null, resource: 'arn:granary::server/*' };

test.each<[Role, string, Target, boolean]>([
  ['ADMINISTRATOR', 's3:DeleteBucket', foreign, true],
  ['ADMINISTRATOR', 's3:CreateBucket', tenant, true],
  ['ADMINISTRATOR', 'granary:CreateTenant', server, true],
  ['TENANT_ADMINISTRATOR', 's3:DeleteBucket', colleagues, true],
  ['TENANT_ADMINISTRATOR', 's3:GetObject', foreign, false],
  ['TENANT_ADMINISTRATOR', 'granary:CreateUser', colleague, true],
  ['TENANT_ADMINISTRATOR', 'granary:CreateTenant', server, false],
  ['MEMBER', 's3:CreateBucket', tenant, true],
  ['MEMBER', 's3:ListAllMyBuckets', tenant, true],
  ['MEMBER', 's3:SomethingElse', tenant, false],
  ['MEMBER', 's3:PutObject', own, true],
  ['MEMBER', 'granary:PutBucketTrash', own, true],
  ['MEMBER', 'granary:PutReplicationTargets', own, false],
  ['MEMBER', 's3:GetObject', colleagues, false],
  ['MEMBER', 's3:GetObject', { ...own, tenantId: 2 }, false],
  ['MEMBER', 'granary:CreateAccessKey', self, true],
  ['MEMBER', 'granary:CreateAccessKey', colleague, false],
  ['MEMBER', 'granary:ListUsers', tenant, false],
  ['READ_ONLY', 's3:GetObject', colleagues, true],
  ['READ_ONLY', 's3:ListBucket', colleagues, true],
  ['READ_ONLY', 's3:HeadBucket', colleagues, true],
  ['READ_ONLY', 's3:PutObject', own, false],
  ['READ_ONLY', 's3:CreateBucket', tenant, false],
  ['READ_ONLY', 's3:GetObject', foreign, false],
  ['READ_ONLY', 'granary:CreateAccessKey', self, true],
  ['READ_ONLY', 'granary:AttachPolicy', self, false],
])('%s, %s on %j: %s', (role, action, target, permitted) => {
  expect(permits(user(role), action, target)).toBe(permitted);
});

test('nothing is permitted to anonymous callers before a bucket policy speaks', () => {
  expect(permits({ kind: 'anonymous', tenantId: 1, tenantName: 'acme' }, 's3:GetObject', own)).toBe(false);
});

test('every built-in policy is a document that a tenant could put as well', () => {
  for (const name of Object.keys(builtinPolicies) as (keyof typeof builtinPolicies)[]) {
    expect(builtinPolicy(name)).toMatchObject({ kind: 'identity', name });
  }
});
