import { createHash, createHmac } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { makeS3User, type S3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type AnsweredForm, postForm, type SentForm } from './post-form.js';

const Bucket = 'forms';
let server: TestServer;
let reader: S3User;

beforeAll(async () => {
  server = await startTestServer();
  await server.s3.send(new CreateBucketCommand({ Bucket }));
  reader = await makeS3User(server, { username: 'reader', role: 'READ_ONLY' });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

function post(form: SentForm): Promise<AnsweredForm> {
  return postForm(server, { bucket: Bucket, ...form });
}

async function presigned(
  options: Partial<PresignedPostOptions>,
  user: Pick<S3User, 's3'> = server,
): Promise<[string, string][]> {
  const { fields } = await createPresignedPost(user.s3, { Bucket, Key: 'k', ...options });
  return Object.entries(fields);
}

/** A form signed by Version 2. */
function version2(
  conditions: unknown,
  {
    fields = {},
    expiration = inMinutes(10),
    secret = server.secretAccessKey,
  }: { fields?: Record<string, string>; expiration?: unknown; secret?: string } = {},
): [string, string][] {
  const policy = Buffer.from(JSON.stringify({ expiration, conditions })).toString('base64');
  const signature = createHmac('sha1', secret).update(policy).digest('base64');
  return Object.entries({ ...fields, AWSAccessKeyId: server.accessKeyId, policy, signature });
}

function inMinutes(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString();
}

async function textOf(Key: string): Promise<string | undefined> {
  const { Body } = await server.s3.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
}

async function keys(): Promise<(string | undefined)[]> {
  const { Contents = [] } = await server.s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('a form that the SDK signed', () => {
  test('stores the file under its key and answers 204', async () => {
    const answer = await post({ fields: await presigned({ Key: 'plain' }) });
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(answer.headers.get('etag')).toBe('"9a0364b9e99bb480dd25e1f0284c8555"');
    expect(answer.headers.get('location')).toBe(`${server.s3Url}/forms/plain`);
    expect(await textOf('plain')).toBe('content');
  });

  test('takes the name of the file for the variable filename, without its directories', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is S3's variable
    const fields = await presigned({ Key: 'user/${filename}' });
    expect((await post({ fields, filename: 'C:\\photos\\ä b.jpg' })).status).toBe(204);
    expect(await textOf('user/ä b.jpg')).toBe('content');
  });

  test('keeps type, metadata, tags and other headers of the form', async () => {
    const tagging = '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>';
    const Fields = { 'Content-Type': 'image/jpeg', 'x-amz-meta-who': 'me', 'Cache-Control': 'no-cache', tagging };
    const Conditions = Object.entries(Fields).map(([name, value]) => ({ [name]: value }));
    expect((await post({ fields: await presigned({ Key: 'kept', Fields, Conditions }) })).status).toBe(204);
    const head = await server.s3.send(new HeadObjectCommand({ Bucket, Key: 'kept' }));
    expect([head.ContentType, head.Metadata, head.CacheControl]).toEqual(['image/jpeg', { who: 'me' }, 'no-cache']);
    const { TagSet } = await server.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'kept' }));
    expect(TagSet).toEqual([{ Key: 'a', Value: '1' }]);
  });

  test('streams a file of many megabytes', async () => {
    const bytes = Buffer.alloc(9 * 1024 * 1024, '\r\n--not a boundary');
    expect((await post({ fields: await presigned({ Key: 'large' }), file: new Blob([bytes]) })).status).toBe(204);
    const { Body } = await server.s3.send(new GetObjectCommand({ Bucket, Key: 'large' }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
  });

  test('ignores what stands behind the file', async () => {
    const fields = await presigned({ Key: 'first' });
    expect(
      (
        await post({
          fields,
          after: [
            ['key', 'second'],
            ['x', 'y'],
          ],
        })
      ).status,
    ).toBe(204);
    expect(await keys()).not.toContain('second');
  });
});

describe('the answer to a form', () => {
  const withField = async (name: string, value: string) =>
    presigned({ Key: 'answered', Fields: { [name]: value }, Conditions: [{ [name]: value }] });

  test('is 200 without a body where that was asked for', async () => {
    const answer = await post({ fields: await withField('success_action_status', '200') });
    expect([answer.status, answer.body]).toEqual([200, '']);
  });

  test('is 201 with a document where that was asked for', async () => {
    const answer = await post({ fields: await withField('success_action_status', '201') });
    expect(answer.status).toBe(201);
    expect(answer.body).toContain(
      `<PostResponse><Location>${server.s3Url}/forms/answered</Location><Bucket>forms</Bucket><Key>answered</Key>`,
    );
  });

  test('is 204 for a status that is none of these', async () => {
    expect((await post({ fields: await withField('success_action_status', '404') })).status).toBe(204);
  });

  test.each(['success_action_redirect', 'redirect'])('is 303 to %s with bucket, key and etag', async (name) => {
    const answer = await post({ fields: await withField(name, 'https://example.com/done?a=1') });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(
      'https://example.com/done?a=1&bucket=forms&key=answered&etag=%229a0364b9e99bb480dd25e1f0284c8555%22',
    );
  });

  test('ignores a redirect that is no address of the web', async () => {
    expect((await post({ fields: await withField('success_action_redirect', 'javascript:alert(1)') })).status).toBe(
      204,
    );
  });
});

describe('a policy', () => {
  const base = [{ bucket: Bucket }, ['starts-with', '$key', 'v2/']];
  const key = { key: 'v2/k' };

  test('may be signed by Version 2', async () => {
    expect((await post({ fields: version2(base, { fields: key }) })).status).toBe(204);
    expect(await textOf('v2/k')).toBe('content');
  });

  test('may name its fields in any case, and speak of fields to be ignored', async () => {
    const conditions = [{ bUcKeT: Bucket }, ['StArTs-WiTh', '$KeY', 'v2/'], ['eq', '$X-AMZ-meta-A', 'b']];
    const fields = { KEY: 'v2/k', 'X-amz-META-a': 'b', 'x-ignore-submit': 'Upload' };
    expect((await post({ fields: version2(conditions, { fields }) })).status).toBe(204);
  });

  test('need not speak of the checksum of a file, which is verified', async () => {
    const checksum = (text: string) => createHash('sha256').update(text).digest('base64');
    const sent = (text: string) => {
      const fields = { ...key, 'x-amz-checksum-algorithm': 'SHA256', 'x-amz-checksum-sha256': checksum(text) };
      return post({ fields: version2(base, { fields }) });
    };
    expect((await sent('content')).status).toBe(204);
    const wrong = await sent('another');
    expect([wrong.status, wrong.code]).toEqual([400, 'BadDigest']);
  });

  test('accepts a list of types of which each begins as it must', async () => {
    const conditions = [...base, ['starts-with', '$Content-Type', 'image/']];
    const typed = (type: string) =>
      post({ fields: version2(conditions, { fields: { ...key, 'Content-Type': type } }) });
    expect((await typed('image/jpeg, image/png')).status).toBe(204);
    expect((await typed('image/jpeg, text/html')).status).toBe(403);
  });

  test.each([
    ['another key', [{ bucket: Bucket }, { key: 'v2/other' }], {}, 403, 'AccessDenied'],
    ['another bucket', [{ bucket: 'other' }, ['starts-with', '$key', '']], {}, 403, 'AccessDenied'],
    ['another type', [...base, { 'Content-Type': 'image/png' }], { 'Content-Type': 'text/html' }, 403, 'AccessDenied'],
    ['a field that is missing', [...base, { 'x-amz-meta-a': 'b' }], {}, 403, 'AccessDenied'],
    ['no word about a field', base, { 'x-amz-meta-a': 'b' }, 403, 'AccessDenied'],
    ['no word about the bucket', [['starts-with', '$key', '']], {}, 403, 'AccessDenied'],
    ['a larger file', [...base, ['content-length-range', 8, 100]], {}, 400, 'EntityTooSmall'],
    ['a smaller file', [...base, ['content-length-range', '0', '6']], {}, 400, 'EntityTooLarge'],
    ['an unknown operator', [...base, ['ends-with', '$key', '']], {}, 400, 'InvalidPolicyDocument'],
    ['one limit', [...base, ['content-length-range', 0]], {}, 400, 'InvalidPolicyDocument'],
    ['a negative limit', [...base, ['content-length-range', -1, 0]], {}, 400, 'InvalidPolicyDocument'],
    ['a condition without a dollar sign', [...base, ['eq', 'key', 'v2/x']], {}, 403, 'AccessDenied'],
    ['an operator with too many arguments', [...base, ['eq', '$key', 'a', 'b']], {}, 400, 'InvalidPolicyDocument'],
    ['no operator', [...base, []], {}, 400, 'InvalidPolicyDocument'],
    ['two fields in one', [...base, { a: '1', b: '2' }], {}, 400, 'InvalidPolicyDocument'],
    ['a number', [...base, { success_action_status: 201 }], {}, 400, 'InvalidPolicyDocument'],
    ['a condition that is neither list nor object', [...base, true], {}, 400, 'InvalidPolicyDocument'],
    ['conditions that are no list', {}, {}, 400, 'InvalidPolicyDocument'],
    ['no conditions', undefined, {}, 400, 'InvalidPolicyDocument'],
  ])('that wants %s refuses the form', async (_, conditions, more, status, code) => {
    const before = await keys();
    const answer = await post({ fields: version2(conditions, { fields: { ...key, ...more } }) });
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(await keys()).toEqual(before);
  });

  test.each([
    [inMinutes(-1), 403, 'AccessDenied'],
    ['tomorrow', 400, 'InvalidPolicyDocument'],
    [undefined, 400, 'InvalidPolicyDocument'],
    [1_900_000_000, 400, 'InvalidPolicyDocument'],
  ])('that expires at %j answers %d %s', async (expiration, status, code) => {
    const fields = version2(base, { fields: key, expiration });
    const sent = expiration === undefined ? version2(base, { fields: key, expiration: null }) : fields;
    const answer = await post({ fields: sent });
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test.each([
    ['', 'Expecting &#39;{&#39; but found End-of-Input'],
    ['no_base64', 'invalid Base64 encoding.'],
    [base64('{'), 'Invalid JSON.'],
    [base64('[]'), 'Invalid JSON.'],
    [base64('{"conditions": []}'), 'Policy missing expiration.'],
    [base64('{"expiration": "2100-01-01T00:00:00Z"}'), 'Policy missing conditions.'],
    [base64('{"expiration": "2100-01-01T00:00:00Z", "conditions": [], "extra": 1}'), 'Unexpected: &quot;extra&quot;'],
  ])('that is %j is refused with what is wrong', async (policy, problem) => {
    const signature = createHmac('sha1', server.secretAccessKey).update(policy).digest('base64');
    const fields = Object.entries({ ...key, AWSAccessKeyId: server.accessKeyId, policy, signature });
    const answer = await post({ fields });
    expect([answer.code, answer.message]).toEqual(['InvalidPolicyDocument', `Invalid Policy: ${problem}`]);
  });

  test.each([
    ['X-Amz-Algorithm', 'AWS4-SHA1', 'Only AWS4-HMAC-SHA256 is supported', 'X-Amz-Algorithm'],
    ['X-Amz-Date', 'today', 'X-Amz-Date must be formated via ISO8601 Long format', 'X-Amz-Date'],
    ['X-Amz-Credential', 'nobody', /^the Credential is mal-formed; expecting /, 'x-amz-credential'],
    [
      'X-Amz-Credential',
      'A/20130524/eu-west-9/s3/aws4_request',
      'the region &#39;eu-west-9&#39; is wrong; expecting &#39;us-east-1&#39;',
      'x-amz-credential',
    ],
  ])('with the field %s of %s is InvalidArgument', async (name, value, message, argument) => {
    const fields = (await presigned({ Key: 'broken' })).map(([each, sent]): [string, string] => [
      each,
      each === name ? value : sent,
    ]);
    const answer = await post({ fields });
    expect([answer.status, answer.code]).toEqual([400, 'InvalidArgument']);
    expect(answer.message).toMatch(message);
    expect(answer.body).toContain(`<ArgumentName>${argument}</ArgumentName><ArgumentValue>${value}</ArgumentValue>`);
  });

  test('that somebody else signed is SignatureDoesNotMatch', async () => {
    const answer = await post({ fields: version2(base, { fields: key, secret: 'wrong' }) });
    expect([answer.status, answer.code]).toEqual([403, 'SignatureDoesNotMatch']);
    const version4 = await presigned({ Key: 'forged' });
    const forged = version4.map(([name, value]): [string, string] => [
      name,
      name === 'X-Amz-Signature' ? value.replace(/^./, (c) => (c === '0' ? '1' : '0')) : value,
    ]);
    const refused = await post({ fields: forged });
    expect(refused.code).toBe('SignatureDoesNotMatch');
    expect(refused.body).toContain('<SignatureProvided>');
    expect(refused.body).toMatch(/<StringToSignBytes>[0-9a-f]{2}( [0-9a-f]{2})+<\/StringToSignBytes>/);
  });

  test('65: that somebody else signed does not get its session token back, which its policy names', async () => {
    const fields = { ...key, 'x-amz-security-token': 'token-of-a-session' };
    const conditions = [...base, { 'x-amz-security-token': 'token-of-a-session' }];
    const wrong = version2(conditions, { fields: key, secret: 'wrong' });
    const { code, body } = await post({ fields: wrong });
    expect(code).toBe('SignatureDoesNotMatch');
    expect(body).toContain('<StringToSign>HIDDEN</StringToSign>');
    expect(body).not.toContain(Object.fromEntries(wrong).policy);
    expect((await post({ fields: version2(conditions, { fields }) })).body).not.toContain('token-of-a-session');
  });

  test.each(['Policy', 'X-Amz-Signature', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Algorithm', 'key'])(
    'without the field %s is refused with 400',
    async (missing) => {
      const fields = (await presigned({ Key: 'incomplete' })).filter(([name]) => name !== missing);
      const answer = await post({ fields });
      expect([answer.status, answer.code]).toEqual([400, 'InvalidArgument']);
    },
  );
});

describe('a form that is not well made', () => {
  test('without a file is IncorrectNumberOfFilesInPostRequest', async () => {
    expect((await post({ fields: await presigned({}), file: null })).code).toBe('IncorrectNumberOfFilesInPostRequest');
  });

  test('with more than 20 KiB before the file is MaxPostPreDataLengthExceededError', async () => {
    const fields: [string, string][] = [...(await presigned({})), ['x-ignore-padding', 'x'.repeat(21_000)]];
    expect((await post({ fields })).code).toBe('MaxPostPreDataLengthExceededError');
  });

  test('with a field twice is refused', async () => {
    const fields = await presigned({ Key: 'twice' });
    expect((await post({ fields: [...fields, ['key', 'other']] })).code).toBe('InvalidArgument');
  });

  test('with a line break in a field that becomes a header is refused', async () => {
    const Fields = { 'x-amz-meta-a': 'b\r\nSet-Cookie: c' };
    const fields = await presigned({ Key: 'broken', Fields, Conditions: [['starts-with', '$x-amz-meta-a', '']] });
    expect((await post({ fields })).status).toBe(400);
  });

  test.each([
    ['multipart/form-data', 'MalformedPOSTRequest', 400],
    ['multipart/form-data; boundary=x', 'MalformedPOSTRequest', 400],
    ['application/x-www-form-urlencoded', 'PreconditionFailed', 412],
  ])('of the type %s is %s', async (type, code, status) => {
    const response = await fetch(`${server.s3Url}/${Bucket}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: '--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nabc',
    });
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(`<Code>${code}</Code>`);
  });
});

describe('the right to send a form', () => {
  test('is that of who signed it: 403 for one who may only read', async () => {
    const answer = await post({ fields: await presigned({ Key: 'read-only' }, reader) });
    expect([answer.status, answer.code]).toEqual([403, 'AccessDenied']);
    expect(await keys()).not.toContain('read-only');
  });

  test("is nobody's without a signature, unless the bucket is open to all", async () => {
    expect((await post({ fields: [['key', 'anonymous']] })).status).toBe(403);
    await server.s3.send(new CreateBucketCommand({ Bucket: 'open-forms' }));
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::open-forms/*' }],
    });
    await server.s3.send(new PutBucketPolicyCommand({ Bucket: 'open-forms', Policy }));
    expect((await post({ fields: [['key', 'anonymous']], bucket: 'open-forms' })).status).toBe(204);
  });

  test('is judged by what the fields say', async () => {
    await server.s3.send(new CreateBucketCommand({ Bucket: 'strict-forms', ObjectOwnership: 'ObjectWriter' }));
    const statement = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::strict-forms/*',
    };
    const Condition = { StringEquals: { 's3:x-amz-acl': 'public-read' } };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, Condition }] });
    await server.s3.send(new PutBucketPolicyCommand({ Bucket: 'strict-forms', Policy }));
    const send = async (acl: string) => {
      const more = { Fields: { acl }, Conditions: [{ acl }] };
      return post({ fields: await presigned({ Bucket: 'strict-forms', Key: 'k', ...more }), bucket: 'strict-forms' });
    };
    expect([(await send('public-read')).status, (await send('private')).status]).toEqual([403, 204]);
  });

  test('ends at the bucket that the policy names', async () => {
    await server.s3.send(new CreateBucketCommand({ Bucket: 'other-forms' }));
    expect((await post({ fields: await presigned({}), bucket: 'other-forms' })).code).toBe('AccessDenied');
  });
});
