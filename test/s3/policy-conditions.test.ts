import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { startTestServer, type TestServer } from '../support/server.js';
import { send } from './raw-request.js';

const Bucket = 'photos';
const bucketArn = 'arn:aws:s3:::photos';
const objectsArn = `${bucketArn}/*`;
let server: TestServer;
let admin: S3Client;
let ann: S3Client;

beforeAll(async () => {
  server = await startTestServer();
  admin = server.s3;
  await admin.send(new CreateBucketCommand({ Bucket }));
  ann = await openMember('ann');
});

afterAll(async () => {
  ann?.destroy();
  expect(server.problems).toEqual([]);
  await server.stop();
});

afterEach(() => admin.send(new DeleteBucketPolicyCommand({ Bucket })));

/** A member of the default tenant, which owns no bucket, so that all it may is what a policy says. */
async function openMember(username: string): Promise<S3Client> {
  const { data } = await server.graphql(
    `mutation($user: CreateUserInput!, $key: CreateAccessKeyInput!) {
      createUser(input: $user) { userErrors { message } }
      createAccessKey(input: $key) { accessKey { accessKeyId } secretAccessKey userErrors { message } }
    }`,
    { user: { username, password: 'a long password', role: 'MEMBER' }, key: { username } },
  );
  const { accessKey, secretAccessKey } = data.createAccessKey;
  return new S3Client({
    endpoint: server.s3Url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey.accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
}

function setPolicy(...statements: object[]) {
  const policy = {
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', Principal: '*', Resource: objectsArn, ...statement })),
  };
  return admin.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policy) }));
}

/** `done`, or the code of the refusal. */
async function outcome(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return 'done';
  } catch (error) {
    if (error instanceof S3ServiceException) {
      return error.name;
    }
    throw error;
  }
}

const put = (client: S3Client, Key: string, more: object = {}) =>
  outcome(client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more })));
const get = (client: S3Client, Key: string, more: object = {}) =>
  outcome(client.send(new GetObjectCommand({ Bucket, Key, ...more })));
const list = (client: S3Client, more: object = {}) =>
  outcome(client.send(new ListObjectsV2Command({ Bucket, ...more })));

test('each user lists, reads and writes below its own name only', async () => {
  await setPolicy(
    {
      Action: 's3:ListBucket',
      Resource: bucketArn,
      Condition: {
        StringLike: { 's3:prefix': ['home/', `home/\${aws:username}/*`] },
      },
    },
    { Action: 's3:*Object', Resource: `${bucketArn}/home/\${aws:username}/*` },
  );
  expect(await put(ann, 'home/ann/a')).toBe('done');
  expect(await get(ann, 'home/ann/a')).toBe('done');
  expect(await put(ann, 'home/bob/a')).toBe('AccessDenied');
  expect(await list(ann, { Prefix: 'home/ann/' })).toBe('done');
  expect(await list(ann, { Prefix: 'home/ann/deep' })).toBe('done');
  expect(await list(ann, { Prefix: 'home/', Delimiter: '/' })).toBe('done');
  expect(await list(ann, { Prefix: 'home/bob/' })).toBe('AccessDenied');
  expect(await list(ann, { Prefix: 'home/ann' })).toBe('AccessDenied');
  expect(await list(ann)).toBe('AccessDenied');
});

test('a prefix is a condition for GraphQL too', async () => {
  await setPolicy(
    { Action: 's3:ListBucket', Resource: bucketArn },
    {
      Effect: 'Deny',
      Action: 's3:ListBucket',
      Resource: bucketArn,
      Condition: { StringLike: { 's3:prefix': 'secret/*' } },
    },
  );
  const token = await server.login('ann', 'a long password');
  const query = `query($prefix: String) {
    bucket(name: "photos") { objects(prefix: $prefix, first: 5) { edges { node { key } } } }
  }`;
  const listed = await server.graphql(query, { prefix: 'open/' }, token);
  expect([listed.errors, listed.data]).toEqual([undefined, { bucket: { objects: { edges: [] } } }]);
  const refused = await server.graphql(query, { prefix: 'secret/' }, token);
  expect(refused.errors?.[0]?.extensions?.code).toBe('DENIED');
});

test('pages can be bounded, and a request that names no size has a thousand entries', async () => {
  await setPolicy({
    Action: 's3:ListBucket',
    Resource: bucketArn,
    Condition: { NumericLessThanEquals: { 's3:max-keys': 10 }, StringEqualsIfExists: { 's3:delimiter': '/' } },
  });
  expect(await list(ann, { MaxKeys: 10 })).toBe('done');
  expect(await list(ann, { MaxKeys: 10, Delimiter: '-' })).toBe('AccessDenied');
  expect(await list(ann, { MaxKeys: 11 })).toBe('AccessDenied');
  expect(await list(ann)).toBe('AccessDenied');
});

describe('tags', () => {
  test('an object is read by the tags that it has', async () => {
    await setPolicy({
      Action: ['s3:GetObject', 's3:GetObjectVersion'],
      Condition: { StringEquals: { 's3:ExistingObjectTag/visibility': 'public' } },
    });
    await put(admin, 'open', { Tagging: 'visibility=public' });
    await put(admin, 'shut', { Tagging: 'visibility=private&Visibility=public' });
    await put(admin, 'bare');
    expect(await Promise.all(['open', 'shut', 'bare', 'none'].map((Key) => get(ann, Key)))).toEqual([
      'done',
      'AccessDenied',
      'AccessDenied',
      'AccessDenied',
    ]);
    await admin.send(new PutObjectTaggingCommand({ Bucket, Key: 'open', Tagging: { TagSet: [] } }));
    expect(await get(ann, 'open')).toBe('AccessDenied');
  });

  test('a version is read by its own tags', async () => {
    await admin.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const write = (Tagging: string) => admin.send(new PutObjectCommand({ Bucket, Key: 'twice', Body: 'x', Tagging }));
    const { VersionId: open } = await write('visibility=public');
    const { VersionId: shut } = await write('visibility=private');
    await setPolicy({
      Action: 's3:GetObject*',
      Condition: { StringEquals: { 's3:ExistingObjectTag/visibility': 'public' } },
    });
    expect(await get(ann, 'twice', { VersionId: open })).toBe('done');
    expect(await get(ann, 'twice', { VersionId: shut })).toBe('AccessDenied');
    expect(await get(ann, 'twice')).toBe('AccessDenied');
    await setPolicy({ Action: 's3:GetObjectVersion', Condition: { StringEquals: { 's3:VersionId': shut } } });
    expect(await get(ann, 'twice', { VersionId: shut })).toBe('done');
    expect(await get(ann, 'twice', { VersionId: open })).toBe('AccessDenied');
  });

  test('what is written must have tags of a list, and one of them', async () => {
    await setPolicy({
      Action: ['s3:PutObject', 's3:PutObjectTagging'],
      Condition: {
        StringEquals: { 's3:RequestObjectTag/team': ['red', 'blue'] },
        'ForAllValues:StringLike': { 's3:RequestObjectTagKeys': ['team', 'x-*'] },
      },
    });
    expect(await put(ann, 'tagged', { Tagging: 'team=red&x-1=y' })).toBe('done');
    expect(await put(ann, 'tagged', { Tagging: 'team=green' })).toBe('AccessDenied');
    expect(await put(ann, 'tagged', { Tagging: 'team=red&owner=ann' })).toBe('AccessDenied');
    expect(await put(ann, 'tagged')).toBe('AccessDenied');
    const retag = (Key: string, Value: string) =>
      outcome(ann.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet: [{ Key, Value }] } })));
    expect(await retag('team', 'blue')).toBe('done');
    expect(await retag('team', 'green')).toBe('AccessDenied');
  });

  test('a delete can hang on a tag', async () => {
    await put(admin, 'draft', { Tagging: 'state=draft' });
    await put(admin, 'final', { Tagging: 'state=final' });
    await setPolicy({
      Action: 's3:DeleteObject',
      Condition: { StringEquals: { 's3:ExistingObjectTag/state': 'draft' } },
    });
    const drop = (Key: string) => outcome(ann.send(new DeleteObjectCommand({ Bucket, Key })));
    expect([await drop('draft'), await drop('final')]).toEqual(['done', 'AccessDenied']);
  });
});

test('a user’s tags are conditions and variables, and nobody tags itself', async () => {
  const tag = async (tags: object[], token?: string) => {
    const mutation =
      'mutation($input: UpdateUserInput!) { updateUser(input: $input) { user { tags { key value } } userErrors { code } } }';
    const { data } = await server.graphql(mutation, { input: { username: 'ann', tags } }, token);
    return data.updateUser;
  };
  await put(admin, 'teams/red/a');
  await put(admin, 'teams/blue/a');
  await setPolicy({
    Action: 's3:GetObject',
    Resource: `${bucketArn}/teams/\${aws:PrincipalTag/team}/*`,
    Condition: { StringLike: { 'aws:PrincipalTag/level': 'a?' } },
  });
  const seen = () => Promise.all(['teams/red/a', 'teams/blue/a'].map((Key) => get(ann, Key)));
  expect(await seen()).toEqual(['AccessDenied', 'AccessDenied']);
  const tags = [
    { key: 'team', value: 'red' },
    { key: 'level', value: 'a1' },
  ];
  expect(await tag(tags)).toEqual({ user: { tags }, userErrors: [] });
  expect(await seen()).toEqual(['done', 'AccessDenied']);
  const own = await tag([], await server.login('ann', 'a long password'));
  expect(own).toMatchObject({ user: null, userErrors: [{ code: 'DENIED' }] });
  await tag([]);
  expect(await seen()).toEqual(['AccessDenied', 'AccessDenied']);
});

describe('writes', () => {
  test('encryption is required of puts, copies and multipart uploads', async () => {
    await setPolicy(
      { Action: ['s3:PutObject', 's3:GetObject'] },
      {
        Effect: 'Deny',
        Action: 's3:PutObject',
        Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } },
      },
    );
    const sealed = { ServerSideEncryption: 'AES256' } as const;
    expect(await put(ann, 'sealed', sealed)).toBe('done');
    expect(await put(ann, 'sealed')).toBe('AccessDenied');
    expect(await put(admin, 'sealed')).toBe('AccessDenied');
    const copy = (more: object) =>
      outcome(ann.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/sealed`, ...more })));
    expect([await copy(sealed), await copy({})]).toEqual(['done', 'AccessDenied']);
    const begin = { Bucket, Key: 'parts' };
    expect(await outcome(ann.send(new CreateMultipartUploadCommand(begin)))).toBe('AccessDenied');
    const { UploadId } = await ann.send(new CreateMultipartUploadCommand({ ...begin, ...sealed }));
    const { ETag } = await ann.send(new UploadPartCommand({ ...begin, UploadId, PartNumber: 1, Body: 'x' }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    expect(await outcome(ann.send(new CompleteMultipartUploadCommand({ ...begin, UploadId, MultipartUpload })))).toBe(
      'done',
    );
  });

  test('an encryption that there is not is judged by policies before it is refused', async () => {
    const ask = { ServerSideEncryption: 'AES192' as 'AES256' };
    const all = async () => [
      await put(ann, 'unknown', ask),
      await outcome(ann.send(new CreateMultipartUploadCommand({ Bucket, Key: 'unknown', ...ask }))),
      await outcome(ann.send(new CopyObjectCommand({ Bucket, Key: 'u', CopySource: `${Bucket}/source`, ...ask }))),
    ];
    await put(admin, 'source');
    const allowed = { Action: ['s3:PutObject', 's3:GetObject'] };
    await setPolicy(allowed, {
      Effect: 'Deny',
      Action: 's3:PutObject',
      Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } },
    });
    expect(await all()).toEqual(['AccessDenied', 'AccessDenied', 'AccessDenied']);
    await setPolicy(allowed);
    expect(await all()).toEqual(['InvalidArgument', 'InvalidArgument', 'InvalidArgument']);
  });

  test('so is an algorithm that there is not for the key of a customer', async () => {
    const ask = { SSECustomerAlgorithm: 'AES192', SSECustomerKey: 'a'.repeat(32) };
    const all = async () => [
      await put(ann, 'unknown', ask),
      await outcome(ann.send(new CreateMultipartUploadCommand({ Bucket, Key: 'unknown', ...ask }))),
      await outcome(ann.send(new CopyObjectCommand({ Bucket, Key: 'u', CopySource: `${Bucket}/source`, ...ask }))),
    ];
    await put(admin, 'source');
    const allowed = { Action: ['s3:PutObject', 's3:GetObject'] };
    const key = 's3:x-amz-server-side-encryption-customer-algorithm';
    const deny = { Effect: 'Deny', Action: 's3:PutObject' };
    await setPolicy(allowed, { ...deny, Condition: { StringNotEquals: { [key]: 'AES256' } } });
    expect(await all()).toEqual(Array(3).fill('AccessDenied'));
    await setPolicy(allowed, { ...deny, Condition: { Null: { [key]: 'true' } } });
    expect(await all()).toEqual(Array(3).fill('InvalidEncryptionAlgorithmError'));
    await setPolicy(allowed, { ...deny, Condition: { Null: { 's3:x-amz-server-side-encryption': 'true' } } });
    expect(await all()).toEqual(Array(3).fill('AccessDenied'));
  });

  test('storage class, sources of copies and their directive are conditions', async () => {
    await put(admin, 'public/a');
    await put(admin, 'private/a');
    await setPolicy(
      { Action: ['s3:PutObject', 's3:GetObject'] },
      {
        Effect: 'Deny',
        Action: 's3:PutObject',
        Condition: {
          Null: { 's3:x-amz-copy-source': false },
          StringNotLike: { 's3:x-amz-copy-source': `${Bucket}/public/*` },
        },
      },
      {
        Effect: 'Deny',
        Action: 's3:PutObject',
        Condition: { StringEquals: { 's3:x-amz-metadata-directive': 'REPLACE' } },
      },
      {
        Effect: 'Deny',
        Action: 's3:PutObject',
        Condition: { StringEquals: { 's3:x-amz-storage-class': 'STANDARD_IA' } },
      },
    );
    const copy = (CopySource: string, more: object = {}) =>
      outcome(ann.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource, ...more })));
    expect(await copy(`${Bucket}/public/a`)).toBe('done');
    expect(await copy(`/${Bucket}/public/a`)).toBe('done');
    expect(await copy(`${Bucket}/private/a`)).toBe('AccessDenied');
    expect(await copy(`${Bucket}/public/a`, { MetadataDirective: 'REPLACE' })).toBe('AccessDenied');
    expect(await put(ann, 'hot')).toBe('done');
    expect(await put(ann, 'cool', { StorageClass: 'STANDARD_IA' })).toBe('AccessDenied');
  });

  test('overwriting can be forbidden', async () => {
    await setPolicy(
      { Action: 's3:PutObject' },
      { Effect: 'Deny', Action: 's3:PutObject', Condition: { StringNotEquals: { 's3:if-none-match': '*' } } },
    );
    expect(await put(ann, 'once', { IfNoneMatch: '*' })).toBe('done');
    expect(await put(ann, 'once', { IfNoneMatch: '*' })).toBe('PreconditionFailed');
    expect(await put(ann, 'once')).toBe('AccessDenied');
  });
});

describe('how a request is signed', () => {
  test('presigned URLs can be limited in age, or refused', async () => {
    await put(admin, 'signed');
    const fetchSigned = async () =>
      (await fetch(await getSignedUrl(ann, new GetObjectCommand({ Bucket, Key: 'signed' })))).status;
    await setPolicy({ Action: 's3:GetObject', Condition: { NumericLessThan: { 's3:signatureAge': '600000' } } });
    expect([await fetchSigned(), await get(ann, 'signed')]).toEqual([200, 'done']);
    await setPolicy({ Action: 's3:GetObject', Condition: { StringEquals: { 's3:authType': 'REST-HEADER' } } });
    expect([await fetchSigned(), await get(ann, 'signed')]).toEqual([403, 'done']);
    await setPolicy(
      { Action: 's3:GetObject' },
      { Effect: 'Deny', Action: '*', Condition: { StringNotEquals: { 's3:signatureversion': 'AWS4-HMAC-SHA256' } } },
    );
    expect([await fetchSigned(), await get(ann, 'signed')]).toEqual([200, 'done']);
    expect((await send(server, { path: '/photos/signed' })).status).toBe(403);
  });

  test('content that is not signed can be refused', async () => {
    await setPolicy(
      { Action: 's3:PutObject' },
      {
        Effect: 'Deny',
        Action: 's3:PutObject',
        Condition: {
          StringEquals: { 's3:x-amz-content-sha256': ['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'] },
        },
      },
    );
    expect(await put(ann, 'signed-body')).toBe('done');
    const url = await getSignedUrl(ann, new PutObjectCommand({ Bucket, Key: 'unsigned-body' }));
    expect(
      (await fetch(url, { method: 'PUT', body: 'x', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } })).status,
    ).toBe(403);
  });
});

describe('who shows no credentials', () => {
  const read = (headers: Record<string, string> = {}) => send(server, { path: '/photos/page', headers });

  test('is let in by what it says of itself, as far as that goes', async () => {
    await put(admin, 'page');
    await setPolicy({ Action: 's3:GetObject', Condition: { StringLike: { 'aws:Referer': 'https://example.com/*' } } });
    expect((await read({ referer: 'https://example.com/a' })).status).toBe(200);
    expect((await read({ referer: 'https://example.org/a' })).status).toBe(403);
    expect((await read()).status).toBe(403);
    await setPolicy(
      { Action: 's3:GetObject' },
      { Effect: 'Deny', Action: 's3:*', Condition: { StringLike: { 'aws:UserAgent': '*bot*' } } },
    );
    expect([(await read()).status, (await read({ 'user-agent': 'a bot' })).status]).toEqual([200, 403]);
  });

  test('has no name, and is no user', async () => {
    await put(admin, 'page');
    await setPolicy({ Action: 's3:GetObject', Condition: { Null: { 'aws:username': 'true' } } });
    expect([(await read()).status, await get(ann, 'page')]).toEqual([200, 'AccessDenied']);
    await setPolicy({ Action: 's3:GetObject', Condition: { StringEquals: { 'aws:PrincipalType': 'User' } } });
    expect([(await read()).status, await get(ann, 'page')]).toEqual([403, 'done']);
    await setPolicy({
      Action: 's3:GetObject',
      Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::default:user/a*' } },
    });
    expect([(await read()).status, await get(ann, 'page')]).toEqual([403, 'done']);
  });

  test('comes from an address, at a time, without TLS', async () => {
    await put(admin, 'page');
    await setPolicy({ Action: 's3:GetObject', Condition: { IpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '::1'] } } });
    expect((await read()).status).toBe(200);
    await setPolicy({
      Action: 's3:GetObject',
      Condition: { NotIpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '::1'] } },
    });
    expect((await read()).status).toBe(403);
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const past = new Date(Date.now() - 3_600_000).toISOString();
    await setPolicy({
      Action: 's3:GetObject',
      Condition: { DateGreaterThan: { 'aws:CurrentTime': past }, DateLessThan: { 'aws:EpochTime': soon } },
    });
    expect((await read()).status).toBe(200);
    await setPolicy({ Action: 's3:GetObject', Condition: { DateLessThan: { 'aws:CurrentTime': past } } });
    expect((await read()).status).toBe(403);
    await setPolicy(
      { Action: 's3:GetObject' },
      { Effect: 'Deny', Action: 's3:GetObject', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    );
    expect((await read()).status).toBe(403);
  });
});

test('a policy that was stored is refused with the place of what is wrong in it', async () => {
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: objectsArn,
      Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '10.0.0.0/64'] } },
    },
  });
  const refused = admin.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await expect(refused).rejects.toMatchObject({
    name: 'MalformedPolicy',
    message: 'Invalid IP address in Conditions',
    Detail: expect.stringContaining('Statement[0].Condition.IpAddress["aws:SourceIp"][1]'),
  });
});
