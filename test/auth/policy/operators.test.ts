// Each operator as https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
// and the multi-valued ones as …/reference_policies_condition-single-vs-multi-valued-context-keys.html, describe it.
import { decide } from '../../../src/auth/policy/decide.js';
import { parsePolicy } from '../../../src/auth/policy/parse-policy.js';
import { PolicyContext } from '../../../src/auth/policy/policy-context.js';
import { identityPolicy, layersOf, requestOf } from './scene.js';

type Facts = Record<string, string | string[]>;

function holds(condition: object, facts: Facts, effect: 'Allow' | 'Deny' = 'Allow'): boolean {
  const statement = { Effect: effect, Action: 's3:*', Resource: '*', Condition: condition };
  const policy = identityPolicy('x', statement);
  const { reason } = decide(
    layersOf({ identity: [policy] }),
    requestOf({ by: 'ann', action: 's3:GetObject', on: 'photos/a', facts }),
  );
  return reason === (effect === 'Allow' ? 'IDENTITY_ALLOW' : 'EXPLICIT_DENY');
}

const prefix = (value: string | string[]) => ({ 's3:prefix': value });
const time = (value: string) => ({ 'aws:CurrentTime': value });
const address = (value: string | string[]) => ({ 'aws:SourceIp': value });
const arn = (value: string | string[]) => ({ 'aws:PrincipalArn': value });

const cases: [operator: string, own: Facts, sent: Facts, holds: boolean][] = [
  ['StringEquals', prefix('a'), prefix('a'), true],
  ['StringEquals', prefix('a'), prefix('A'), false],
  ['StringEquals', prefix('a*'), prefix('ab'), false],
  ['StringEquals', prefix('a*'), prefix('a*'), true],
  ['StringEquals', prefix(['a', 'b']), prefix('b'), true],
  ['StringEquals', { 'S3:PREFIX': 'a' }, prefix('a'), true],
  ['StringEquals', prefix(''), prefix(''), true],
  ['StringEquals', prefix(''), {}, false],
  ['StringNotEquals', prefix(['a', 'b']), prefix('b'), false],
  ['StringNotEquals', prefix(['a', 'b']), prefix('c'), true],
  ['StringNotEquals', prefix('a'), {}, true],
  ['StringEqualsIgnoreCase', prefix('ÄÖ'), prefix('äö'), true],
  ['StringNotEqualsIgnoreCase', prefix('a'), prefix('A'), false],
  ['StringLike', prefix('home/?/*'), prefix('home/a/b/c'), true],
  ['StringLike', prefix('home/?/*'), prefix('home//b'), false],
  ['StringLike', prefix('[a-z].\\d'), prefix('b.1'), false],
  ['StringNotLike', prefix('a*'), prefix('ab'), false],
  ['StringNotLike', prefix('a*'), prefix('b'), true],
  ['NumericEquals', { 's3:max-keys': '10' }, { 's3:max-keys': '10.0' }, true],
  ['NumericNotEquals', { 's3:max-keys': '10' }, { 's3:max-keys': '10.0' }, false],
  ['NumericLessThan', { 's3:max-keys': '10' }, { 's3:max-keys': '9' }, true],
  ['NumericLessThan', { 's3:max-keys': '10' }, { 's3:max-keys': '10' }, false],
  ['NumericLessThanEquals', { 's3:max-keys': '10' }, { 's3:max-keys': '10' }, true],
  ['NumericGreaterThan', { 's3:max-keys': '-1' }, { 's3:max-keys': '0' }, true],
  ['NumericGreaterThanEquals', { 's3:max-keys': '0.5' }, { 's3:max-keys': '0.5' }, true],
  ['NumericLessThan', { 's3:max-keys': '10' }, { 's3:max-keys': 'nine' }, false],
  ['NumericLessThan', { 's3:max-keys': '10' }, { 's3:max-keys': '' }, false],
  ['NumericLessThan', { 's3:max-keys': '10' }, {}, false],
  ['DateEquals', time('2026-01-01T00:00:00Z'), time('2026-01-01T01:00:00+01:00'), true],
  ['DateEquals', time('2026'), time('2026-01-01'), true],
  ['DateNotEquals', time('2026'), time('2026-01-02'), true],
  ['DateLessThan', time('2026-01-01'), time('2025-12-31T23:59:59.999Z'), true],
  ['DateLessThanEquals', time('2026-01-01'), time('2026-01-01T00:00:00Z'), true],
  ['DateGreaterThan', time('2026-01-01'), time('20260102T000000Z'), true],
  ['DateGreaterThanEquals', { 'aws:EpochTime': '1767225600' }, { 'aws:EpochTime': '1767225600' }, true],
  ['DateGreaterThan', { 'aws:EpochTime': '2026-01-01' }, { 'aws:EpochTime': '1767225601' }, true],
  ['DateLessThan', time('2026-01-01'), time('yesterday'), false],
  ['Bool', { 'aws:SecureTransport': 'true' }, { 'aws:SecureTransport': 'true' }, true],
  ['Bool', { 'aws:SecureTransport': 'TRUE' }, { 'aws:SecureTransport': 'true' }, true],
  ['Bool', { 'aws:SecureTransport': 'false' }, { 'aws:SecureTransport': 'true' }, false],
  ['Bool', { 'aws:SecureTransport': 'false' }, {}, false],
  ['BinaryEquals', prefix('QmluYXJ5'), prefix('QmluYXJ5'), true],
  ['BinaryEquals', prefix('QmluYXJ5'), prefix('QmluYXJ6'), false],
  ['IpAddress', address('203.0.113.0/24'), address('203.0.113.255'), true],
  ['IpAddress', address('203.0.113.7'), address('203.0.113.7'), true],
  ['IpAddress', address('203.0.113.7'), address('203.0.113.8'), false],
  ['IpAddress', address('203.0.113.99/25'), address('203.0.113.127'), true],
  ['IpAddress', address('203.0.113.99/25'), address('203.0.113.128'), false],
  ['IpAddress', address('2001:DB8::/33'), address('2001:db8:7fff::1'), true],
  ['IpAddress', address('2001:DB8::/33'), address('2001:db8:8000::1'), false],
  ['IpAddress', address('0.0.0.0/0'), address('2001:db8::1'), false],
  ['IpAddress', address('::/0'), address('203.0.113.1'), false],
  ['IpAddress', address('203.0.113.0/24'), address('::ffff:203.0.113.9'), true],
  ['IpAddress', address('::ffff:203.0.113.0/120'), address('203.0.113.9'), true],
  ['IpAddress', address('0.0.0.0/0'), address('nowhere'), false],
  ['NotIpAddress', address('203.0.113.0/24'), address('203.0.113.255'), false],
  ['NotIpAddress', address('203.0.113.0/24'), address('198.51.100.1'), true],
  ['NotIpAddress', address('203.0.113.0/24'), {}, true],
  ['ArnEquals', arn('arn:aws:iam::acme:user/*'), arn('arn:aws:iam::acme:user/ann'), true],
  ['ArnLike', arn('arn:aws:iam::*:user/ann'), arn('arn:aws:iam::acme:user/ann'), true],
  ['ArnLike', arn('arn:aws:*:ann'), arn('arn:aws:iam::acme:user/ann'), false],
  ['ArnLike', arn('arn:aws:iam::a*n'), arn('arn:aws:iam::acme:user/ann'), false],
  ['ArnLike', arn('arn:aws:iam::*'), arn('arn:aws:iam::acme:user/ann'), true],
  ['ArnLike', arn('*'), arn('arn:aws:iam::acme:user/ann'), true],
  ['ArnLike', arn('arn:aws:s3:::a:*'), arn('arn:aws:s3:::a:b:c'), true],
  ['ArnNotLike', arn('arn:aws:iam::acme:user/*'), arn('arn:aws:iam::acme:user/ann'), false],
  ['ArnNotEquals', arn('arn:aws:iam::globex:user/*'), arn('arn:aws:iam::acme:user/ann'), true],
  ['Null', prefix('true'), {}, true],
  ['Null', prefix('true'), prefix(''), false],
  ['Null', prefix('false'), prefix('a'), true],
  ['Null', { 's3:RequestObjectTagKeys': 'true' }, { 's3:RequestObjectTagKeys': [] }, true],
  ['StringEqualsIfExists', prefix('a'), {}, true],
  ['StringEqualsIfExists', prefix('a'), prefix('b'), false],
  ['NumericLessThanIfExists', { 's3:max-keys': '1' }, {}, true],
  ['StringNotEqualsIfExists', prefix('a'), {}, true],
  ['StringNotEqualsIfExists', prefix('a'), prefix('a'), false],
  ['BoolIfExists', { 'aws:SecureTransport': 'true' }, {}, true],
];

test.each(cases)('%s of %j and %j: %s', (operator, own, sent, expected) => {
  expect(holds({ [operator]: own }, sent)).toBe(expected);
});

const keys = (...values: string[]) => ({ 's3:RequestObjectTagKeys': values });

test.each<[string, Facts, Facts, boolean]>([
  ['ForAllValues:StringEquals', keys('a', 'b'), keys('a'), true],
  ['ForAllValues:StringEquals', keys('a', 'b'), keys('a', 'c'), false],
  ['ForAllValues:StringEquals', keys('a', 'b'), keys(), true],
  ['ForAllValues:StringEquals', keys('a', 'b'), {}, true],
  ['ForAllValues:StringNotEquals', keys('a', 'b'), keys('c', 'd'), true],
  ['ForAllValues:StringNotEquals', keys('a', 'b'), keys('c', 'a'), false],
  ['ForAnyValue:StringEquals', keys('a', 'b'), keys('c', 'a'), true],
  ['ForAnyValue:StringEquals', keys('a', 'b'), keys('c', 'd'), false],
  ['ForAnyValue:StringEquals', keys('a', 'b'), keys(), false],
  ['ForAnyValue:StringNotEquals', keys('a', 'b'), keys('a', 'c'), true],
  ['ForAnyValue:StringNotEquals', keys('a', 'b'), keys('a'), false],
  ['ForAnyValue:StringNotEquals', keys('a', 'b'), {}, false],
  ['ForAnyValue:StringLikeIfExists', keys('a*'), {}, true],
  ['StringEquals', keys('a'), keys('b', 'a'), true],
  ['StringNotEquals', keys('a'), keys('b', 'a'), false],
])('%s of %j and %j: %s', (operator, own, sent, expected) => {
  expect(holds({ [operator]: own }, sent)).toBe(expected);
});

test('all operators, and all keys of one, must hold', () => {
  const condition = {
    StringEquals: { 's3:prefix': ['a', 'b'], 's3:delimiter': '/' },
    NumericLessThan: { 's3:max-keys': 10 },
  };
  const facts = { 's3:prefix': 'b', 's3:delimiter': '/', 's3:max-keys': '5' };
  expect(holds(condition, facts)).toBe(true);
  for (const change of [{ 's3:prefix': 'c' }, { 's3:delimiter': '' }, { 's3:max-keys': '10' }]) {
    expect(holds(condition, { ...facts, ...change })).toBe(false);
  }
});

test.each<[string, string, Facts, boolean]>([
  ['a variable', '${aws:username}', prefix('ann'), true],
  ['a variable in any case', '${AWS:UserName}/x', prefix('ann/x'), true],
  ['a default', "${s3:delimiter, 'none'}", prefix('none'), true],
  ['an empty default', "a${s3:delimiter, ''}b", prefix('ab'), true],
  ['a value before its default', "${s3:delimiter, 'none'}", { ...prefix('/'), 's3:delimiter': '/' }, true],
  ['a variable without value', '${s3:delimiter}', prefix('${s3:delimiter}'), false],
  ['a variable with several values', '${s3:RequestObjectTagKeys}', { ...prefix('a'), ...keys('a', 'b') }, false],
  ['a star that is one', '${*}', prefix('*'), true],
  ['a star that is one, and nothing else', '${*}', prefix('a'), false],
  ['a question mark that is one', '${?}x', prefix('?x'), true],
  ['a dollar', '${$}{aws:username}', prefix('${aws:username}'), true],
  ['a star in a value, which is no wildcard', '${s3:delimiter}', { ...prefix('abc'), 's3:delimiter': '*' }, false],
  ['a star in a value, letter by letter', '${s3:delimiter}*', { ...prefix('*abc'), 's3:delimiter': '*' }, true],
])('knows %s', (_what, own, sent, expected) => {
  expect(holds({ StringLike: prefix(own) }, sent)).toBe(expected);
});

test('documents of the older version, and those of none, have no variables', () => {
  for (const Version of ['2008-10-17', undefined]) {
    const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/${aws:username}/*' };
    const policy = parsePolicy({ ...(Version && { Version }), Statement: statement }, { kind: 'identity' });
    const allows = (on: string) =>
      decide(layersOf({ identity: [policy] }), requestOf({ by: 'ann', action: 's3:GetObject', on })).allowed;
    expect([allows('photos/ann/a'), allows('photos/${aws:username}/a')]).toEqual([false, true]);
  }
});

test('where a variable without a value would permit more, an Allow permits nothing, and a Deny denies', () => {
  const condition = { StringNotEquals: prefix('${s3:delimiter}') };
  expect(holds(condition, prefix('a'), 'Allow')).toBe(false);
  expect(holds(condition, prefix('a'), 'Deny')).toBe(true);
  expect(holds(condition, { ...prefix('a'), 's3:delimiter': '/' }, 'Allow')).toBe(true);
});

test('conditions are found out once for each request, and only when a policy asks', () => {
  const asked: string[] = [];
  const request = requestOf({ by: 'ann', action: 's3:GetObject', on: 'photos/a' });
  const context = new PolicyContext((key) => {
    asked.push(key);
    return undefined;
  });
  const statement = (Action: string, key: string) => ({
    Effect: 'Allow',
    Action,
    Resource: '*',
    Condition: { StringEquals: { [key]: 'a' } },
  });
  const policy = identityPolicy(
    'x',
    statement('s3:GetObject', 's3:prefix'),
    statement('s3:Get*', 's3:Prefix'),
    statement('s3:PutObject', 's3:delimiter'),
  );
  decide(layersOf({ identity: [policy, policy] }), { ...request, context });
  expect(asked).toEqual(['s3:prefix']);
  expect([...policy.keys].sort()).toEqual(['s3:delimiter', 's3:prefix']);
});
