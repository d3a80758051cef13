import { readFile } from 'node:fs/promises';
import { CreateUserCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetBucketAclCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { startTestServer, type TestServer } from '../support/server.js';

/** Accounts as another system had them, down to the secrets. */
const accounts = {
  main: {
    ...{ username: 'main-user', displayName: 'M. Main', email: 'main@example.com' },
    canonicalId: 'a1b2c3d4e5f60718'.repeat(4),
    ...{ accessKeyId: '0a1b2c3d4e5f60718293', secretAccessKey: 'q9Zk/x+Main0Secret1With2Slashes/and+plus==' },
  },
  alt: {
    ...{ username: 'alt-user', displayName: 'alt.user', email: 'alt.user@example.com' },
    canonicalId: '0f1e2d3c4b5a6978'.repeat(4),
    ...{ accessKeyId: 'NOPQRSTUVWXALTKEYIDX', secretAccessKey: 'nopqrstuvwxyzabcdefghijklmnabcdefghijklm' },
  },
  tenant: {
    ...{ tenant: 'testx', username: 'tenanted', displayName: 'testx$tenanted', email: 'tenanted@example.com' },
    canonicalId: '9876543210abcdef'.repeat(4),
    ...{ accessKeyId: 'HIJKLMNOPQRTENANTKEY', secretAccessKey: 'opqrstuvwxyzabcdefghijklmnopqrstuvwxyzab' },
  },
};
type Account = keyof typeof accounts;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.graphql('mutation { createTenant(input: { name: "testx" }) { userErrors { message } } }');
  for (const { accessKeyId, secretAccessKey, ...user } of Object.values(accounts)) {
    const { username, tenant } = { tenant: undefined, ...user };
    const { data } = await server.graphql(
      `mutation($user: CreateUserInput!, $key: CreateAccessKeyInput!) {
        createUser(input: $user) { user { canonicalId } userErrors { message } }
        createAccessKey(input: $key) { accessKey { accessKeyId } userErrors { message } }
      }`,
      { user, key: { tenant, username, accessKeyId, secretAccessKey } },
    );
    expect(data.createUser).toEqual({ user: { canonicalId: user.canonicalId }, userErrors: [] });
    expect(data.createAccessKey).toEqual({ accessKey: { accessKeyId }, userErrors: [] });
  }
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

function s3(account: Account): S3Client {
  return new S3Client({
    ...{ endpoint: server.s3Url, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 },
    credentials: accounts[account],
  });
}

test.each(Object.keys(accounts) as Account[])(
  '%s works with its key, and is shown by its id and name',
  async (name) => {
    const { canonicalId: ID, displayName: DisplayName } = accounts[name];
    const client = s3(name);
    await client.send(new CreateBucketCommand({ Bucket: `of-${name}` }));
    const { Buckets, Owner } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map((bucket) => bucket.Name)).toEqual([`of-${name}`]);
    expect(Owner).toEqual({ ID, DisplayName });
    const acl = await client.send(new GetBucketAclCommand({ Bucket: `of-${name}` }));
    expect(acl.Owner).toMatchObject({ ID });
  },
);

test('one gives another rights by its canonical id', async () => {
  await s3('main').send(new CreateBucketCommand({ Bucket: 'shared', ObjectOwnership: 'ObjectWriter' }));
  const read = new ListBucketsCommand({});
  await s3('alt').send(read);
  const { canonicalId } = accounts.alt;
  await s3('main').send(new PutBucketAclCommand({ Bucket: 'shared', GrantRead: `id=${canonicalId}` }));
  const { Grants } = await s3('main').send(new GetBucketAclCommand({ Bucket: 'shared' }));
  expect(Grants).toMatchObject([{ Grantee: { ID: canonicalId, DisplayName: 'alt.user' }, Permission: 'READ' }]);
});

test('one document of the documentation imports accounts, whose keys, ids and e-mail addresses work', async () => {
  const page = await readFile('docs/s3-compatibility.md', 'utf8');
  const document = /```graphql\n(mutation ImportAccounts[\s\S]*?)```/.exec(page)?.[1] ?? '';
  const { data, errors } = await server.graphql(document);
  expect(errors).toBeUndefined();
  expect(Object.values(data)).toEqual(Array.from({ length: 5 }, () => ({ userErrors: [] })));
  const credentials = {
    accessKeyId: 'ROOTKEY0ROOTKEY0ROOT',
    secretAccessKey: 'root/secret+root/secret+root/secret+root',
  };
  const client = new IAMClient({ endpoint: server.s3Url, region: 'us-east-1', credentials, maxAttempts: 1 });
  expect((await client.send(new GetUserCommand({}))).User).toMatchObject({
    ...{ Arn: 'arn:aws:iam::123456789012:root', UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/) },
  });
  await client.send(new CreateUserCommand({ UserName: 'made' }));
  await s3('main').send(new CreateBucketCommand({ Bucket: 'by-mail', ObjectOwnership: 'ObjectWriter' }));
  const grant = { Bucket: 'by-mail', GrantRead: 'emailAddress="alt.user@example.com"' };
  await s3('main').send(new PutBucketAclCommand(grant));
  const { Grants } = await s3('main').send(new GetBucketAclCommand({ Bucket: 'by-mail' }));
  expect(Grants).toMatchObject([{ Grantee: { ID: accounts.alt.canonicalId }, Permission: 'READ' }]);
});

test('the same name of a bucket is another one in the other tenant, and is reached from there by tenant:bucket', async () => {
  for (const account of ['main', 'tenant'] as const) {
    await s3(account).send(new CreateBucketCommand({ Bucket: 'both' }));
    await s3(account).send(new PutObjectCommand({ Bucket: 'both', Key: 'k', Body: account }));
  }
  const get = (account: Account, Bucket: string) => s3(account).send(new GetObjectCommand({ Bucket, Key: 'k' }));
  expect(await (await get('main', 'both')).Body?.transformToString()).toBe('main');
  expect(await (await get('tenant', 'both')).Body?.transformToString()).toBe('tenant');
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::testx:user/tenanted' },
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::both/*',
    },
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await s3('main').send(new PutBucketPolicyCommand({ Bucket: 'both', Policy }));
  expect(await (await get('tenant', 'default:both')).Body?.transformToString()).toBe('main');
});

test('an administrator whose canonical id is the name of its tenant is the root of the account', async () => {
  const make = (username: string, role: string, canonicalId: string) =>
    server.graphql(
      `mutation($user: CreateUserInput!, $key: CreateAccessKeyInput!) {
        createUser(input: $user) { userErrors { message } }
        createAccessKey(input: $key) { secretAccessKey accessKey { accessKeyId } userErrors { message } }
      }`,
      { user: { tenant: canonicalId, username, role, canonicalId }, key: { tenant: canonicalId, username } },
    );
  const rootOf = async (tenant: string, role: string) => {
    await server.graphql(`mutation { createTenant(input: { name: "${tenant}" }) { userErrors { message } } }`);
    const { accessKey, secretAccessKey } = (await make('owner', role, tenant)).data.createAccessKey;
    const credentials = { accessKeyId: accessKey.accessKeyId, secretAccessKey };
    return { endpoint: server.s3Url, region: 'us-east-1', credentials, maxAttempts: 1 };
  };
  const options = await rootOf('210987654321', 'TENANT_ADMINISTRATOR');
  const client = new IAMClient(options);
  const root = 'arn:aws:iam::210987654321:root';
  expect((await client.send(new GetUserCommand({}))).User).toMatchObject({ Arn: root, UserName: 'owner' });
  expect(await new STSClient(options).send(new GetCallerIdentityCommand({}))).toMatchObject({
    ...{ Arn: root, Account: '210987654321' },
  });
  const named = await client.send(new GetUserCommand({ UserName: 'owner' }));
  expect(named.User?.Arn).toBe('arn:aws:iam::210987654321:user/owner');
  // As a principal it is the whole account, and the one that it names among them.
  await s3('main').send(new CreateBucketCommand({ Bucket: 'for-root' }));
  const Statement = {
    ...{ Effect: 'Allow', Principal: { AWS: root }, Action: 's3:ListBucket', Resource: 'arn:aws:s3:::for-root' },
  };
  await s3('main').send(
    new PutBucketPolicyCommand({ Bucket: 'for-root', Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
  );
  const theirs = new S3Client({ ...options, forcePathStyle: true, bucketEndpoint: false });
  await theirs.send(new ListObjectsV2Command({ Bucket: 'default:for-root' }));
  // Who is no administrator is nobody's root.
  const member = new IAMClient(await rootOf('310987654321', 'MEMBER'));
  expect((await member.send(new GetUserCommand({}))).User?.Arn).toBe('arn:aws:iam::310987654321:user/owner');
});
