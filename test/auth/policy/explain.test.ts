// The order of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, and its trace.
import { decide, type PolicyLayers } from '../../../src/auth/policy/decide.js';
import { explain } from '../../../src/auth/policy/explain.js';
import { type Asked, bucketPolicy, identityPolicy, layersOf, requestOf } from './scene.js';

const get: Asked = { by: 'ann', action: 's3:GetObject', on: 'photos/a' };
const own = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const ofBucket = { ...own, Principal: '*', Resource: 'arn:aws:s3:::photos/*' };
const allow = identityPolicy('allow', own);
const deny = identityPolicy('deny', { ...own, Effect: 'Deny' });
const other = identityPolicy('other', { ...own, Action: 's3:PutObject' });
const bucketAllow = bucketPolicy(ofBucket);
const bucketDeny = bucketPolicy({ ...ofBucket, Effect: 'Deny' });

test.each<[string, Partial<PolicyLayers>, Asked, string]>([
  ['nothing says anything', {}, get, 'NO_ALLOW'],
  ['the caller’s own policy allows', { identity: [other, allow] }, get, 'IDENTITY_ALLOW'],
  ['the bucket’s policy allows', { resource: bucketAllow }, get, 'RESOURCE_ALLOW'],
  ['both allow', { identity: [allow], resource: bucketAllow }, get, 'IDENTITY_ALLOW'],
  ['a deny of the own stands against both', { identity: [allow, deny], resource: bucketAllow }, get, 'EXPLICIT_DENY'],
  ['a deny of the bucket stands against the own', { identity: [allow], resource: bucketDeny }, get, 'EXPLICIT_DENY'],
  ['a session allows too', { identity: [allow], sessions: [allow] }, get, 'IDENTITY_ALLOW'],
  ['a session alone gives nothing', { sessions: [allow] }, get, 'NO_ALLOW'],
  ['a session does not allow', { identity: [allow], sessions: [other] }, get, 'SESSION'],
  ['one of two sessions does not allow', { identity: [allow], sessions: [allow, other] }, get, 'SESSION'],
  ['a session narrows what the bucket gives', { resource: bucketAllow, sessions: [other] }, get, 'SESSION'],
  ['a session denies', { identity: [allow], sessions: [deny] }, get, 'EXPLICIT_DENY'],
  [
    'a deny is told before a session',
    { identity: [allow], sessions: [other], resource: bucketDeny },
    get,
    'EXPLICIT_DENY',
  ],
  ['own policies do not reach another tenant', { identity: [allow] }, { ...get, by: 'eve@globex' }, 'NO_ALLOW'],
  ['own denials do', { identity: [deny], resource: bucketAllow }, { ...get, by: 'eve@globex' }, 'EXPLICIT_DENY'],
  ['a bucket lets a stranger in', { resource: bucketAllow }, { ...get, by: 'eve@globex' }, 'RESOURCE_ALLOW'],
  ['own policies are nobody’s', { identity: [allow] }, { action: get.action, on: get.on }, 'NO_ALLOW'],
])('%s', (_name, layers, asked, reason) => {
  const request = requestOf(asked);
  expect(decide(layersOf(layers), request).reason).toBe(reason);
  expect(explain(layersOf(layers), request)).toMatchObject(decide(layersOf(layers), request));
});

test('only a global administrator’s own policies reach what is of another tenant, or of none', () => {
  for (const tenantId of [2, null]) {
    const request = { ...requestOf(get), tenantId };
    expect(decide(layersOf({ identity: [allow] }), request).reason).toBe('NO_ALLOW');
    const principal = { ...request.principal, role: 'ADMINISTRATOR' } as typeof request.principal;
    expect(decide(layersOf({ identity: [allow] }), { ...request, principal }).reason).toBe('IDENTITY_ALLOW');
  }
});

test('names the statement that decided', () => {
  const named = identityPolicy('readers', { ...own, Action: 's3:PutObject' }, { ...own, Sid: 'Read' });
  expect(explain(layersOf({ identity: [other, named], resource: bucketAllow }), requestOf(get)).decidedBy).toEqual({
    layer: 'IDENTITY',
    policy: 'readers',
    index: 1,
    sid: 'Read',
    effect: 'Allow',
    statement: { ...own, Sid: 'Read' },
    failures: [],
  });
  const shut = bucketPolicy(ofBucket, { ...ofBucket, Sid: 'Shut', Effect: 'Deny' });
  expect(explain(layersOf({ identity: [allow], resource: shut }), requestOf(get)).decidedBy).toMatchObject({
    layer: 'RESOURCE',
    policy: null,
    index: 1,
    sid: 'Shut',
    effect: 'Deny',
  });
});

test('names the session that is too narrow', () => {
  const { decidedBy, session } = explain(layersOf({ identity: [allow], sessions: [allow, other] }), requestOf(get));
  expect([decidedBy, session]).toEqual([null, { index: 1, policy: 'other' }]);
});

test('names what nearly matched, with the part that failed', () => {
  const resource = bucketPolicy(
    { ...ofBucket, Sid: 'Principal', Principal: { AWS: 'arn:aws:iam::acme:user/bob' } },
    { ...ofBucket, Sid: 'Action', Action: 's3:PutObject' },
    { ...ofBucket, Sid: 'Resource', Resource: 'arn:aws:s3:::photos/b' },
    { ...ofBucket, Sid: 'Two', Action: 's3:PutObject', Resource: 'arn:aws:s3:::photos/b' },
    {
      ...ofBucket,
      Sid: 'Condition',
      Condition: {
        StringLike: { 's3:prefix': ['a*', '${aws:username}'] },
        IpAddress: { 'aws:SourceIp': '192.0.2.0/24' },
        Bool: { 'aws:SecureTransport': 'true' },
      },
    },
  );
  const facts = { 'aws:SourceIp': '198.51.100.7', 'aws:SecureTransport': 'true' };
  const { reason, decidedBy, nearly } = explain(layersOf({ resource }), requestOf({ ...get, facts }));
  expect([reason, decidedBy]).toEqual(['NO_ALLOW', null]);
  expect(nearly.map(({ sid, failures }) => [sid, failures])).toEqual([
    ['Principal', [{ part: 'principal' }]],
    ['Action', [{ part: 'action' }]],
    ['Resource', [{ part: 'resource' }]],
    [
      'Condition',
      [
        {
          part: 'condition',
          operator: 'StringLike',
          key: 's3:prefix',
          expected: ['a*', '${aws:username}'],
          actual: null,
        },
        {
          part: 'condition',
          operator: 'IpAddress',
          key: 'aws:SourceIp',
          expected: ['192.0.2.0/24'],
          actual: ['198.51.100.7'],
        },
      ],
    ],
  ]);
});

test('says of own policies that the resource is another tenant’s, and of * what it does not see of a stranger', () => {
  const stranger = requestOf({ ...get, by: 'eve@globex' });
  const [far] = explain(layersOf({ identity: [allow] }), stranger).nearly;
  expect(far).toMatchObject({ layer: 'IDENTITY', failures: [{ part: 'tenant' }] });
  const resource = bucketPolicy({ ...ofBucket, Condition: { StringEquals: { 'aws:username': 'eve' } } });
  const [unseen] = explain(layersOf({ resource }), stranger).nearly;
  expect(unseen?.failures).toMatchObject([{ key: 'aws:username', actual: null }]);
});
