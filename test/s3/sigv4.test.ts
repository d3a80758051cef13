import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { parseQuery } from '../../src/s3/protocol/query.js';
import { readHeaders } from '../../src/s3/protocol/request-headers.js';
import { type S3Failure, toS3Failure } from '../../src/s3/protocol/s3-error.js';
import { readClaim } from '../../src/s3/protocol/signature-claim.js';
import { signingKey } from '../../src/s3/protocol/signing-key.js';
import { canonicalRequest, type SignedRequest, verifySignature } from '../../src/s3/protocol/sigv4.js';
import { spacedHex } from '../../src/s3/protocol/spaced-hex.js';
import { codeOf } from './code-of.js';

// The examples of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and sigv4-query-string-auth.html
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const credential = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
const now = Date.UTC(2013, 4, 24);
const host = 'examplebucket.s3.amazonaws.com';
const emptyHash = createHash('sha256').digest('hex');

const presigned =
  `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(credential)}` +
  '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
  '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';

interface Example {
  method?: string;
  url: string;
  headers: Record<string, string>;
  signedHeaders?: string;
  signature?: string;
}

function request({ method = 'GET', url, headers, signedHeaders, signature }: Example): SignedRequest {
  const [path = '', query = ''] = url.split('?');
  const raw = Object.entries(headers).flat();
  if (signature !== undefined) {
    raw.push(
      'Authorization',
      `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${signedHeaders},Signature=${signature}`,
    );
  }
  return { method, path, query: parseQuery(query), headers: readHeaders(raw) };
}

function verify(signed: SignedRequest, at = now): void {
  const claim = readClaim(signed, { region: 'us-east-1', version2: 'off', now: at });
  if (claim?.version !== 4) {
    throw new Error('anonymous');
  }
  verifySignature(signed, claim, signingKey(claim.scope, secret));
}

const getObject: Example = {
  url: '/test.txt',
  headers: {
    Host: host,
    Range: 'bytes=0-9',
    'x-amz-content-sha256': emptyHash,
    'x-amz-date': '20130524T000000Z',
  },
  signedHeaders: 'host;range;x-amz-content-sha256;x-amz-date',
  signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
};

describe("AWS's published examples", () => {
  test('GET Object', () => verify(request(getObject)));

  test('PUT Object', () =>
    verify(
      request({
        method: 'PUT',
        url: '/test%24file.text',
        headers: {
          Host: host,
          Date: 'Fri, 24 May 2013 00:00:00 GMT',
          'x-amz-date': '20130524T000000Z',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
          'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
        },
        signedHeaders: 'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
        signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      }),
    ));

  test('GET Bucket Lifecycle, a parameter without a value', () =>
    verify(
      request({
        url: '/?lifecycle',
        headers: { Host: host, 'x-amz-date': '20130524T000000Z', 'x-amz-content-sha256': emptyHash },
        signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
        signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
      }),
    ));

  test('GET Bucket (List Objects)', () =>
    verify(
      request({
        url: '/?max-keys=2&prefix=J',
        headers: { Host: host, 'x-amz-date': '20130524T000000Z', 'x-amz-content-sha256': emptyHash },
        signedHeaders: 'host;x-amz-content-sha256;x-amz-date',
        signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      }),
    ));

  test('a presigned URL', () => verify(request({ url: presigned, headers: { Host: host } })));

  test('a presigned URL on the last second of its time, and not after it', () => {
    const signed = request({ url: presigned, headers: { Host: host } });
    verify(signed, now + 86_400_000);
    expect(codeOf(() => verify(signed, now + 86_400_001))).toBe('AccessDenied');
  });

  test('a presigned URL with the digest of a body, which is signed by its value or not at all', () => {
    const signed = request({ url: presigned, headers: { Host: host, 'x-amz-content-sha256': emptyHash } });
    expect(codeOf(() => verify(signed))).toBe('SignatureDoesNotMatch');
    verify(request({ url: presigned, headers: { Host: host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }));
  });

  test('a presigned URL with a header that was not signed', () => {
    const signed = request({ url: presigned, headers: { Host: host, 'x-amz-copy-source': 'a/b' } });
    expect(codeOf(() => verify(signed))).toBe('AccessDenied');
  });

  test.each(['604801', '-1', '', 'x'])('X-Amz-Expires=%s is refused', (seconds) => {
    const url = presigned.replace('X-Amz-Expires=86400', `X-Amz-Expires=${seconds}`);
    expect(codeOf(() => verify(request({ url, headers: { Host: host } })))).toBe('AuthorizationQueryParametersError');
  });

  test('a presigned URL that is good for no second has expired', () => {
    const url = presigned.replace('X-Amz-Expires=86400', 'X-Amz-Expires=0');
    expect(codeOf(() => verify(request({ url, headers: { Host: host } })))).toBe('AccessDenied');
  });
});

/** Credentials that cannot be, and what is said of them wherever they stand. */
const brokenCredentials = [
  [
    'AKID/2013/us-east-1',
    'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
  ],
  [
    'A/2013/us-east-1/s3/x/y',
    'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
  ],
  ['A/20130524/us-east-1/s3/aws5_request', 'incorrect terminal "aws5_request". This endpoint uses "aws4_request".'],
  ['A/20130524/us-east-1/ec2/aws4_request', 'incorrect service "ec2". This endpoint belongs to "s3".'],
  ['A/20130524/eu-west-9/s3/aws4_request', "the region 'eu-west-9' is wrong; expecting 'us-east-1'"],
  [
    'A/2013052/us-east-1/s3/aws4_request',
    'incorrect date format "2013052". This date in the credential must be in the format "yyyyMMdd".',
  ],
];

function failureOf(url: string, authorization?: string): S3Failure {
  const headers: Record<string, string> =
    authorization === undefined ? { Host: host } : { ...getObject.headers, Authorization: authorization };
  return failureToVerify(request({ url, headers }));
}

function failureToVerify(signed: SignedRequest): S3Failure {
  try {
    verify(signed);
  } catch (error) {
    return toS3Failure(error);
  }
  throw new Error('This was not refused.');
}

describe('a signature in the query', () => {
  test.each(brokenCredentials)('with the credential %s is told what is wrong with it', (sent, problem) => {
    const url = presigned.replace(/X-Amz-Credential=[^&]+/, `X-Amz-Credential=${encodeURIComponent(sent ?? '')}`);
    expect(failureOf(url)).toMatchObject({
      code: 'AuthorizationQueryParametersError',
      status: 400,
      message: `Error parsing the X-Amz-Credential parameter; ${problem}`,
    });
  });

  test.each([
    [
      '20130525/',
      'Invalid credential date "20130525". This date is not the same as X-Amz-Date: "20130524".',
      '20130524%2F',
    ],
    ['AWS4-SHA256', 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"', 'AWS4-HMAC-SHA256'],
    ['AWS4-ECDSA-P256-SHA256', 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"', 'AWS4-HMAC-SHA256'],
  ])('with %s is told %s', (sent, message, instead) => {
    const url = presigned.replace(instead, encodeURIComponent(sent));
    expect(failureOf(url)).toMatchObject({ code: 'AuthorizationQueryParametersError', message });
  });
});

describe('a signature in the header', () => {
  test('holds for a quarter of an hour either way', () => {
    verify(request(getObject), now + 15 * 60_000);
    verify(request(getObject), now - 15 * 60_000);
    expect(codeOf(() => verify(request(getObject), now + 16 * 60_000))).toBe('RequestTimeTooSkewed');
    expect(codeOf(() => verify(request(getObject), now - 16 * 60_000))).toBe('RequestTimeTooSkewed');
  });

  test('of a year that the form of its date cannot hold is refused', () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/+0100001/us-east-1/s3/aws4_request, ' +
      `SignedHeaders=date;host;x-amz-content-sha256, Signature=${'0'.repeat(64)}`;
    const raw = ['Host', host, 'Date', 'Sat, 01 Jan 10000 00:00:00 GMT', 'x-amz-content-sha256', 'UNSIGNED-PAYLOAD'];
    const signed = {
      method: 'GET',
      path: '/test.txt',
      query: parseQuery(''),
      headers: readHeaders([...raw, 'Authorization', authorization]),
    };
    expect(codeOf(() => readClaim(signed, { region: 'us-east-1', version2: 'off', now }))).toBe(
      'AuthorizationHeaderMalformed',
    );
  });

  test.each([
    ['another method', { ...getObject, method: 'PUT' }, 'SignatureDoesNotMatch'],
    ['another path', { ...getObject, url: '/tesu.txt' }, 'SignatureDoesNotMatch'],
    ['another query', { ...getObject, url: '/test.txt?a=b' }, 'SignatureDoesNotMatch'],
    ['a signature of the wrong length', { ...getObject, signature: 'ab' }, 'SignatureDoesNotMatch'],
    [
      'another header',
      { ...getObject, headers: { ...getObject.headers, Range: 'bytes=0-8' } },
      'SignatureDoesNotMatch',
    ],
    [
      'an unsigned x-amz header',
      { ...getObject, headers: { ...getObject.headers, 'x-amz-acl': 'private' } },
      'AccessDenied',
    ],
    ['a signature in the query too', { ...getObject, url: '/test.txt?X-Amz-Signature=ab' }, 'InvalidArgument'],
    [
      'a session token that is not signed',
      { ...getObject, headers: { ...getObject.headers, 'x-amz-security-token': 'x' } },
      'AccessDenied',
    ],
  ])('%s is refused', (_, example, code) => {
    expect(codeOf(() => verify(request(example)))).toBe(code);
  });

  test.each([
    ['AWS AKIAIOSFODNN7EXAMPLE:abc', 'InvalidRequest'],
    ['AWS4-ECDSA-P256-SHA256 Credential=a', 'InvalidRequest'],
    ['Bearer abc', 'InvalidArgument'],
    ['AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host', 'AuthorizationHeaderMalformed'],
    [
      'AWS4-HMAC-SHA256 Credential=AKID/20130524/eu-west-9/s3/aws4_request,SignedHeaders=host,Signature=ab',
      'AuthorizationHeaderMalformed',
    ],
    [
      'AWS4-HMAC-SHA256 Credential=AKID/20130525/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=ab',
      'AuthorizationHeaderMalformed',
    ],
    [
      'AWS4-HMAC-SHA256 Credential=AKID/20130524/us-east-1/iam/aws4_request,SignedHeaders=host,Signature=ab',
      'AuthorizationHeaderMalformed',
    ],
  ])('%s is refused', (authorization, code) => {
    const headers = { ...getObject.headers, Authorization: authorization };
    expect(codeOf(() => verify(request({ url: '/', headers })))).toBe(code);
  });

  test.each([
    ['secret', "Authorization header is invalid -- one and only one ' ' (space) required", undefined],
    ['Bearer secret', 'Unsupported Authorization Type', 'Bearer'],
  ])('%s is told %s, without what may be a secret', (authorization, message, value) => {
    expect(failureOf('/', authorization)).toMatchObject({
      code: 'InvalidArgument',
      message,
      fields: [['ArgumentName', 'Authorization'], ...(value === undefined ? [] : [['ArgumentValue', value]])],
    });
    const { fields } = failureOf(presigned, authorization);
    expect(fields).toEqual([
      ['ArgumentName', 'Authorization'],
      ...(value === undefined ? [] : [['ArgumentValue', value]]),
    ]);
  });

  test.each([
    [
      'Credential=AKID/20130524/us-east-1/s3/aws4_request,Signature=ab',
      'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
    ],
    [
      `Credential=${credential},SignedHeaders-host,Signature=ab`,
      'the authorization component "SignedHeaders-host" is malformed.',
    ],
    ['Credentials=a,SignedHeaders=host,Signature=ab', 'missing Credential.'],
    [`Credential=${credential},Signed=host,Signature=ab`, 'missing SignedHeaders.'],
    [`Credential=${credential},SignedHeaders=host,Sign=ab`, 'missing Signature.'],
    [`Credential=${credential},SignedHeaders=host,Credential=${credential}`, 'missing Signature.'],
    ...brokenCredentials.map(([sent, message]) => [`Credential=${sent},SignedHeaders=host,Signature=ab`, message]),
    [
      'Credential=AKID/20130525/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=ab',
      'Invalid credential date. Date is not the same as X-Amz-Date.',
    ],
  ])('%s is told what is wrong with it', (parts, problem) => {
    expect(failureOf('/', `AWS4-HMAC-SHA256 ${parts}`)).toMatchObject({
      code: 'AuthorizationHeaderMalformed',
      status: 400,
      message: `The authorization header is malformed; ${problem}`,
    });
  });

  test('for another region is told which one is right', () => {
    const [, sent] = brokenCredentials.find(([each]) => each?.includes('eu-west-9')) ?? [];
    expect(sent).toContain("expecting 'us-east-1'");
    const header = 'AWS4-HMAC-SHA256 Credential=A/20130524/eu-west-9/s3/aws4_request,SignedHeaders=host,Signature=a';
    expect(failureOf('/', header).fields).toEqual([['Region', 'us-east-1']]);
  });

  test('that is wrong is shown what the server signed, also byte by byte', () => {
    const fields = new Map(
      failureOf(
        '/test.txt',
        `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=ab`,
      ).fields,
    );
    const canonical = fields.get('CanonicalRequest') ?? '';
    expect(canonical).toMatch(/^GET\n\/test\.txt\n/);
    expect(fields.get('CanonicalRequestBytes')).toBe(
      [...Buffer.from(canonical)].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
    );
    expect(fields.get('StringToSignBytes')).toMatch(/^41 57 53 34 2d 48 4d 41 43 /);
  });

  test('65: that is wrong is shown without keys of customers and session tokens, as text and byte by byte', () => {
    const secrets = ['key-of-a-customer', 'key-of-the-source', 'token+of/a-session=='];
    const [customerKey = '', sourceKey = '', token = ''] = secrets;
    const names =
      'host;x-amz-content-sha256;x-amz-copy-source-server-side-encryption-customer-key;x-amz-date;x-amz-security-token;x-amz-server-side-encryption-customer-key';
    const headers = {
      ...getObject.headers,
      'x-amz-server-side-encryption-customer-key': customerKey,
      'x-amz-copy-source-server-side-encryption-customer-key': sourceKey,
      'x-amz-security-token': token,
      Authorization: `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names},Signature=ab`,
    };
    const inQuery = [
      `X-Amz-Security-Token=${encodeURIComponent(token)}`,
      `x-amz-server-side-encryption-customer-key=${customerKey}`,
      `X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key=${sourceKey}`,
    ].join('&');
    for (const signed of [
      request({ url: '/test.txt', headers }),
      request({ url: `${presigned}&${inQuery}`, headers: { Host: host } }),
    ]) {
      const said = JSON.stringify(failureToVerify(signed));
      expect(said.match(/HIDDEN/g)).toHaveLength(3);
      expect(said).toContain('48 49 44 44 45 4e');
      for (const secret of secrets) {
        for (const form of [
          secret,
          encodeURIComponent(secret),
          spacedHex(secret),
          spacedHex(encodeURIComponent(secret)),
        ]) {
          expect(said).not.toContain(form);
        }
      }
    }
  });

  test('a header sent twice has one canonical form', () => {
    const headers = readHeaders(['X-Amz-Meta-A', '1', 'x-amz-meta-a', '2']);
    expect(headers.values['x-amz-meta-a']).toBe('1,2');
    expect(headers.amzNames).toEqual(['x-amz-meta-a']);
  });
});

test('the canonical query does not depend on how the sender spelled and ordered it', () => {
  const parameter = fc.tuple(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fc.uniqueArray(parameter, { selector: ([name]) => name, maxLength: 8 }), (pairs) => {
      fc.pre(pairs.every(([name, value]) => !`${name}${value}`.includes('\0') && name !== 'X-Amz-Signature'));
      const plain = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
      const full = [...pairs]
        .reverse()
        .map(([name, value]) => `${encodeAll(name)}=${encodeAll(value)}`)
        .join('&');
      expect(parseQuery(full).canonical()).toBe(parseQuery(plain.join('&')).canonical());
      for (const [name, value] of pairs) {
        expect(parseQuery(full).get(name)).toBe(value);
      }
    }),
  );
});

test('the canonical request has the raw path and the sorted query', () => {
  const signed = request({ ...getObject, url: "/a//b/%2e%2e/c?b=2&a='&c" });
  const claim = readClaim(signed, { region: 'us-east-1', version2: 'off', now });
  const lines = claim?.version === 4 ? canonicalRequest(signed, claim, signed.path).split('\n') : [];
  expect(lines?.slice(0, 3)).toEqual(['GET', '/a//b/%2e%2e/c', 'a=%27&b=2&c=']);
});

function encodeAll(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
