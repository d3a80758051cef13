import { createHmac } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { parseQuery } from '../../src/s3/protocol/query.js';
import { readHeaders } from '../../src/s3/protocol/request-headers.js';
import { type S3Failure, toS3Failure } from '../../src/s3/protocol/s3-error.js';
import { readVersion2Claim, verifyVersion2 } from '../../src/s3/protocol/sigv2.js';
import { spacedHex } from '../../src/s3/protocol/spaced-hex.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { codeOf } from './code-of.js';
import { type RawAnswer, send } from './raw-request.js';

describe("AWS's published examples of Version 2", () => {
  const secret = 'uV3F3YluFJax1cknvbcGwgjvx4QpvB+leU8dUj2o';
  const key = '0PN5J17HBGZHT7JJ3X82';

  test.each([
    ['GET', '/photos/puppy.jpg', 'Tue, 27 Mar 2007 19:36:42 +0000', {}, 'xXjDGYUmKxnwqr5KXNPGldn5LbA='],
    [
      'PUT',
      '/photos/puppy.jpg',
      'Tue, 27 Mar 2007 21:15:45 +0000',
      { 'Content-Type': 'image/jpeg', 'Content-Length': '94328' },
      'hcicpDDvL9SsO6AkvxqmIWkmOuQ=',
    ],
    [
      'GET',
      '/?prefix=photos&max-keys=50&marker=puppy',
      'Tue, 27 Mar 2007 19:42:41 +0000',
      {},
      'jsRt/rhG+Vtp88HrYL706QhE4w4=',
    ],
    ['GET', '/?acl', 'Tue, 27 Mar 2007 19:44:46 +0000', {}, 'thdUi9VAkzhkniLj96JIrOPGi0g='],
  ])('%s %s', (method, url, date, headers, signature) => {
    const [path = '', query = ''] = url.split('?');
    const raw = Object.entries({ ...headers, Date: date, Authorization: `AWS ${key}:${signature}` }).flat();
    const request = { method, path, query: parseQuery(query), headers: readHeaders(raw), hostBucket: 'johnsmith' };
    verifyVersion2(request, readVersion2Claim(request, Date.parse(date)), secret);
    const altered = { ...request, method: 'DELETE' };
    expect(codeOf(() => verifyVersion2(altered, readVersion2Claim(altered, Date.parse(date)), secret))).toBe(
      'SignatureDoesNotMatch',
    );
  });

  test('65: a wrong signature is shown without keys of customers and session tokens', () => {
    const date = 'Tue, 27 Mar 2007 19:36:42 +0000';
    const headers = readHeaders([
      ...['Date', date, 'Authorization', `AWS ${key}:AAAA`],
      ...['x-amz-server-side-encryption-customer-key', 'key-of-a-customer'],
    ]);
    const query = parseQuery('X-Amz-Security-Token=token-of-a-session');
    const request = { method: 'GET', path: '/bucket/k', query, headers };
    const claim = readVersion2Claim(request, Date.parse(date));
    const text = JSON.stringify(failureOf(() => verifyVersion2(request, claim, secret)));
    expect(text).toContain('x-amz-security-token:HIDDEN');
    expect(text).not.toMatch(/key-of-a-customer|token-of-a-session/);
    expect(text).not.toContain(spacedHex('key-of-a-customer'));
    expect(text).not.toContain(spacedHex('token-of-a-session'));
  });
});

function failureOf(run: () => void): S3Failure {
  try {
    run();
  } catch (error) {
    return toS3Failure(error);
  }
  throw new Error('This was not refused.');
}

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.s3.send(new CreateBucketCommand({ Bucket: 'old' }));
  await server.s3.send(new PutObjectCommand({ Bucket: 'old', Key: 'k', Body: 'content' }));
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

interface Old {
  method?: string;
  path: string;
  resource?: string;
  date?: string;
  type?: string;
  amz?: Record<string, string>;
  body?: string;
  secret?: string;
}

function signatureOf(
  { method = 'GET', path, resource = path, type = '', amz = {}, secret }: Old,
  date: string,
): string {
  const lines = Object.keys(amz)
    .sort()
    .map((name) => `${name}:${amz[name]}\n`);
  const text = [method, '', type, date, lines.join('') + resource].join('\n');
  return createHmac('sha1', secret ?? server.secretAccessKey)
    .update(text)
    .digest('base64');
}

function sendOld(old: Old): Promise<RawAnswer> {
  const date = old.date ?? new Date().toUTCString();
  const signed = signatureOf(old, old.amz?.['x-amz-date'] === undefined ? date : '');
  const headers = {
    ...(old.amz?.['x-amz-date'] === undefined ? { date } : {}),
    ...(old.type === undefined ? {} : { 'content-type': old.type }),
    ...old.amz,
    authorization: `AWS ${server.accessKeyId}:${signed}`,
  };
  return send(server, {
    method: old.method ?? 'GET',
    path: old.path,
    headers,
    ...(old.body !== undefined && { body: old.body }),
  });
}

function presignOld(old: Old, expires: number): string {
  const signature = encodeURIComponent(signatureOf(old, String(expires)));
  const separator = old.path.includes('?') ? '&' : '?';
  return `${old.path}${separator}AWSAccessKeyId=${server.accessKeyId}&Expires=${expires}&Signature=${signature}`;
}

const soon = () => Math.floor(Date.now() / 1000) + 60;

describe('a request signed by Version 2 in the header', () => {
  test('is who signed it', async () => {
    const answer = await sendOld({ path: '/old/k' });
    expect([answer.status, answer.body]).toEqual([200, 'content']);
  });

  test('signs x-amz headers, and x-amz-date in place of the date', async () => {
    const amz = { 'x-amz-date': new Date().toUTCString(), 'x-amz-meta-a': 'b' };
    const put = { method: 'PUT', path: '/old/put', type: 'text/plain', amz, body: 'x' };
    expect((await sendOld(put)).status).toBe(200);
    const read = await sendOld({ path: '/old/put' });
    expect([read.headers['x-amz-meta-a'], read.headers['content-type']]).toEqual(['b', 'text/plain']);
  });

  test('signs the sub-resource and not the other parameters', async () => {
    expect((await sendOld({ path: '/old?prefix=k&max-keys=1', resource: '/old' })).status).toBe(200);
    expect((await sendOld({ path: '/old?versioning' })).status).toBe(200);
    expect((await sendOld({ path: '/old?versioning', resource: '/old' })).code).toBe('SignatureDoesNotMatch');
    expect((await sendOld({ path: '/old/k?legal-hold', resource: '/old/k' })).code).toBe('SignatureDoesNotMatch');
  });

  test.each(['/old', '/old/'])('signs a bucket as %s', async (resource) => {
    expect((await sendOld({ path: '/old', resource })).status).toBe(200);
    expect((await sendOld({ path: '/old?acl', resource: `${resource}?acl` })).status).toBe(200);
    expect((await sendOld({ path: '/old/k', resource: '/old/k/' })).code).toBe('SignatureDoesNotMatch');
  });

  test('is refused when a header that it does not sign is added', async () => {
    const date = new Date().toUTCString();
    const authorization = `AWS ${server.accessKeyId}:${signatureOf({ method: 'PUT', path: '/old/x' }, date)}`;
    const headers = { date, authorization, 'x-amz-copy-source': '/old/k' };
    const answer = await send(server, { method: 'PUT', path: '/old/x', headers });
    expect([answer.status, answer.code]).toEqual([403, 'SignatureDoesNotMatch']);
  });

  test.each([
    ['an hour ago', new Date(Date.now() - 3_600_000).toUTCString(), 'RequestTimeTooSkewed'],
    ['in an hour', new Date(Date.now() + 3_600_000).toUTCString(), 'RequestTimeTooSkewed'],
    ['in the year 9999', 'Tue, 07 Jul 9999 21:53:04 GMT', 'RequestTimeTooSkewed'],
    ['before 1970', 'Tue, 07 Jul 1950 21:53:04 GMT', 'AccessDenied'],
    ['at no date', 'Bad Date', 'AccessDenied'],
    ['without a date', '', 'AccessDenied'],
  ])('that was signed %s is 403', async (_, date, code) => {
    const answer = await sendOld({ path: '/old/k', date });
    expect([answer.status, answer.code]).toEqual([403, code]);
  });

  test.each([
    ['AWS HAHAHA', 400, 'InvalidArgument'],
    ['AWS nobody:FWeDfwojDSdS2Ztmpfeubhd9isU=', 403, 'InvalidAccessKeyId'],
    ['', 403, 'AccessDenied'],
  ])('that reads %j is %d %s', async (authorization, status, code) => {
    const headers = { date: new Date().toUTCString(), authorization };
    const answer = await send(server, { path: '/old/k', headers });
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test('with a wrong secret is SignatureDoesNotMatch', async () => {
    expect((await sendOld({ path: '/old/k', secret: 'wrong' })).code).toBe('SignatureDoesNotMatch');
  });
});

describe('a URL signed by Version 2', () => {
  test('is good until it expires', async () => {
    const answer = await send(server, { path: presignOld({ path: '/old/k' }, soon()) });
    expect([answer.status, answer.body]).toEqual([200, 'content']);
    const late = await send(server, { path: presignOld({ path: '/old/k' }, soon() - 120) });
    expect([late.status, late.code]).toEqual([403, 'AccessDenied']);
  });

  test('signs x-amz parameters as headers', async () => {
    const amz = { 'x-amz-meta-a': 'b' };
    const old = { method: 'PUT', path: '/old/url?x-amz-meta-a=b', resource: '/old/url', amz };
    expect((await send(server, { method: 'PUT', path: presignOld(old, soon()), body: 'x' })).status).toBe(200);
    expect((await sendOld({ path: '/old/url' })).headers['x-amz-meta-a']).toBe('b');
    const unsigned = { method: 'PUT', path: '/old/url?x-amz-meta-a=c', resource: '/old/url' };
    const answer = await send(server, { method: 'PUT', path: presignOld(unsigned, soon()), body: 'x' });
    expect(answer.code).toBe('SignatureDoesNotMatch');
  });

  test('with a signature in the header too is refused', async () => {
    const path = presignOld({ path: '/old/k' }, soon());
    const answer = await send(server, {
      path,
      headers: { authorization: `AWS ${server.accessKeyId}:x`, date: new Date().toUTCString() },
    });
    expect([answer.status, answer.code]).toEqual([400, 'InvalidArgument']);
  });

  test.each(['', 'soon', '-1', '1e12'])('with Expires=%s is refused', async (expires) => {
    const signature = encodeURIComponent(signatureOf({ path: '/old/k' }, expires));
    const path = `/old/k?AWSAccessKeyId=${server.accessKeyId}&Expires=${expires}&Signature=${signature}`;
    expect((await send(server, { path })).status).toBe(403);
  });
});

test('Version 2 can be turned off', async () => {
  const strict = await startTestServer({ s3SigV2: 'off' });
  try {
    const date = new Date().toUTCString();
    const authorization = `AWS ${strict.accessKeyId}:${signatureOf({ path: '/' }, date)}`;
    const answer = await send(strict, { path: '/', headers: { date, authorization } });
    expect([answer.status, answer.code]).toEqual([400, 'InvalidRequest']);
  } finally {
    await strict.stop();
  }
});
