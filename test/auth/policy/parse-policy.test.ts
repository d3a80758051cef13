import { iamActions } from '../../../src/auth/policy/iam-actions.js';
import { type PolicyPlace, parsePolicy } from '../../../src/auth/policy/parse-policy.js';
import { GranaryError } from '../../../src/errors.js';
import { iamOperations } from '../../../src/s3/iam/iam-operations.js';

const photos = { kind: 'bucket', bucket: 'photos' } as const;

const good = {
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::photos/*',
};

function policyOf(...statements: object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

function errorOf(document: string | object, place: PolicyPlace = photos): GranaryError {
  try {
    parsePolicy(document, place);
  } catch (error) {
    expect(error).toBeInstanceOf(GranaryError);
    return error as GranaryError;
  }
  throw new Error('the policy was accepted');
}

test('reads text and objects, single values and lists, and every kind of principal', () => {
  const statement = {
    Sid: 'team',
    Effect: 'Deny',
    Principal: {
      AWS: [
        'arn:aws:iam::acme:user/ann',
        'arn:aws:iam::acme:root',
        'arn:aws:iam:::user/bob',
        'abc-123',
        'arn:aws:iam::acme:role/reader',
        'arn:aws:sts::acme:assumed-role/reader/night',
      ],
      CanonicalUser: 'f00d',
      Service: 'logging.s3.amazonaws.com',
      Federated: 'accounts.example.com',
    },
    NotAction: ['s3:Get*', 's3:listbucket'],
    Resource: ['arn:aws:s3:::photos', 'arn:aws:s3:::photos/a?/*'],
    Condition: {
      Bool: { 'aws:SecureTransport': false },
      StringLikeIfExists: { 'S3:ExistingObjectTag/Team': ['a*', 'b'] },
    },
  };
  const pattern = (source: string) => expect.objectContaining({ source });
  const expected = {
    kind: 'bucket',
    name: null,
    keys: new Set(['aws:securetransport', 's3:existingobjecttag']),
    statements: [
      expect.objectContaining({
        index: 0,
        sid: 'team',
        effect: 'Deny',
        principals: {
          negated: false,
          patterns: [
            { kind: 'user', tenant: 'acme', path: '/', username: 'ann' },
            { kind: 'tenant', tenant: 'acme' },
            { kind: 'user', tenant: null, path: '/', username: 'bob' },
            { kind: 'canonicalUser', canonicalId: 'abc-123' },
            { kind: 'role', tenant: 'acme', path: '/', role: 'reader' },
            { kind: 'session', tenant: 'acme', role: 'reader', session: 'night' },
            { kind: 'canonicalUser', canonicalId: 'f00d' },
            { kind: 'service', service: 'logging.s3.amazonaws.com' },
            { kind: 'federated', provider: 'accounts.example.com' },
          ],
        },
        actions: { negated: true, patterns: [pattern('s3:Get*'), pattern('s3:listbucket')] },
        resources: { negated: false, patterns: [pattern('arn:aws:s3:::photos'), pattern('arn:aws:s3:::photos/a?/*')] },
        conditions: [
          expect.objectContaining({ operator: 'Bool', canonicalKey: 'aws:securetransport' }),
          expect.objectContaining({ operator: 'StringLikeIfExists', canonicalKey: 's3:existingobjecttag/Team' }),
        ],
      }),
    ],
  };
  expect(parsePolicy(policyOf(statement), photos)).toEqual(expected);
  expect(parsePolicy(JSON.stringify({ Id: 'x', Statement: statement }), photos)).toEqual(expected);
});

test.each([
  [policyOf({ ...good, Condition: [] }), 'Statement[0].Condition'],
  [policyOf({ ...good, Condition: { Bool: {} } }), 'Statement[0].Condition.Bool'],
  [policyOf({ ...good, Condition: { Bool: 'true' } }), 'Statement[0].Condition.Bool'],
  [policyOf({ ...good, Condition: { StringMatches: { 's3:prefix': 'a' } } }), 'Statement[0].Condition.StringMatches'],
  [policyOf({ ...good, Condition: { stringLike: { 's3:prefix': 'a' } } }), 'Statement[0].Condition.stringLike'],
  [policyOf({ ...good, Condition: { NullIfExists: { 's3:prefix': 'true' } } }), 'Statement[0].Condition.NullIfExists'],
  [
    policyOf({ ...good, Condition: { 'ForAllValues:Null': { 's3:prefix': 'true' } } }),
    'Statement[0].Condition.ForAllValues:Null',
  ],
  [
    policyOf({ ...good, Condition: { StringLike: { 's3:prefix': ['a', ['b']] } } }),
    'Statement[0].Condition.StringLike["s3:prefix"][1]',
  ],
  [
    policyOf({ ...good, Condition: { StringLike: { 's3:prefix': ['a', 'b\0'] } } }),
    'Statement[0].Condition.StringLike["s3:prefix"][1]',
  ],
  [
    policyOf({ ...good, Condition: { StringLike: { 's3:prefix': [] } } }),
    'Statement[0].Condition.StringLike["s3:prefix"]',
  ],
  [
    policyOf({ ...good, Condition: { StringLike: { 's3:prefixes': 'a' } } }),
    'Statement[0].Condition.StringLike["s3:prefixes"]',
  ],
  [
    policyOf({ ...good, Condition: { StringEquals: { 's3:ExistingObjectTag/': 'a' } } }),
    'Statement[0].Condition.StringEquals["s3:ExistingObjectTag/"]',
  ],
  [
    policyOf({ ...good, Condition: { NumericLessThan: { 's3:max-keys': 'ten' } } }),
    'Statement[0].Condition.NumericLessThan["s3:max-keys"]',
  ],
  [
    policyOf({ ...good, Condition: { DateLessThan: { 'aws:CurrentTime': 'tomorrow' } } }),
    'Statement[0].Condition.DateLessThan["aws:CurrentTime"]',
  ],
  [
    policyOf({ ...good, Condition: { Bool: { 'aws:SecureTransport': 'yes' } } }),
    'Statement[0].Condition.Bool["aws:SecureTransport"]',
  ],
  [policyOf({ ...good, Condition: { Null: { 's3:prefix': 'maybe' } } }), 'Statement[0].Condition.Null["s3:prefix"]'],
  [
    policyOf({ ...good, Condition: { BinaryEquals: { 's3:prefix': '%' } } }),
    'Statement[0].Condition.BinaryEquals["s3:prefix"]',
  ],
  ...['10.0.0.0/33', '10.0.0', '010.0.0.1', '::1/129', '2001:db8::/', 'localhost', ''].map(
    (range): [object, string] => [
      policyOf({ ...good, Condition: { IpAddress: { 'aws:SourceIp': range } } }),
      'Statement[0].Condition.IpAddress["aws:SourceIp"]',
    ],
  ),
  [
    policyOf({ ...good, Condition: { ArnLike: { 'aws:PrincipalArn': 'acme' } } }),
    'Statement[0].Condition.ArnLike["aws:PrincipalArn"]',
  ],
  [policyOf(good, { ...good, NotPrincipal: '*' }), 'Statement[1].NotPrincipal'],
  [policyOf({ ...good, NotAction: 's3:GetObject' }), 'Statement[0].NotAction'],
  [policyOf({ ...good, NotResource: 'arn:aws:s3:::photos/*' }), 'Statement[0].NotResource'],
  [policyOf({ ...good, Resource: undefined, NotResource: 'arn:aws:s3:::other/*' }), 'Statement[0].NotResource'],
  [policyOf({ ...good, Action: undefined, NotAction: 's3:GetObjekt' }), 'Statement[0].NotAction'],
  [policyOf({ ...good, Surprise: 1 }), 'Statement[0].Surprise'],
  [policyOf({ ...good, Principal: { Federated: '' } }), 'Statement[0].Principal.Federated'],
  [policyOf({ ...good, Principal: { Unknown: 'x' } }), 'Statement[0].Principal.Unknown'],
  [policyOf({ ...good, Principal: {} }), 'Statement[0].Principal'],
  [policyOf({ ...good, Principal: { AWS: [] } }), 'Statement[0].Principal.AWS'],
  [policyOf({ ...good, Principal: { AWS: 'arn:aws:iam::acme:user/*' } }), 'Statement[0].Principal.AWS'],
  [policyOf({ ...good, Principal: { AWS: 'arn:aws:iam::acme:group/x' } }), 'Statement[0].Principal.AWS'],
  [policyOf({ ...good, Principal: { AWS: 'arn:aws:sts::acme:assumed-role/x' } }), 'Statement[0].Principal.AWS'],
  [policyOf({ ...good, Principal: undefined }), 'Statement[0].Principal'],
  [policyOf({ ...good, Effect: 'allow' }), 'Statement[0].Effect'],
  [policyOf({ ...good, Action: 's3:GetObjekt' }), 'Statement[0].Action'],
  [policyOf({ ...good, Action: 'iam:*' }), 'Statement[0].Action'],
  [policyOf({ ...good, Action: 'ec2:*' }), 'Statement[0].Action'],
  [policyOf({ ...good, Action: [] }), 'Statement[0].Action'],
  [policyOf({ ...good, Resource: '*' }), 'Statement[0].Resource'],
  [policyOf({ ...good, Resource: 'arn:aws:s3:::photos2/*' }), 'Statement[0].Resource'],
  [policyOf({ ...good, Resource: ['arn:aws:s3:::photos', 'arn:aws:s3:::other/*'] }), 'Statement[0].Resource[1]'],
  [policyOf({ ...good, Resource: 'arn:aws:s3:::photos/${aws:username/*' }), 'Statement[0].Resource'],
  [policyOf({ ...good, Resource: 'arn:aws:s3:::photos/\u0000' }), 'Statement[0].Resource'],
  [policyOf({ ...good, Resource: 'arn:aws:s3:::photos/\ud800' }), 'Statement[0].Resource'],
  [policyOf({ ...good, Sid: 'a' }, { ...good, Sid: 'a' }), 'Statement[1].Sid'],
  [policyOf(), 'Statement'],
  [{ Version: '2012-10-17' }, 'Statement'],
  [{ Version: '2020-01-01', Statement: [good] }, 'Version'],
  [{ Statement: [good], Extra: true }, 'Extra'],
  ['{"__proto__": {}, "Statement": []}', '__proto__'],
  ['{"Statement": [], "Statement": []}', 'Statement'],
  ['{"Statement": [{"Effect": "Allow", "Condition": {}, "\\u0043ondition": {}}]}', 'Condition'],
  ['[]', 'the document'],
  ['null', 'the document'],
])('refuses %j and names the place', (document, place) => {
  expect(errorOf(document)).toMatchObject({ kind: 'InvalidInput', reason: 'MalformedPolicy', data: { place } });
});

test.each(['', '{', '"x', `${'['.repeat(5000)}`])('refuses what is not JSON: %.10s', (text) => {
  expect(errorOf(text)).toMatchObject({ kind: 'InvalidInput', reason: 'MalformedPolicy' });
});

const identity = { kind: 'identity', name: 'readers' } as const;
const own = { Effect: 'Allow', Action: ['s3:Get*', 'granary:CreateUser'], Resource: '*' };

test('actions of iam may be allowed and denied to users, but not excepted, as verbs of granary would be left', () => {
  const iam = { Effect: 'Allow', Action: ['iam:Get*', 'iam:CreateUser', 'sts:GetSessionToken'], Resource: '*' };
  expect(parsePolicy(policyOf(iam), identity).statements).toHaveLength(1);
  const excepted = { Effect: 'Allow', NotAction: ['s3:*', 'iam:*'], Resource: '*' };
  expect(() => parsePolicy(policyOf(excepted), identity)).toThrow(/NotAction/);
  const unknown = { ...iam, Action: 'iam:CreateSAMLProvider' };
  expect(() => parsePolicy(policyOf(unknown), identity)).toThrow(/Action/);
});

test('all actions of iam that policies name are operations, and all operations can be named', () => {
  expect([...iamActions].sort()).toEqual(
    Object.keys(iamOperations)
      .map((name) => `iam:${name}`)
      .sort(),
  );
});

test('a policy for users has no principal, and may name anything', () => {
  const { kind, name, statements } = parsePolicy(
    policyOf(own, { ...own, Resource: ['arn:aws:s3:::*', 'arn:granary:acme:user/*', 'arn:granary::tenant/acme'] }),
    identity,
  );
  expect({ kind, name }).toEqual({ kind: 'identity', name: 'readers' });
  expect(statements.map(({ principals }) => principals)).toEqual([null, null]);
});

test.each([
  [{ ...own, Principal: '*' }, 'Statement[0].Principal'],
  [{ ...own, NotPrincipal: '*' }, 'Statement[0].NotPrincipal'],
  [{ ...own, Resource: 'photos' }, 'Statement[0].Resource'],
  [{ ...own, Resource: ['*', 'arn:aws:ec2:::x'] }, 'Statement[0].Resource[1]'],
  [{ ...own, Action: 'granary:Conquer' }, 'Statement[0].Action'],
  [{ ...own, Action: 'ec2:*' }, 'Statement[0].Action'],
])('refuses %j for users and names the place', (statement, place) => {
  expect(errorOf(policyOf(statement), identity)).toMatchObject({ reason: 'MalformedPolicy', data: { place } });
});

test('takes a backslash before what would be an escape without it, and refuses what is one', () => {
  const withValue = (value: string) =>
    policyOf({ ...own, Condition: { StringEquals: { 'aws:username': ['ann', value] } } });
  for (const harmless of ['\\u0000', '\\ud800', 'c:\\udata\\u0000']) {
    expect(() => parsePolicy(withValue(harmless), identity)).not.toThrow();
    expect(() => parsePolicy(JSON.stringify(withValue(harmless)), identity)).not.toThrow();
  }
  for (const unstorable of ['\u0000', '\ud800', '\\\u0000']) {
    expect(errorOf(withValue(unstorable), identity)).toMatchObject({ reason: 'MalformedPolicy' });
  }
});

test('a policy for users has 6144 characters at most, a session’s 2048, blanks not counted', () => {
  const sized = (characters: number) => {
    const empty = JSON.stringify(policyOf({ ...own, Sid: 's' })).length - 1;
    return JSON.stringify(policyOf({ ...own, Sid: 's'.repeat(characters - empty) }), null, 4);
  };
  parsePolicy(sized(6144), identity);
  parsePolicy(sized(2048), { kind: 'session' });
  expect(errorOf(sized(6145), identity)).toMatchObject({ data: { place: 'the document' } });
  expect(errorOf(sized(2049), { kind: 'session' })).toMatchObject({ data: { place: 'the document' } });
});

test('bounds what is slow to match, and what is many', () => {
  const like = (...values: string[]) => ({ ...good, Condition: { StringLike: { 's3:prefix': values } } });
  const mixed = Array.from({ length: 5 }, (_, index) => `*?${index}`);
  parsePolicy(policyOf(like(...mixed.slice(0, 4))), photos);
  expect(errorOf(policyOf(like(...mixed)))).toMatchObject({ data: { place: 'the document' } });
  expect(errorOf(policyOf(like(...Array.from({ length: 1001 }, () => 'a'))))).toMatchObject({
    data: { place: 'the document' },
  });
  const many = { Version: '2012-10-17', Statement: like('${aws:userid}'.repeat(11)) };
  expect(errorOf(many)).toMatchObject({ data: { place: 'Statement[0].Condition' } });
});

test('refuses more than 20 KiB, as text and as an object', () => {
  const tooLarge = expect.objectContaining({ kind: 'InvalidInput', reason: 'MalformedPolicy' });
  expect(errorOf(policyOf(...Array.from({ length: 300 }, () => good)))).toEqual(tooLarge);
  expect(errorOf(`${' '.repeat(20 * 1024)}${JSON.stringify(policyOf(good))}`)).toEqual(tooLarge);
});
