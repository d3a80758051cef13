import { parsePolicy } from '../../../src/auth/policy/parse-policy.js';
import { GranaryError } from '../../../src/errors.js';

const good = {
  Effect: 'Allow',
  Principal: '*',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::photos/*',
};

function policyOf(...statements: object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

function errorOf(document: string | object): GranaryError {
  try {
    parsePolicy(document, 'photos');
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
      AWS: ['arn:aws:iam::acme:user/ann', 'arn:aws:iam::acme:root', 'arn:aws:iam:::user/bob', 'abc-123'],
      CanonicalUser: 'f00d',
    },
    Action: ['s3:Get*', 's3:listbucket'],
    Resource: ['arn:aws:s3:::photos', 'arn:aws:s3:::photos/a?/*'],
  };
  const expected = {
    statements: [
      {
        effect: 'Deny',
        principals: [
          { kind: 'user', tenant: 'acme', username: 'ann' },
          { kind: 'tenant', tenant: 'acme' },
          { kind: 'user', tenant: null, username: 'bob' },
          { kind: 'canonicalUser', canonicalId: 'abc-123' },
          { kind: 'canonicalUser', canonicalId: 'f00d' },
        ],
        actions: ['s3:get*', 's3:listbucket'],
        resources: ['arn:aws:s3:::photos', 'arn:aws:s3:::photos/a?/*'],
      },
    ],
  };
  expect(parsePolicy(policyOf(statement), 'photos')).toEqual(expected);
  expect(parsePolicy(JSON.stringify({ Id: 'x', Statement: statement }), 'photos')).toEqual(expected);
});

test.each([
  [policyOf({ ...good, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }), 'Statement[0].Condition'],
  [policyOf(good, { ...good, NotPrincipal: '*' }), 'Statement[1].NotPrincipal'],
  [policyOf({ ...good, NotAction: 's3:GetObject' }), 'Statement[0].NotAction'],
  [policyOf({ ...good, NotResource: 'arn:aws:s3:::photos/*' }), 'Statement[0].NotResource'],
  [policyOf({ ...good, Surprise: 1 }), 'Statement[0].Surprise'],
  [policyOf({ ...good, Principal: { Federated: 'x' } }), 'Statement[0].Principal.Federated'],
  [policyOf({ ...good, Principal: { Service: 'x' } }), 'Statement[0].Principal.Service'],
  [policyOf({ ...good, Principal: {} }), 'Statement[0].Principal'],
  [policyOf({ ...good, Principal: { AWS: [] } }), 'Statement[0].Principal.AWS'],
  [policyOf({ ...good, Principal: { AWS: 'arn:aws:iam::acme:user/*' } }), 'Statement[0].Principal.AWS'],
  [policyOf({ ...good, Principal: { AWS: 'arn:aws:iam::acme:role/x' } }), 'Statement[0].Principal.AWS'],
  [policyOf({ ...good, Principal: undefined }), 'Statement[0].Principal'],
  [policyOf({ ...good, Effect: 'allow' }), 'Statement[0].Effect'],
  [policyOf({ ...good, Action: 's3:GetObjekt' }), 'Statement[0].Action'],
  [policyOf({ ...good, Action: 'iam:*' }), 'Statement[0].Action'],
  [policyOf({ ...good, Action: [] }), 'Statement[0].Action'],
  [policyOf({ ...good, Resource: '*' }), 'Statement[0].Resource'],
  [policyOf({ ...good, Resource: 'arn:aws:s3:::photos2/*' }), 'Statement[0].Resource'],
  [policyOf({ ...good, Resource: ['arn:aws:s3:::photos', 'arn:aws:s3:::other/*'] }), 'Statement[0].Resource[1]'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  [policyOf({ ...good, Resource: 'arn:aws:s3:::photos/${aws:username}/*' }), 'Statement[0].Resource'],
  [policyOf({ ...good, Resource: 'arn:aws:s3:::photos/\u0000' }), 'Statement[0].Resource'],
  [policyOf({ ...good, Resource: 'arn:aws:s3:::photos/\ud800' }), 'Statement[0].Resource'],
  [policyOf({ ...good, Sid: 'a' }, { ...good, Sid: 'a' }), 'Statement[1].Sid'],
  [policyOf(), 'Statement'],
  [{ Version: '2012-10-17' }, 'Statement'],
  [{ Version: '2020-01-01', Statement: [good] }, 'Version'],
  [{ Statement: [good], Extra: true }, 'Extra'],
  ['{"__proto__": {}, "Statement": []}', '__proto__'],
  ['[]', 'the document'],
  ['null', 'the document'],
])('refuses %j and names the place', (document, place) => {
  expect(errorOf(document)).toMatchObject({ kind: 'InvalidInput', reason: 'MalformedPolicy', data: { place } });
});

test.each(['', '{', '"x', `${'['.repeat(5000)}`])('refuses what is not JSON: %.10s', (text) => {
  expect(errorOf(text)).toMatchObject({ kind: 'InvalidInput', reason: 'MalformedPolicy' });
});

test('refuses more than 20 KiB, as text and as an object', () => {
  const tooLarge = expect.objectContaining({ kind: 'InvalidInput', reason: 'MalformedPolicy' });
  expect(errorOf(policyOf(...Array.from({ length: 300 }, () => good)))).toEqual(tooLarge);
  expect(errorOf(`${' '.repeat(20 * 1024)}${JSON.stringify(policyOf(good))}`)).toEqual(tooLarge);
});
