import fc from 'fast-check';
import type { NaiveCaller, NaiveDocument, NaiveRequest, NaiveStatement } from './naive-evaluator.js';

// Few words, so that statements and requests meet often, and each rule is decisive now and then.

const tenants = ['acme', 'globex'];
const users = ['ann', 'bob', 'a*'];

const oneOrMore = (values: string[]) =>
  fc.oneof(fc.constantFrom(...values), fc.subarray(values, { minLength: 1, maxLength: Math.min(3, values.length) }));

const actionPatterns = ['s3:GetObject', 's3:PutObject', 's3:Get*', 's3:*', '*', 's3:?etobject', 's3:ListBucket'];

const keyPatterns = [
  'arn:aws:s3:::photos',
  'arn:aws:s3:::photos/*',
  'arn:aws:s3:::photos/a/*',
  'arn:aws:s3:::photos/?/x',
  'arn:aws:s3:::photos/${aws:username}/*',
  "arn:aws:s3:::photos/${aws:PrincipalTag/team, 'a'}/*",
  'arn:aws:s3:::photos/${s3:prefix}x',
  'arn:aws:s3:::photos/${*}/x',
  'arn:aws:s3:::photos/${s3:RequestObjectTagKeys}/x',
];

const principals = fc.oneof(
  fc.constant('*'),
  oneOrMore([
    '*',
    ...tenants.flatMap((tenant) => [`arn:aws:iam::${tenant}:root`, `arn:aws:iam::${tenant}:user/ann`]),
    'arn:aws:iam:::user/bob',
    'arn:aws:iam:::root',
    'canonical-ann',
  ]).map((AWS) => ({ AWS })),
  fc.constant({ CanonicalUser: 'canonical-bob' }),
  fc.constant({ Service: 'example.com' }),
);

const texts = ['a', 'A', 'a*', '*', '?', 'ann', '${aws:username}', "${s3:prefix, 'a'}", '${$}', 'x${?}', ''];
const arns = [
  'arn:aws:iam::acme:user/ann',
  'arn:aws:iam::*:user/a*',
  'arn:aws:iam::${aws:PrincipalAccount}:user/*',
  'arn:*',
  '*',
  'arn:aws:*:user/ann',
];
const numbers = ['0', '1', '10', '10.0', '-1', '+1'];
const times = ['2026-01-01', '2026-06-01T12:00:00Z', '2026-06-01T14:00:00+02:00', '1780315200', '2027'];
const ranges = ['192.0.2.1', '192.0.2.0/24', '192.0.2.128/25', '0.0.0.0/0', '2001:db8::/32', '2001:db8::1', '::/0'];

const comparisons: [operators: string[], keys: string[], values: string[]][] = [
  [
    [
      'StringEquals',
      'StringNotEquals',
      'StringEqualsIgnoreCase',
      'StringNotEqualsIgnoreCase',
      'StringLike',
      'StringNotLike',
    ],
    ['s3:prefix', 'S3:Prefix', 'aws:username', 'aws:PrincipalTag/team', 's3:RequestObjectTagKeys', 'aws:PrincipalType'],
    texts,
  ],
  [['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'], ['aws:PrincipalArn'], arns],
  [
    ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
      (name) => `Numeric${name}`,
    ),
    ['s3:max-keys'],
    numbers,
  ],
  [
    ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
      (name) => `Date${name}`,
    ),
    ['aws:CurrentTime', 'aws:EpochTime'],
    times,
  ],
  [['Bool'], ['aws:SecureTransport'], ['true', 'false', 'True']],
  [['BinaryEquals'], ['s3:prefix'], ['', 'YQ==', 'YW5u']],
  [['IpAddress', 'NotIpAddress'], ['aws:SourceIp'], ranges],
];

const operator = (names: string[]) =>
  fc
    .tuple(
      fc.constantFrom('', '', '', 'ForAllValues:', 'ForAnyValue:'),
      fc.constantFrom(...names),
      fc.constantFrom('', '', 'IfExists'),
    )
    .map((parts) => parts.join(''));

const condition = fc.oneof(
  ...comparisons.map(([operators, keys, values]) =>
    fc.tuple(
      operator(operators),
      fc.dictionary(fc.constantFrom(...keys), oneOrMore(values), { minKeys: 1, maxKeys: 2 }),
    ),
  ),
  fc.tuple(
    fc.constant('Null'),
    fc.dictionary(fc.constantFrom('s3:prefix', 'aws:username'), oneOrMore(['true', 'false']), { minKeys: 1 }),
  ),
);

const conditions = fc
  .array(condition, { maxLength: 2 })
  .map((blocks): NonNullable<NaiveStatement['Condition']> => Object.fromEntries(blocks));

const listed = (name: string, values: string[]) =>
  fc.tuple(fc.constantFrom(name, name, `Not${name}`), oneOrMore(values)).map(([key, value]) => ({ [key]: value }));

const statement = fc
  .tuple(
    fc.constantFrom<'Allow' | 'Deny'>('Allow', 'Allow', 'Deny'),
    listed('Action', actionPatterns),
    listed('Resource', keyPatterns),
    fc.option(conditions, { nil: undefined }),
  )
  .map(
    ([Effect, action, resource, Condition]): NaiveStatement => ({
      Effect,
      ...action,
      ...resource,
      ...(Condition === undefined ? {} : { Condition }),
    }),
  );

const bucketStatement = fc
  .tuple(statement, fc.constantFrom('Principal', 'Principal', 'NotPrincipal'), principals)
  .map(([rest, key, principal]): NaiveStatement => ({ ...rest, [key]: principal }));

const documentOf = (one: fc.Arbitrary<NaiveStatement>): fc.Arbitrary<NaiveDocument> =>
  fc
    .tuple(
      fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17', undefined),
      fc.array(one, { minLength: 1, maxLength: 4 }),
    )
    .map(([Version, Statement]) => (Version === undefined ? { Statement } : { Version, Statement }));

export const identityDocuments = documentOf(statement);
export const bucketDocuments = documentOf(bucketStatement);

const callers: fc.Arbitrary<NaiveCaller> = fc.record({
  name: fc.constantFrom(...users, null),
  tenant: fc.constantFrom(...tenants),
  isGlobalAdministrator: fc.constantFrom(false, false, true),
  canonicalId: fc.constantFrom('canonical-ann', 'canonical-bob'),
});

const some = (values: string[]) => fc.option(fc.constantFrom(...values), { nil: undefined });

/** Requests whose facts go with their callers. */
export const requests: fc.Arbitrary<NaiveRequest> = fc
  .record({
    caller: callers,
    action: fc.constantFrom('s3:GetObject', 's3:PutObject', 's3:ListBucket', 's3:GetObjectVersion'),
    resource: fc.constantFrom(
      ...['', '/a/x', '/ann/x', '/b/x', '/*/x', '/a*/x', '/x'].map((key) => `arn:aws:s3:::photos${key}`),
    ),
    tenant: fc.constant('acme'),
    sent: fc.record({
      's3:prefix': some(['a', 'ann', 'a*', '', 'YQ==', 'x?']),
      's3:max-keys': some(['0', '1', '10', 'ten']),
      'aws:currenttime': some(['2026-06-01T12:00:00Z', '2026-01-01T00:00:00.000Z']),
      'aws:epochtime': some(['1780315200']),
      'aws:securetransport': some(['true', 'false']),
      'aws:sourceip': some(['192.0.2.1', '192.0.2.200', '198.51.100.7', '2001:db8::1', 'nowhere']),
      'aws:principaltag/team': some(['a', 'b', '*']),
    }),
    tags: fc.option(fc.subarray(['a', 'A', 'ann', 'b']), { nil: undefined }),
  })
  .map(({ sent, tags, ...request }) => {
    const { name, tenant } = request.caller;
    const named = name === null ? {} : identityFacts(name, tenant);
    const facts = Object.entries({ ...sent, ...named }).flatMap(([key, value]): [string, string[]][] =>
      value === undefined || (name === null && key.startsWith('aws:principaltag')) ? [] : [[key, [value]]],
    );
    return {
      ...request,
      facts: {
        ...Object.fromEntries(facts),
        ...(tags === undefined ? {} : { 's3:requestobjecttagkeys': tags }),
        'aws:principaltype': [name === null ? 'Anonymous' : 'User'],
      },
    };
  });

function identityFacts(name: string, tenant: string): Record<string, string> {
  return {
    'aws:username': name,
    'aws:principalarn': `arn:aws:iam::${tenant}:user/${name}`,
    'aws:principalaccount': tenant,
  };
}
