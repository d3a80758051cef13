import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { GranaryError } from '../../src/errors.js';
import { readChecksumClaim } from '../../src/s3/protocol/checksum-headers.js';
import { writeConditions } from '../../src/s3/protocol/conditions.js';
import { parseCopySource } from '../../src/s3/protocol/copy-source.js';
import { formatBasicDate, parseBasicDate } from '../../src/s3/protocol/dates.js';
import { readCustomerKey } from '../../src/s3/protocol/encryption-headers.js';
import { fromMetadataText, toHeaderText } from '../../src/s3/protocol/header-text.js';
import { formatToken, parseEncoding, parsePageSize, parseToken } from '../../src/s3/protocol/list-parameters.js';
import { readAttributes } from '../../src/s3/protocol/object-attributes.js';
import { parsePayload } from '../../src/s3/protocol/payload.js';
import { parsePostPolicy, requireFit } from '../../src/s3/protocol/post-policy.js';
import { withQueryHeaders } from '../../src/s3/protocol/presigned-headers.js';
import { parseQuery } from '../../src/s3/protocol/query.js';
import { parseCopyRange, parseRange } from '../../src/s3/protocol/range.js';
import { refuseUnsupportedHeaders } from '../../src/s3/protocol/refused-headers.js';
import { readHeaders } from '../../src/s3/protocol/request-headers.js';
import { parseResource } from '../../src/s3/protocol/resource.js';
import { toS3Failure } from '../../src/s3/protocol/s3-error.js';
import { parseTagging, parseTaggingHeader } from '../../src/s3/protocol/tagging.js';
import { parseXml } from '../../src/s3/protocol/xml-reader.js';
import { element, escapeXml, s3Document } from '../../src/s3/protocol/xml-writer.js';
import { codeOf } from './code-of.js';

function headers(values: Record<string, string>) {
  return readHeaders(Object.entries(values).flat());
}

describe('a path', () => {
  test.each([
    ['/', { bucket: '', key: '' }],
    ['/b', { bucket: 'b', key: '' }],
    ['/b/', { bucket: 'b', key: '' }],
    ['/b/k', { bucket: 'b', key: 'k' }],
    ['/b//k', { bucket: 'b', key: '/k' }],
    ['/b/a//b/', { bucket: 'b', key: 'a//b/' }],
    ['/A/../B/key', { bucket: 'A', key: '../B/key' }],
    ['/b/%2e%2e/./..', { bucket: 'b', key: '.././..' }],
    ['/b/%252e%252e', { bucket: 'b', key: '%2e%2e' }],
    ['/b/a%2Fb+c%20d', { bucket: 'b', key: 'a/b+c d' }],
    ['/b/%E2%82%AC', { bucket: 'b', key: '€' }],
    ['/b/\u00e2\u0082\u00ac', { bucket: 'b', key: '€' }],
    ['/acme:b/k', { tenant: 'acme', bucket: 'b', key: 'k' }],
    ['/acme%3Ab/k', { tenant: 'acme', bucket: 'b', key: 'k' }],
  ])('%s is read literally', (path, resource) => {
    expect(parseResource(path)).toEqual(resource);
  });

  test.each(['/b/%', '/b/%zz', '/b/%c0%ae', '/b/%ff', '/b/a%00b', '*', 'http://host/b', '/b/\u00ff'])(
    '%s is refused',
    (path) => {
      expect(codeOf(() => parseResource(path))).toBe('InvalidURI');
    },
  );

  test('any key survives its encoding', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        fc.pre(!key.includes('\0'));
        expect(parseResource(`/b/${encodeURIComponent(key)}`)).toEqual({ bucket: 'b', key });
      }),
    );
  });
});

test.each([
  ['bytes=0-9', { first: 0, last: 9 }],
  ['bytes=5-', { first: 5 }],
  ['bytes=-5', { suffix: 5 }],
  ['bytes=9-5', undefined],
  ['bytes=-', undefined],
  ['bytes=0-1,3-4', undefined],
  ['lines=0-1', undefined],
  ['bytes=a-b', undefined],
  ['bytes= -1', undefined],
  ['bytes=0 -1', undefined],
  [undefined, undefined],
])('the range %s', (header, range) => {
  expect(parseRange(header)).toEqual(range);
});

test('a copy range must have both ends', () => {
  expect(parseCopyRange('bytes=0-9')).toEqual({ start: 0, end: 9 });
  expect(codeOf(() => parseCopyRange('bytes=5-'))).toBe('InvalidArgument');
});

test.each([
  ['bbb/k', { bucket: 'bbb', key: 'k' }],
  ['/bbb/k%20x?versionId=0a', { bucket: 'bbb', key: 'k x', versionId: '0a' }],
  ['bbb%2Fk', { bucket: 'bbb', key: 'k' }],
  ['aaa/../B/k', { bucket: 'aaa', key: '../B/k' }],
  ['acme:bbb/k%3Fv', { tenant: 'acme', bucket: 'bbb', key: 'k?v' }],
  ['bbb/a+b', { bucket: 'bbb', key: 'a+b' }],
])('the copy source %s', (header, source) => {
  expect(parseCopySource(header)).toEqual(source);
});

test.each(['', 'b', 'bbb/', '/bbb', '//k', 'bbb/%ff', 'bbb/k?versionId=', 'bbb/k?x=1', 'A/k', 'arn:aws:s3:::b/k'])(
  'the copy source "%s" is refused',
  (header) => {
    expect(codeOf(() => parseCopySource(header))).toBe('InvalidArgument');
  },
);

describe('an XML request', () => {
  test('is read with namespaces, entities, comments and CDATA', () => {
    const root = parseXml(
      Buffer.from(
        '<?xml version="1.0"?><!-- c --><a:Delete xmlns:a="x"><Key> a&amp;b&#x20AC;</Key><Key><![CDATA[<&amp;]]></Key></a:Delete>',
      ),
      'Delete',
    );
    expect(root.children('Key').map((child) => child.ownText())).toEqual([' a&b€', '<&amp;']);
  });

  test.each([
    ['', 'nothing'],
    ['<Delete>', 'an element without an end'],
    ['<Delete></Delete><Delete></Delete>', 'two roots'],
    ['<Other></Other>', 'another root'],
    ['{}', 'no XML'],
    ['<!DOCTYPE a><Delete></Delete>', 'a document type'],
    ['<!DOCTYPE a><!DOCTYPE b><Delete></Delete>', 'two document types'],
    ['<!DOCTYPE a [<!ENTITY e "x">]><Delete>&e;</Delete>', 'an entity declaration'],
    [`<Delete>${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}</Delete>`, 'great depth'],
    ['<__proto__></__proto__>', 'the prototype'],
  ])('is refused: %#', (text) => {
    expect(codeOf(() => parseXml(Buffer.from(text), 'Delete'))).toBe('MalformedXML');
  });

  test.each(['&e;', '&#0;', '&#xD800;', '&#x110000;', '&', '&lt'])('%s is refused', (text) => {
    const read = () => parseXml(Buffer.from(`<Delete><Key>${text}</Key></Delete>`), 'Delete').text('Key');
    expect(codeOf(read)).toBe('MalformedXML');
  });

  test('what is not UTF-8 is refused', () => {
    expect(codeOf(() => parseXml(Buffer.from('<Delete>\xff</Delete>', 'latin1'), 'Delete'))).toBe('MalformedXML');
  });

  test('any text survives writing and reading', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes('\0'));
        const document = s3Document('Delete', [element('Key', text)]);
        expect(parseXml(Buffer.from(document), 'Delete').text('Key')).toBe(text);
      }),
    );
  });

  test('control characters are written as references', () => {
    expect(escapeXml('a\r\n\x01<&>"')).toBe('a&#xd;&#xa;&#x1;&lt;&amp;&gt;&quot;');
  });
});

describe('checksums', () => {
  test('are read from headers and announced by trailers', () => {
    expect(readChecksumClaim(headers({ 'x-amz-checksum-crc32': 'AAAAAA==' }))).toEqual({
      algorithm: 'CRC32',
      value: Buffer.alloc(4),
    });
    expect(readChecksumClaim(headers({ 'x-amz-trailer': 'x-amz-checksum-crc64nvme' }))).toEqual({
      algorithm: 'CRC64NVME',
    });
    expect(readChecksumClaim(headers({ 'x-amz-checksum-mode': 'ENABLED' }))).toBeUndefined();
  });

  test.each([
    [{ 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-crc32c': 'AAAAAA==' }],
    [{ 'x-amz-checksum-crc32': 'AAAA' }],
    [{ 'x-amz-checksum-crc32': '!AAAAA==' }],
    [{ 'x-amz-checksum-md4': 'AAAAAA==' }],
    [{ 'x-amz-sdk-checksum-algorithm': 'CRC32' }],
    [{ 'x-amz-sdk-checksum-algorithm': 'SHA1', 'x-amz-checksum-crc32': 'AAAAAA==' }],
    [{ 'x-amz-trailer': 'x-amz-checksum-crc32', 'x-amz-checksum-crc32': 'AAAAAA==' }],
  ])('%j is refused', (values) => {
    expect(codeOf(() => readChecksumClaim(headers(values as unknown as Record<string, string>)))).toBe(
      'InvalidRequest',
    );
  });

  test('in the query of a presigned URL are not looked at, other moved headers are', () => {
    const query = parseQuery(
      'x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&x-amz-meta-a=%C3%A9&X-Amz-Date=x',
    );
    const merged = withQueryHeaders(headers({ host: 'h' }), query);
    expect(merged.amzNames).toEqual(['x-amz-meta-a']);
    expect(readAttributes(merged).metadata).toEqual({ a: 'é' });
  });
});

test.each([
  ['UNSIGNED-PAYLOAD', 'query', 'none'],
  ['0'.repeat(64), 'header', 'none'],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'header', 'none'],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'query', 'InvalidRequest'],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'nobody', 'InvalidRequest'],
  ['abc', 'header', 'InvalidArgument'],
  ['toString', 'header', 'InvalidArgument'],
] as const)('the payload %s signed by %s', (value, signedBy, code) => {
  expect(codeOf(() => parsePayload(value, signedBy))).toBe(code);
});

test('metadata bytes come back as they came', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: HTTP does not carry these
      fc.pre(!/[\x00-\x08\x0a-\x1f\x7f]/.test(text));
      const sent = Buffer.from(text).toString('latin1');
      expect(toHeaderText(fromMetadataText(sent))).toBe(sent);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ min: 0x20, max: 0xff, maxLength: 8 }), (bytes) => {
      fc.pre(!bytes.includes(0x7f));
      const sent = Buffer.from(bytes).toString('latin1');
      for (const value of [sent, `\xef\xbb\xbf${sent}`, `\xef\xbb\xbf\xef\xbb\xbf${sent}`]) {
        expect(toHeaderText(fromMetadataText(value))).toBe(value);
      }
    }),
  );
  expect(fromMetadataText('caf\xe9')).toBe('\ufeffcafé');
  expect(toHeaderText('\ufeffabc')).toBe('\xef\xbb\xbfabc');
  expect(toHeaderText('a\r\nb')).toBe('=?UTF-8?B?YQ0KYg==?=');
});

test('aws-chunked is not kept as a content encoding', () => {
  expect(readAttributes(headers({ 'content-encoding': 'gzip, aws-chunked' })).headers).toEqual({
    contentEncoding: 'gzip',
  });
  expect(readAttributes(headers({ 'content-encoding': 'aws-chunked' })).headers).toBeUndefined();
});

test('a storage class other than STANDARD is refused', () => {
  expect(codeOf(() => readAttributes(headers({ 'x-amz-storage-class': 'GLACIER' })))).toBe('InvalidStorageClass');
});

test('tags are read from header and document', () => {
  expect({ ...parseTaggingHeader('a=1&b%20c=%C3%A9+x&d') }).toEqual({ a: '1', 'b c': 'é x', d: '' });
  const body = Buffer.from('<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>');
  expect({ ...parseTagging(body) }).toEqual({ a: '1' });
  for (const header of ['a=1&a=2', '=', 'a%', 'a=%zz']) {
    expect([header, codeOf(() => parseTaggingHeader(header))]).toEqual([header, 'InvalidArgument']);
  }
});

test.each([
  ['x-amz-server-side-encryption', 'AES256', 'none'],
  ['x-amz-server-side-encryption-context', 'e30=', 'NotImplemented'],
  ['x-amz-acl', 'public-read', 'none'],
  ['x-amz-object-lock-mode', 'COMPLIANCE', 'none'],
  ['x-amz-object-lock-event-hold', 'ON', 'NotImplemented'],
  ['x-amz-website-redirect-location', '/x', 'none'],
  ['x-amz-meta-x-amz-acl', 'x', 'none'],
])('%s: %s', (name, value, code) => {
  expect(codeOf(() => refuseUnsupportedHeaders(headers({ [name]: value })))).toBe(code);
});

test('conditions on writes are one tag or a star', () => {
  expect(writeConditions(headers({ 'if-none-match': '*' }))).toEqual({ ifNoneMatch: '*' });
  expect(writeConditions(headers({ 'if-match': '"a"' }))).toEqual({ ifMatch: '"a"' });
  expect(writeConditions(headers({ 'if-none-match': '"a"' }))).toEqual({ ifNoneMatch: '"a"' });
  expect(codeOf(() => writeConditions(headers({ 'if-none-match': '"a", "b"' })))).toBe('NotImplemented');
  expect(codeOf(() => writeConditions(headers({ 'if-none-match': '*', 'if-match': '"a"' })))).toBe('NotImplemented');
});

describe("a form's policy", () => {
  const policy = (conditions: string) =>
    Buffer.from(`{"expiration": "2100-01-01T00:00:00Z", "conditions": ${conditions}}`).toString('base64');

  test('is refused as quickly with a million blanks in it, and taken with a few', () => {
    const before = performance.now();
    expect(codeOf(() => parsePostPolicy(`${' '.repeat(1_000_000)}!`))).toBe('InvalidPolicyDocument');
    expect(codeOf(() => parsePostPolicy(`e30=${'\n'.repeat(1_000_000)}=!`))).toBe('InvalidPolicyDocument');
    expect(performance.now() - before).toBeLessThan(5000);
    expect(parsePostPolicy(`${policy('[]').replace(/(.{20})/g, '$1\r\n')} \n`).matches).toEqual([]);
  });

  test.each([
    ['[[{"toString": 1, "valueOf": 1}, "$key", "a"]]', "Invalid Condition: unknown operation '{...}'."],
    [`[[${'['.repeat(6000)}${']'.repeat(6000)}, "$key", "a"]]`, "Invalid Condition: unknown operation '[...]'."],
    ['[[null, "$key", "a"]]', "Invalid Condition: unknown operation 'null'."],
    ['[["content-length-range", {"toString": 1, "valueOf": 1}, 1]]', 'Invalid JSON.'],
    ['[["content-length-range", [1], 2]]', 'Invalid JSON.'],
  ])('with something else where a word or a number belongs is told so', (conditions, problem) => {
    expect(() => parsePostPolicy(policy(conditions))).toThrow(
      expect.objectContaining({ reason: 'InvalidPolicyDocument', message: `Invalid Policy: ${problem}` }),
    );
  });

  test('65: that wants another session token is refused without naming it', () => {
    const read = parsePostPolicy(policy('[["eq", "$X-Amz-Security-Token", "the-token"]]'));
    expect(() => requireFit(read, new Map(), 0)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('the-token') }),
    );
  });
});

test('page sizes are capped, and what is no number is refused', () => {
  const size = (text: string) => parsePageSize(parseQuery(`max-keys=${text}`), 'max-keys');
  expect(['0', '7', '1001', '2147483648', '99999999999999999999', ''].map(size)).toEqual([
    0, 7, 1000, 1000, 1000, 1000,
  ]);
  expect(codeOf(() => size('-1'))).toBe('InvalidArgument');
  expect(codeOf(() => size('1.5'))).toBe('InvalidArgument');
});

test('continuation tokens are opaque, and changed ones are noticed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.nat(), (name, at) => {
      const token = formatToken(name);
      expect(parseToken(token)).toBe(name);
      const place = at % token.length;
      const changed = `${token.slice(0, place)}${token[place] === 'A' ? 'B' : 'A'}${token.slice(place + 1)}`;
      expect(codeOf(() => parseToken(changed))).toBe('InvalidArgument');
    }),
  );
});

test('url encoding keeps the slash', () => {
  expect(parseEncoding(parseQuery('encoding-type=url')).encode('a b/+*é')).toBe('a%20b/%2B%2A%C3%A9');
  expect(codeOf(() => parseEncoding(parseQuery('encoding-type=x')))).toBe('InvalidArgument');
});

test('dates', () => {
  expect(parseBasicDate('20130524T010203Z')).toBe(Date.UTC(2013, 4, 24, 1, 2, 3));
  expect(formatBasicDate(Date.UTC(2013, 4, 24, 1, 2, 3))).toBe('20130524T010203Z');
  expect(['20130532T000000Z', '2013-05-24T00:00', '20130524T0000000', '20131324T000000Z'].map(parseBasicDate)).toEqual(
    Array(4).fill(undefined),
  );
});

test('errors: known reasons keep their code, unknown ones go by kind, bugs show nothing', () => {
  const known = new GranaryError('NotFound', 'gone', { reason: 'NoSuchVersion', data: { VersionId: 'x' } });
  expect(toS3Failure(known)).toEqual({
    code: 'NoSuchVersion',
    status: 404,
    message: 'gone',
    fields: [['VersionId', 'x']],
  });
  expect(toS3Failure(new GranaryError('Unavailable', 'away'))).toMatchObject({
    code: 'ServiceUnavailable',
    status: 503,
  });
  expect(toS3Failure(new GranaryError('StorageFull', 'full'))).toMatchObject({ status: 507 });
  expect(toS3Failure(new GranaryError('Internal', '/etc/secret', { reason: 'CorruptBlob' })).message).not.toContain(
    'secret',
  );
  expect(toS3Failure(new Error('/etc/secret')).message).not.toContain('secret');
});

test('a customer’s key is taken only whole, with its own digest', () => {
  const key = Buffer.alloc(32, 7);
  const md5 = createHash('md5').update(key).digest('base64');
  const sent = (changes: Partial<Record<'algorithm' | 'key' | 'key-md5', string>> = {}) => {
    const prefix = 'x-amz-server-side-encryption-customer-';
    const values = { algorithm: 'AES256', key: key.toString('base64'), 'key-md5': md5, ...changes };
    return headers(Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value])));
  };
  expect(readCustomerKey(sent())).toEqual({ key, md5 });
  expect(readCustomerKey(headers({}))).toBeUndefined();
  for (const wrong of [{ key: 'c2hvcnQ=' }, { 'key-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }, { 'key-md5': 'x' }]) {
    expect(codeOf(() => readCustomerKey(sent(wrong)))).toBe('InvalidArgument');
  }
  expect(codeOf(() => readCustomerKey(sent({ algorithm: 'aes' })))).toBe('InvalidEncryptionAlgorithmError');
});
