import fc from 'fast-check';
import { covers, isWider } from '../../../src/auth/policy/covers.js';
import { type Policy, parsePolicy } from '../../../src/auth/policy/parse-policy.js';
import { matchesWildcard } from '../../../src/auth/policy/wildcard.js';

const allow = (Action: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  ...{ Effect: 'Allow', Action, Resource },
  ...more,
});
const deny = (Action: string, Resource = '*') => ({ Effect: 'Deny', Action, Resource });
const policy = (...Statement: object[]): Policy =>
  parsePolicy({ Version: '2012-10-17', Statement }, { kind: 'identity', name: 'p' });

const office = { Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } };

test.each<[boolean, object[], object]>([
  [true, [allow('*')], allow('s3:GetObject')],
  [true, [allow('s3:Get*')], allow('s3:GetObject', 'arn:aws:s3:::photos/*')],
  [true, [allow('s3:Get*'), allow('s3:PutObject')], allow(['s3:GetObject', 's3:PutObject'])],
  [false, [allow('s3:GetObject')], allow('s3:Get*')],
  [false, [allow('s3:*', 'arn:aws:s3:::photos/a*')], allow('s3:GetObject', 'arn:aws:s3:::photos/*')],
  [true, [allow('s3:*', 'arn:aws:s3:::photos/a*')], allow('s3:GetObject', 'arn:aws:s3:::photos/ab*')],
  [false, [allow('s3:*', 'arn:aws:s3:::photos/?')], allow('s3:GetObject', 'arn:aws:s3:::photos/*')],
  [false, [allow('s3:*', '*', office)], allow('s3:GetObject')],
  [true, [allow('s3:*', '*', office)], allow('s3:GetObject', '*', office)],
  [false, [allow('*'), deny('s3:GetObject', 'arn:aws:s3:::secret/*')], allow('s3:Get*')],
  [true, [allow('*'), deny('s3:GetObject', 'arn:aws:s3:::secret/*')], allow('s3:Get*', 'arn:aws:s3:::photos/*')],
  [true, [], deny('s3:GetObject')],
  [true, [allow('iam:*')], allow('iam:CreateUser', 'arn:aws:iam::acme:user/*')],
  [false, [allow('iam:CreateUser')], allow('granary:CreateUser')],
  [false, [allow('granary:*')], allow('iam:CreateUser')],
  // A deny of the one is about the other.
  [false, [allow('iam:*'), deny('granary:CreateUser', 'arn:granary:acme:user/*')], allow('iam:CreateUser')],
  [
    false,
    [allow('sts:*'), deny('granary:CreateSessionCredentials', 'arn:granary:acme:user/*')],
    allow('sts:GetSessionToken'),
  ],
  [true, [allow('iam:*'), deny('s3:GetObject')], allow('iam:CreateUser', 'arn:aws:iam::acme:user/*')],
  [false, [allow('s3:*')], { Effect: 'Allow', NotAction: 's3:GetObject', Resource: '*' }],
  [true, [allow('*')], { Effect: 'Allow', NotAction: 's3:GetObject', Resource: '*' }],
])('%s: %j may hand on %j', (expected, own, granted) => {
  const identity = own.length === 0 ? [] : [policy(...own)];
  expect(covers({ identity, sessions: [] }, policy(granted), 'somebody who gets it')).toBe(expected);
});

const home = 'arn:aws:s3:::home/${aws:username}/*';
const team = { Condition: { StringEquals: { 'aws:PrincipalTag/team': 'red' } } };
const owner = { Condition: { StringEquals: { 'granary:BucketOwner': '${granary:CanonicalId}' } } };

test.each<[boolean, object, object]>([
  [true, allow('s3:*'), allow('s3:*', home)],
  [true, allow('s3:*'), allow('s3:*', '*', team)],
  [true, allow('s3:*', 'arn:aws:s3:::home/*'), allow('s3:*', home)],
  [true, allow('s3:*', '*', office), allow('s3:*', '*', office)],
  [false, allow('s3:*', home), allow('s3:*', home)],
  [false, allow('s3:*', '*', team), allow('s3:*', '*', team)],
  [false, allow('s3:*', '*', owner), allow('s3:*', '*', owner)],
])('%s: %j is as much as another user has by %j', (expected, own, others) => {
  const layers = { identity: [policy(own)], sessions: [] };
  expect(covers(layers, policy(others), 'somebody who is acted for')).toBe(expected);
  // Whoever gets it holds it as the grantor does: for what is its own.
  expect(covers(layers, policy(others), 'somebody who gets it')).toBe(true);
});

test('an escaped wildcard is as wide as itself, and no variable', () => {
  expect(isWider('b/${*}', 'b/${aws:username}')).toBe(false);
  expect(isWider('b/${*}', 'b/${*}')).toBe(true);
  expect(isWider('b/*', 'b/${aws:username}')).toBe(true);
  expect(isWider('b/?', 'b/${aws:username}')).toBe(false);
});

test('every layer of a session must cover what is handed on', () => {
  const granted = policy(allow('s3:GetObject'));
  const identity = [policy(allow('*'))];
  expect(covers({ identity, sessions: [policy(allow('s3:*'))] }, granted, 'somebody who gets it')).toBe(true);
  expect(
    covers(
      { identity, sessions: [policy(allow('s3:*')), policy(allow('s3:PutObject'))] },
      granted,
      'somebody who gets it',
    ),
  ).toBe(false);
});

test('a wider pattern matches whatever the narrower one matches', () => {
  const pattern = fc.stringMatching(/^[ab*?]{0,4}$/);
  let compared = 0;
  fc.assert(
    fc.property(pattern, pattern, fc.stringMatching(/^[ab]{0,4}$/), (wide, narrow, text) => {
      if (isWider(wide, narrow) && matchesWildcard(narrow, text)) {
        compared += 1;
        expect(matchesWildcard(wide, text)).toBe(true);
      }
    }),
    { numRuns: 5000 },
  );
  expect(compared).toBeGreaterThan(0);
});
