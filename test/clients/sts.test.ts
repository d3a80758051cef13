import { createHash, createHmac } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  AssumeRoleCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { sendSigned, sign } from '../s3/raw-request.js';
import { makeS3User, type S3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

let server: TestServer;
let user: S3User;

beforeAll(async () => {
  server = await startTestServer();
  user = await makeS3User(server, { username: 'ada' });
  await user.s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
  await user.s3.send(new PutObjectCommand({ Bucket: 'mine', Key: 'open/k', Body: 'open' }));
  await user.s3.send(new PutObjectCommand({ Bucket: 'mine', Key: 'closed/k', Body: 'closed' }));
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

const sts = (credentials: Keys) =>
  new STSClient({ endpoint: server.s3Url, region: 'us-east-1', credentials, maxAttempts: 1 });
const s3 = (credentials: Keys) =>
  new S3Client({ endpoint: server.s3Url, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 });

function keysOf({ Credentials: made }: { Credentials?: Credentials | undefined }): Required<Keys> {
  return {
    accessKeyId: String(made?.AccessKeyId),
    secretAccessKey: String(made?.SecretAccessKey),
    sessionToken: String(made?.SessionToken),
  };
}

/** Of whoever asks: the caller stays who it is. */
const role = { RoleArn: 'arn:aws:iam::default:role/self', RoleSessionName: 'test' };
const sessionOf = async (credentials: Keys = user, more: object = {}) =>
  keysOf(await sts(credentials).send(new AssumeRoleCommand({ ...role, ...more })));
const read = (client: S3Client, Key: string) => client.send(new GetObjectCommand({ Bucket: 'mine', Key }));
const document = (Action: string, Resource: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });

/** Refused within a second, whatever processes remember. */
async function expectEnded(credentials: Keys): Promise<void> {
  const client = s3(credentials);
  const until = Date.now() + 10_000;
  for (;;) {
    const name = await client.send(new ListBucketsCommand({})).then(
      () => 'none',
      (error: Error) => error.name,
    );
    if (name !== 'none' || Date.now() > until) {
      expect(name).toBe('InvalidToken');
      return;
    }
  }
}

test('GetCallerIdentity names the user as policies do', async () => {
  expect(await sts(user).send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: 'default',
    Arn: 'arn:aws:iam::default:user/ada',
    UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
  });
});

test('wrong credentials get the errors of STS', async () => {
  const unknown = sts({ accessKeyId: 'NOBODYSKEY', secretAccessKey: 'x' });
  await expect(unknown.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  const wrong = sts({ ...user, secretAccessKey: 'wrong' });
  await expect(wrong.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
});

test('temporary credentials have the rights of who asked, in headers, URLs and forms', async () => {
  const made = await sts(user).send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
  const credentials = keysOf(made);
  expect(credentials.accessKeyId).toMatch(/^ASIA/);
  expect(made.Credentials?.Expiration?.getTime()).toBeLessThanOrEqual(Date.now() + 900_000);
  const client = s3(credentials);
  expect(await (await read(client, 'open/k')).Body?.transformToString()).toBe('open');
  expect((await client.send(new PutObjectCommand({ Bucket: 'mine', Key: 'new', Body: 'x' }))).ETag).toBeDefined();

  const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: 'mine', Key: 'open/k' }));
  expect(url).toContain('X-Amz-Security-Token');
  expect(await (await fetch(url)).text()).toBe('open');
  const tampered = url.replace(/X-Amz-Security-Token=[^&]+/, 'X-Amz-Security-Token=other');
  expect((await fetch(tampered)).status).toBe(400);

  const { url: address, fields } = await createPresignedPost(client, { Bucket: 'mine', Key: 'form' });
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    form.set(name, value);
  }
  form.set('file', new Blob(['from a form']));
  expect((await fetch(address, { method: 'POST', body: form })).status).toBe(204);
});

test('temporary credentials without their token, or with that of others, are nobody', async () => {
  const [one, other] = [await sessionOf(), await sessionOf()];
  const { accessKeyId, secretAccessKey } = one;
  const bare = s3({ accessKeyId, secretAccessKey });
  await expect(bare.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
  const mixed = s3({ ...one, sessionToken: other.sessionToken });
  await expect(mixed.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'InvalidToken' });
  const permanent = s3({ ...user, sessionToken: one.sessionToken });
  await expect(permanent.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'InvalidToken' });
});

test('a session policy narrows, and so do named policies', async () => {
  const narrow = s3(await sessionOf(user, { Policy: document('s3:GetObject', 'arn:aws:s3:::mine/open/*') }));
  expect(await (await read(narrow, 'open/k')).Body?.transformToString()).toBe('open');
  await expect(read(narrow, 'closed/k')).rejects.toMatchObject({ name: 'AccessDenied' });
  const readOnly = s3(await sessionOf(user, { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnly' }] }));
  expect(await (await read(readOnly, 'closed/k')).Body?.transformToString()).toBe('closed');
  const put = new PutObjectCommand({ Bucket: 'mine', Key: 'no', Body: 'x' });
  await expect(readOnly.send(put)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a narrowed session hands its limits on, and its end', async () => {
  const Policy = document('*', '*').replace('"*"', '["s3:Get*","granary:CreateSessionCredentials"]');
  const first = await sessionOf(user, { Policy, DurationSeconds: 900 });
  const made = await sts(first).send(new AssumeRoleCommand({ ...role, DurationSeconds: 3600 }));
  expect(made.Credentials?.Expiration?.getTime()).toBeLessThanOrEqual(Date.now() + 900_000);
  const client = s3(keysOf(made));
  expect(await (await read(client, 'open/k')).Body?.transformToString()).toBe('open');
  const put = new PutObjectCommand({ Bucket: 'mine', Key: 'no', Body: 'x' });
  await expect(client.send(put)).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(sts(first).send(new GetSessionTokenCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('what STS cannot do is refused', async () => {
  const refused = (more: object) => expect(sts(user).send(new AssumeRoleCommand({ ...role, ...more }))).rejects;
  await refused({ RoleArn: 'arn:aws:iam::other:role/x' }).toMatchObject({ name: 'AccessDenied' });
  await refused({ RoleArn: 'not an arn at all here' }).toMatchObject({ name: 'ValidationError' });
  await refused({ DurationSeconds: 899 }).toMatchObject({ name: 'ValidationError' });
  await refused({ DurationSeconds: 43_201 }).toMatchObject({ name: 'ValidationError' });
  await refused({ Policy: '{"Statement": 5}' }).toMatchObject({ name: 'MalformedPolicyDocumentException' });
  await refused({ Tags: [{ Key: 'a', Value: 'b' }] }).toMatchObject({ name: 'NotImplemented' });
  await refused({ RoleArn: 'arn:aws:iam::default:role/nobody-made-it' }).toMatchObject({ name: 'AccessDenied' });
  const anonymous = await fetch(`${server.s3Url}/?Action=GetCallerIdentity&Version=2011-06-15`);
  expect([anonymous.status, await anonymous.text()]).toEqual([403, expect.stringContaining('MissingAuthentication')]);
  const unknown = await fetch(server.s3Url, { method: 'POST', body: new URLSearchParams({ Action: 'constructor' }) });
  expect([unknown.status, await unknown.text()]).toEqual([400, expect.stringContaining('InvalidAction')]);
});

test('a signature for one service is not good for another', async () => {
  const options = { endpoint: server.s3Url, region: 'us-east-1', credentials: user, maxAttempts: 1, signingName: 's3' };
  const client = new STSClient(options);
  await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
    message: "Credential should be scoped to correct service: 'sts'.",
  });
});

test('temporary credentials end with the key that asked for them', async () => {
  const { data } = await server.graphql(
    `mutation { createAccessKey(input: { username: "ada" }) { accessKey { accessKeyId } secretAccessKey } }`,
  );
  const { accessKey, secretAccessKey } = data.createAccessKey;
  const { accessKeyId } = accessKey;
  const [first, second] = [await sessionOf({ accessKeyId, secretAccessKey }), await sessionOf()];
  const set = (disabled: boolean) =>
    server.graphql(
      'mutation($input: UpdateAccessKeyInput!) { updateAccessKey(input: $input) { accessKey { disabled } } }',
      { input: { accessKeyId, disabled } },
    );
  await s3(first).send(new ListBucketsCommand({}));
  await set(true);
  await expectEnded(first);
  await set(false);
  await s3(first).send(new ListBucketsCommand({}));
  await server.graphql(`mutation { deleteAccessKey(input: { accessKeyId: "${accessKeyId}" }) { accessKeyId } }`);
  await expectEnded(first);
  await s3(second).send(new ListBucketsCommand({}));
});

test('temporary credentials end when the user is disabled, and when its sessions are ended', async () => {
  const eve = await makeS3User(server, { username: 'eve' });
  const first = await sessionOf(eve);
  await s3(first).send(new ListBucketsCommand({}));
  await server.graphql('mutation { disableUser(input: { username: "eve" }) { user { id } } }');
  await expectEnded(first);
  await server.graphql('mutation { enableUser(input: { username: "eve" }) { user { id } } }');
  await expectEnded(first);
  expect(await sessionOf(eve)).toBeDefined();
});

test('temporary credentials whose time is over say so', async () => {
  const credentials = await sessionOf();
  await server.granary.database.pool.query(
    `UPDATE session_credential SET expires_at = now() - interval '1 second' WHERE id = $1`,
    [credentials.accessKeyId],
  );
  await expect(s3(credentials).send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' });
  await expect(sts(credentials).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: 'ExpiredToken' });
});

const identity = '/?Action=GetCallerIdentity&Version=2011-06-15';

test.each([
  ['sts', identity],
  ['iam', '/?Action=GetUser&Version=2010-05-08'],
])('a signature to %s for no region is as good as one for us-east-1', async (service, path) => {
  const answer = await sendSigned({ ...user, s3Url: server.s3Url }, { path, service, region: '' });
  expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('arn:aws:iam::default:user/ada')]);
  const wrong = { ...user, s3Url: server.s3Url, secretAccessKey: 'another secret' };
  expect((await sendSigned(wrong, { path, service, region: '' })).code).toBe('SignatureDoesNotMatch');
});

test('a signed URL to STS is good for a quarter of an hour, and says so afterwards', async () => {
  const get = (at: Date) => fetch(signedUrl({ ...user, at }));
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  expect(await (await get(minutesAgo(10))).text()).toContain('arn:aws:iam::default:user/ada');
  const late = await get(minutesAgo(16));
  expect([late.status, await late.text()]).toEqual([
    403,
    expect.stringMatching(/Signature expired: \d{8}T\d{6}Z is now/),
  ]);
  const early = await get(minutesAgo(-16));
  expect(await early.text()).toMatch(/Signature not yet current: .* \+ 15 min\./);
  const tampered = await fetch(`${signedUrl({ ...user, at: new Date() })}&More=x`);
  expect([tampered.status, await tampered.text()]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')]);
});

test.each([
  ['no kind that STS knows', () => 'Basic eDp5', 403, 'MissingAuthenticationToken'],
  ['Version 2', () => 'AWS key:signature', 400, 'AWS Signature Version 2 is not supported.'],
  [
    'no signature',
    (good: string) => good.replace(/,\s*Signature=.*/, ''),
    400,
    'requires &#39;Signature&#39; parameter',
  ],
  ['twice the same', (good: string) => `${good},Signature=00`, 400, 'is malformed'],
  [
    'a credential in four pieces',
    (good: string) => good.replace('/sts/', '/'),
    400,
    'exactly 5 slash-delimited elements',
  ],
  ['another region', (good: string) => good.replace('us-east-1', 'mars-1'), 403, 'a valid region'],
  [
    'the region taken out',
    (good: string) => good.replace('/us-east-1/', '//'),
    403,
    'Consult the service documentation',
  ],
  ['another end', (good: string) => good.replace('aws4_request', 'aws'), 403, 'a valid terminator'],
  ['another day', (good: string) => good.replace(/\/20\d{6}\//, '/20000101/'), 403, 'Date in Credential scope'],
  ['no host', (good: string) => good.replace('host;', ''), 403, 'must be a &#39;SignedHeader&#39;'],
  [
    'an unknown key',
    (good: string) => good.replace(/Credential=[^/]+/, 'Credential=NOBODY'),
    403,
    'InvalidClientTokenId',
  ],
  [
    'a wrong signature',
    (good: string) => good.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    403,
    'Consult the service documentation',
  ],
])('an authorization with %s is refused by its name', async (_case, change, status, text) => {
  const { headers } = sign({ ...user, s3Url: server.s3Url }, { path: identity, service: 'sts' });
  const authorization = change(headers.authorization ?? '');
  const answer = await fetch(`${server.s3Url}${identity}`, { headers: { ...headers, authorization } });
  expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(text)]);
});

test('only the host and the body of a request to STS must be signed', async () => {
  const { headers } = sign({ ...user, s3Url: server.s3Url }, { path: identity, service: 'sts' });
  const more = { 'x-amz-tagging': 'a=b', 'x-custom': 'c' };
  expect((await fetch(`${server.s3Url}${identity}`, { headers: { ...headers, ...more } })).status).toBe(200);
  const undated = { ...headers, 'x-amz-date': 'today' };
  const answer = await fetch(`${server.s3Url}${identity}`, { headers: undated });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('Got &#39;today&#39;')]);
});

/** A signed URL to STS, as tools make them that prove with one who they are; it has no X-Amz-Expires. */
function signedUrl({ accessKeyId, secretAccessKey, at }: Keys & { at: Date }): string {
  const timestamp = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${timestamp.slice(0, 8)}/us-east-1/sts/aws4_request`;
  const query = [
    'Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${scope}`)}`,
    `X-Amz-Date=${timestamp}&X-Amz-SignedHeaders=host`,
  ].join('&');
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  const { host } = new URL(server.s3Url);
  const canonical = `GET\n/\n${query}\nhost:${host}\n\nhost\n${digest('')}`;
  const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${digest(canonical)}`).toString('hex');
  return `${server.s3Url}/?${query}&X-Amz-Signature=${signature}`;
}
