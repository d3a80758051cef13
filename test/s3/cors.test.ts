import {
  type CORSRule,
  CreateBucketCommand,
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { matchCors } from '../../src/operations/buckets/cors-rules.js';
import { makeS3User, type S3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type RawAnswer, send, sendSigned } from './raw-request.js';

let server: TestServer;
let member: S3User;
let count = 0;

beforeAll(async () => {
  server = await startTestServer();
  member = await makeS3User(server, { username: 'member' });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

/** A bucket with rules, whose objects are public. */
async function bucketWith(CORSRules: CORSRule[]): Promise<string> {
  count += 1;
  const Bucket = `cors-${count}`;
  await server.s3.send(new CreateBucketCommand({ Bucket }));
  await server.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content' }));
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }],
  });
  await server.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await putRules(Bucket, CORSRules);
  return Bucket;
}

async function putRules(Bucket: string, CORSRules: CORSRule[], user: Pick<S3User, 's3'> = server): Promise<void> {
  await user.s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return (error as S3ServiceException).name;
  }
}

const rule: CORSRule = {
  ID: 'first',
  AllowedOrigins: ['https://*.example.com'],
  AllowedMethods: ['GET', 'PUT'],
  AllowedHeaders: ['x-amz-*', 'Content-Type'],
  ExposeHeaders: ['ETag', 'x-amz-request-id'],
  MaxAgeSeconds: 3000,
};
const origin = 'https://app.example.com';

function ask(path: string, headers: Record<string, string>): Promise<RawAnswer> {
  return send(server, { method: 'OPTIONS', path, headers });
}

function allowed({ status, headers }: RawAnswer) {
  return { status, origin: headers['access-control-allow-origin'], methods: headers['access-control-allow-methods'] };
}

describe('the rules of a bucket', () => {
  test('come back as they were put, and can be deleted', async () => {
    const Bucket = await bucketWith([rule, { AllowedOrigins: ['*'], AllowedMethods: ['HEAD'] }]);
    const { CORSRules } = await server.s3.send(new GetBucketCorsCommand({ Bucket }));
    expect(CORSRules).toEqual([rule, { AllowedOrigins: ['*'], AllowedMethods: ['HEAD'] }]);
    await server.s3.send(new DeleteBucketCorsCommand({ Bucket }));
    expect(await codeOf(server.s3.send(new GetBucketCorsCommand({ Bucket })))).toBe('NoSuchCORSConfiguration');
    await server.s3.send(new DeleteBucketCorsCommand({ Bucket }));
  });

  test('are what GraphQL shows and sets', async () => {
    const bucket = await bucketWith([rule]);
    const fields = 'cors { id allowedOrigins allowedMethods allowedHeaders exposeHeaders maxAgeSeconds }';
    const shown = await server.graphql(`query($name: String!) { bucket(name: $name) { ${fields} } }`, { name: bucket });
    expect(shown.data.bucket.cors).toEqual([
      {
        id: 'first',
        allowedOrigins: ['https://*.example.com'],
        allowedMethods: ['GET', 'PUT'],
        allowedHeaders: ['x-amz-*', 'Content-Type'],
        exposeHeaders: ['ETag', 'x-amz-request-id'],
        maxAgeSeconds: 3000,
      },
    ]);
    const set = `mutation($input: SetBucketCorsInput!) { setBucketCors(input: $input) { bucket { cors { id } } userErrors { code field } } }`;
    const rules = [{ allowedOrigins: ['*'], allowedMethods: ['GET'] }];
    await server.graphql(set, { input: { bucket, rules } });
    expect((await server.s3.send(new GetBucketCorsCommand({ Bucket: bucket }))).CORSRules).toEqual([
      { AllowedOrigins: ['*'], AllowedMethods: ['GET'] },
    ]);
    const wrong = await server.graphql(set, { input: { bucket, rules: [{ ...rules[0], allowedOrigins: ['*x*'] }] } });
    expect(wrong.data.setBucketCors.userErrors).toEqual([
      { code: 'INVALID_INPUT', field: ['input', 'rules', '0', 'allowedOrigins'] },
    ]);
    const none = await server.graphql(set, { input: { bucket, rules: [] } });
    expect(none.data.setBucketCors.bucket.cors).toEqual([]);
  });

  test.each<[string, CORSRule[], string]>([
    ['a method that S3 does not have', [{ ...rule, AllowedMethods: ['PATCH'] }], 'InvalidRequest'],
    ['an origin with two wildcards', [{ ...rule, AllowedOrigins: ['*.*'] }], 'InvalidRequest'],
    ['a header with two wildcards', [{ ...rule, AllowedHeaders: ['*-*'] }], 'InvalidRequest'],
    ['an allowed header that is no name', [{ ...rule, AllowedHeaders: ['a b'] }], 'InvalidRequest'],
    ['an exposed header with a wildcard', [{ ...rule, ExposeHeaders: ['x-*'] }], 'InvalidRequest'],
    ['an exposed header that is no name', [{ ...rule, ExposeHeaders: ['a b'] }], 'InvalidRequest'],
    ['an id of 256 characters', [{ ...rule, ID: 'x'.repeat(256) }], 'InvalidRequest'],
    ['101 rules', Array.from({ length: 101 }, () => ({ ...rule })), 'InvalidRequest'],
    ['no origin', [{ ...rule, AllowedOrigins: [] }], 'MalformedXML'],
    ['no rules', [], 'MalformedXML'],
  ])('with %s are refused', async (_, rules, code) => {
    const Bucket = await bucketWith([rule]);
    expect(await codeOf(putRules(Bucket, rules))).toBe(code);
    expect((await server.s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual([rule]);
  });

  test('may have an age below zero, as in AWS', async () => {
    const rules = [{ ...rule, MaxAgeSeconds: -100 }];
    const Bucket = await bucketWith(rules);
    expect((await server.s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules).toEqual(rules);
  });

  test('may be 100', async () => {
    await bucketWith(Array.from({ length: 100 }, (_, index) => ({ ...rule, ID: String(index) })));
  });

  test('need a digest of the document', async () => {
    const Bucket = await bucketWith([rule]);
    const body = '<CORSConfiguration/>';
    expect((await sendSigned(server, { method: 'PUT', path: `/${Bucket}?cors=`, body })).code).toBe('InvalidRequest');
  });

  test('are nobody else’s to set or see', async () => {
    const Bucket = await bucketWith([rule]);
    expect(await codeOf(putRules(Bucket, [rule], member))).toBe('AccessDenied');
    expect(await codeOf(member.s3.send(new GetBucketCorsCommand({ Bucket })))).toBe('AccessDenied');
  });

  test('53: with a line break are refused', async () => {
    const Bucket = await bucketWith([rule]);
    for (const broken of [
      { AllowedOrigins: ['https://a\nX: y'] },
      { ExposeHeaders: ['a\r\nX: y'] },
      { AllowedHeaders: ['a\n'] },
    ]) {
      expect(await codeOf(putRules(Bucket, [{ ...rule, ...broken }]))).toBe('InvalidRequest');
    }
  });
});

describe('a browser that asks before it sends', () => {
  const asked = { origin, 'access-control-request-method': 'PUT' };

  test('is told what the rule allows', async () => {
    const Bucket = await bucketWith([rule]);
    const answer = await ask(`/${Bucket}/k`, {
      ...asked,
      'access-control-request-headers': 'X-Amz-Date, content-type',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'x-amz-date, content-type',
      'access-control-expose-headers': 'ETag, x-amz-request-id',
      'access-control-max-age': '3000',
      'access-control-allow-credentials': 'true',
      vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    });
  });

  test.each<[string, Record<string, string>]>([
    ['another origin', { ...asked, origin: 'https://example.org' }],
    ['the origin without what the wildcard stands for', { ...asked, origin: 'https://example.com' }],
    ['another method', { ...asked, 'access-control-request-method': 'DELETE' }],
    ['another header', { ...asked, 'access-control-request-headers': 'x-amz-date, authorization' }],
  ])('is 403 AccessForbidden for %s', async (_, headers) => {
    const Bucket = await bucketWith([rule]);
    const answer = await ask(`/${Bucket}/k`, headers);
    expect([answer.status, answer.code]).toEqual([403, 'AccessForbidden']);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('is 403 where there are no rules, and for a bucket that is not there', async () => {
    const Bucket = await bucketWith([rule]);
    await server.s3.send(new DeleteBucketCorsCommand({ Bucket }));
    for (const path of [`/${Bucket}/k`, '/no-such-bucket/k', '/']) {
      expect((await ask(path, asked)).code).toBe('AccessForbidden');
    }
  });

  test.each<[string, Record<string, string>]>([
    ['no origin', { 'access-control-request-method': 'GET' }],
    ['no method', { origin }],
    ['an empty origin', { ...asked, origin: '' }],
    ['a method that is none', { origin, 'access-control-request-method': 'get' }],
    ['a method that S3 does not have', { origin, 'access-control-request-method': 'PATCH' }],
    ['a header that is no name', { ...asked, 'access-control-request-headers': 'x-amz-date,a b' }],
  ])('is 400 BadRequest with %s', async (_, headers) => {
    const answer = await ask('/any/k', headers);
    expect([answer.status, answer.code]).toEqual([400, 'BadRequest']);
  });

  test('is told * where the rule is for everyone', async () => {
    const Bucket = await bucketWith([{ AllowedOrigins: ['*'], AllowedMethods: ['PUT'] }]);
    const answer = await ask(`/${Bucket}`, asked);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
  });
});

describe('a request of a page of another origin', () => {
  test('has the headers that let the page read the answer, also on errors', async () => {
    const Bucket = await bucketWith([rule]);
    const read = await send(server, { path: `/${Bucket}/k`, headers: { origin } });
    expect([allowed(read), read.body]).toEqual([{ status: 200, origin, methods: 'GET, PUT' }, 'content']);
    expect(read.headers['access-control-expose-headers']).toBe('ETag, x-amz-request-id');
    const missing = await sendSigned(server, { path: `/${Bucket}/missing`, headers: { origin } });
    expect(allowed(missing)).toEqual({ status: 404, origin, methods: 'GET, PUT' });
    const headers = { origin, authorization: `AWS ${server.accessKeyId}:wrong`, date: new Date().toUTCString() };
    expect(allowed(await send(server, { path: `/${Bucket}/k`, headers }))).toEqual({
      status: 403,
      origin,
      methods: 'GET, PUT',
    });
  });

  test('has none where no rule fits, and is answered all the same', async () => {
    const Bucket = await bucketWith([rule]);
    const other = await send(server, { path: `/${Bucket}/k`, headers: { origin: 'https://example.org' } });
    expect(allowed(other)).toEqual({ status: 200, origin: undefined, methods: undefined });
    expect(other.headers.vary).toContain('Origin');
    const post = await sendSigned(server, { method: 'DELETE', path: `/${Bucket}/k`, headers: { origin } });
    expect(allowed(post)).toEqual({ status: 204, origin: undefined, methods: undefined });
  });
});

test('a pattern with a wildcard fits what begins and ends as it does', () => {
  const text = fc.stringMatching(/^[a-z.:/]{0,8}$/);
  fc.assert(
    fc.property(text, text, text, (before, middle, after) => {
      const rules = [
        {
          allowedOrigins: [`${before}*${after}`],
          allowedMethods: ['GET' as const],
          allowedHeaders: [],
          exposeHeaders: [],
        },
      ];
      const fits = (tried: string) => matchCors(rules, { origin: tried, method: 'GET', headers: [] }) !== undefined;
      expect(fits(before + middle + after)).toBe(true);
      expect(fits(`${before}${middle}${after}!`)).toBe(after === '');
      expect(fits(`!${before}${middle}${after}`)).toBe(before === '');
    }),
  );
});
