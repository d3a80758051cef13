import * as iam from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { sendSigned } from '../s3/raw-request.js';
import { makeS3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let client: iam.IAMClient;

const clientOf = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
  new iam.IAMClient({ endpoint: server.s3Url, region: 'us-east-1', credentials, maxAttempts: 1 });
const policy = (Action: string | string[], Resource = '*') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] });
const named = (UserName: string) => ({ UserName });

beforeAll(async () => {
  server = await startTestServer();
  client = clientOf(server);
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

test('users are made, shown, renamed, tagged and deleted, and GraphQL shows the same', async () => {
  const Tags = [{ Key: 'team', Value: 'blue + green' }];
  const made = await client.send(new iam.CreateUserCommand({ UserName: 'bob', Tags }));
  expect(made.User).toMatchObject({ UserName: 'bob', Path: '/', Arn: 'arn:aws:iam::default:user/bob', Tags });
  await expect(client.send(new iam.CreateUserCommand(named('bob')))).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
  });
  await client.send(new iam.TagUserCommand({ UserName: 'bob', Tags: [{ Key: 'site', Value: 'x' }] }));
  await client.send(new iam.UntagUserCommand({ UserName: 'bob', TagKeys: ['team'] }));
  await client.send(new iam.UpdateUserCommand({ UserName: 'bob', NewUserName: 'bert' }));
  expect((await client.send(new iam.GetUserCommand(named('bert')))).User).toMatchObject({
    UserId: made.User?.UserId,
    Tags: [{ Key: 'site', Value: 'x' }],
  });
  const { data } = await server.graphql('{ users(first: 10) { nodes { username } } }');
  expect(data.users.nodes).toContainEqual({ username: 'bert' });
  await client.send(new iam.DeleteUserCommand(named('bert')));
  await expect(client.send(new iam.GetUserCommand(named('bert')))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
  });
  expect((await client.send(new iam.GetUserCommand({}))).User?.UserName).toBe('admin');
});

test('lists come by pages', async () => {
  for (const name of ['p1', 'p2', 'p3']) {
    await client.send(new iam.CreateUserCommand(named(name)));
    await client.send(new iam.CreatePolicyCommand({ PolicyName: name, PolicyDocument: policy('s3:GetObject') }));
  }
  const users: (string | undefined)[] = [];
  for await (const page of iam.paginateListUsers({ client, pageSize: 2 }, {})) {
    expect(page.Users?.length).toBeLessThanOrEqual(2);
    users.push(...(page.Users ?? []).map(({ UserName }) => UserName));
  }
  expect(users).toEqual(['admin', 'p1', 'p2', 'p3']);
  for (const pageSize of [1, 2, 3, 4, 5, 100]) {
    const policies: (string | undefined)[] = [];
    for await (const page of iam.paginateListPolicies({ client, pageSize }, {})) {
      policies.push(...(page.Policies ?? []).map(({ PolicyName }) => PolicyName));
    }
    expect(policies).toEqual([
      'Administrator',
      'AmazonS3FullAccess',
      'AmazonS3ReadOnlyAccess',
      'IAMFullAccess',
      'IAMReadOnlyAccess',
      'Member',
      'ReadOnly',
      'TenantAdministrator',
      'p1',
      'p2',
      'p3',
    ]);
  }
  const { Policies } = await client.send(new iam.ListPoliciesCommand({ Scope: 'Local' }));
  expect(Policies?.map(({ Arn }) => Arn)).toEqual(
    ['p1', 'p2', 'p3'].map((name) => `arn:aws:iam::default:policy/${name}`),
  );
});

test('access keys are made, used, taken out of use and deleted', async () => {
  await client.send(new iam.CreateUserCommand(named('keys')));
  const { AccessKey: key } = await client.send(new iam.CreateAccessKeyCommand(named('keys')));
  const AccessKeyId = key?.AccessKeyId ?? '';
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: key?.SecretAccessKey ?? '' };
  const s3 = new S3Client({ endpoint: server.s3Url, region: 'us-east-1', forcePathStyle: true, credentials });
  await s3.send(new ListBucketsCommand({}));
  const lastUsed = async () =>
    (await client.send(new iam.GetAccessKeyLastUsedCommand({ AccessKeyId }))).AccessKeyLastUsed?.LastUsedDate;
  for (let tries = 0; tries < 100 && (await lastUsed()) === undefined; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await lastUsed()).toBeInstanceOf(Date);
  await client.send(new iam.UpdateAccessKeyCommand({ UserName: 'keys', AccessKeyId, Status: 'Inactive' }));
  const { AccessKeyMetadata } = await client.send(new iam.ListAccessKeysCommand(named('keys')));
  expect(AccessKeyMetadata).toMatchObject([{ AccessKeyId, UserName: 'keys', Status: 'Inactive' }]);
  await expect(s3.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
  await client.send(new iam.UpdateAccessKeyCommand({ UserName: 'keys', AccessKeyId, Status: 'Active' }));
  await s3.send(new ListBucketsCommand({}));
  const others = new iam.DeleteAccessKeyCommand({ UserName: 'admin', AccessKeyId });
  await expect(client.send(others)).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  await expect(client.send(new iam.DeleteUserCommand(named('keys')))).rejects.toMatchObject({
    name: 'DeleteConflictException',
  });
  await client.send(new iam.DeleteAccessKeyCommand({ UserName: 'keys', AccessKeyId }));
  await client.send(new iam.DeleteUserCommand(named('keys')));
});

test('groups have users and policies, which count at once', async () => {
  const member = await makeS3User(server, { username: 'member' });
  const get = new GetObjectCommand({ Bucket: 'books', Key: 'k' });
  await client.send(new iam.CreateGroupCommand({ GroupName: 'readers' }));
  const group = { GroupName: 'readers' };
  await client.send(new iam.AddUserToGroupCommand({ ...group, UserName: 'member' }));
  expect(await client.send(new iam.GetGroupCommand(group))).toMatchObject({
    Group: { Arn: 'arn:aws:iam::default:group/readers' },
    Users: [{ UserName: 'member' }],
    IsTruncated: false,
  });
  expect((await client.send(new iam.ListGroupsForUserCommand(named('member')))).Groups).toMatchObject([group]);
  expect((await client.send(new iam.ListGroupsCommand({}))).Groups).toMatchObject([group]);

  const asMember = clientOf(member);
  await expect(asMember.send(new iam.ListUsersCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
  const PolicyDocument = policy('granary:ListUsers');
  await client.send(new iam.PutGroupPolicyCommand({ ...group, PolicyName: 'see', PolicyDocument }));
  expect((await asMember.send(new iam.ListUsersCommand({}))).Users?.length).toBeGreaterThan(1);
  const read = await client.send(new iam.GetGroupPolicyCommand({ ...group, PolicyName: 'see' }));
  expect(JSON.parse(decodeURIComponent(read.PolicyDocument ?? ''))).toEqual(JSON.parse(PolicyDocument));
  await expect(client.send(new iam.DeleteGroupCommand(group))).rejects.toMatchObject({
    name: 'DeleteConflictException',
  });
  await client.send(new iam.DeleteGroupPolicyCommand({ ...group, PolicyName: 'see' }));
  await client.send(new iam.RemoveUserFromGroupCommand({ ...group, UserName: 'member' }));
  await client.send(new iam.DeleteGroupCommand(group));
  await expect(member.s3.send(get)).rejects.toMatchObject({ name: 'NoSuchBucket' });
});

test('policies are made, attached, listed, detached and deleted', async () => {
  const PolicyName = 'managed';
  const { Policy: made } = await client.send(
    new iam.CreatePolicyCommand({ PolicyName, PolicyDocument: policy('s3:*'), Description: 'all of S3' }),
  );
  const PolicyArn = made?.Arn ?? '';
  expect(PolicyArn).toBe('arn:aws:iam::default:policy/managed');
  await client.send(new iam.CreateUserCommand(named('holder')));
  await client.send(new iam.AttachUserPolicyCommand({ UserName: 'holder', PolicyArn }));
  await client.send(
    new iam.AttachUserPolicyCommand({ UserName: 'holder', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnly' }),
  );
  expect((await client.send(new iam.ListAttachedUserPoliciesCommand(named('holder')))).AttachedPolicies).toEqual([
    { PolicyName: 'ReadOnly', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnly' },
    { PolicyName, PolicyArn },
  ]);
  expect((await client.send(new iam.GetPolicyCommand({ PolicyArn }))).Policy).toMatchObject({
    AttachmentCount: 1,
    DefaultVersionId: 'v1',
    Description: 'all of S3',
  });
  const version = await client.send(new iam.GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  expect(JSON.parse(decodeURIComponent(version.PolicyVersion?.Document ?? ''))).toEqual(JSON.parse(policy('s3:*')));
  await expect(client.send(new iam.DeletePolicyCommand({ PolicyArn }))).rejects.toMatchObject({
    name: 'DeleteConflictException',
  });
  await client.send(
    new iam.PutUserPolicyCommand({ UserName: 'holder', PolicyName: 'own', PolicyDocument: policy('s3:*') }),
  );
  expect((await client.send(new iam.ListUserPoliciesCommand(named('holder')))).PolicyNames).toEqual(['own']);
  await client.send(new iam.DeleteUserPolicyCommand({ UserName: 'holder', PolicyName: 'own' }));
  await client.send(new iam.DetachUserPolicyCommand({ UserName: 'holder', PolicyArn }));
  await client.send(new iam.DeletePolicyCommand({ PolicyArn }));
  await expect(client.send(new iam.GetPolicyCommand({ PolicyArn }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
  });
});

test('what is not right gets the errors of IAM', async () => {
  const bad = new iam.CreatePolicyCommand({ PolicyName: 'bad', PolicyDocument: '{' });
  await expect(client.send(bad)).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
  const name = new iam.CreateUserCommand(named('not/a name'));
  await expect(client.send(name)).rejects.toMatchObject({ name: 'ValidationError' });
  const path = new iam.CreateUserCommand({ UserName: 'path', Path: 'somewhere' });
  await expect(client.send(path)).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(client.send(new iam.ListAccountAliasesCommand({}))).rejects.toMatchObject({ name: 'InvalidAction' });
});

const violated = (place: string, rule: string) =>
  `1 validation error detected: Value at '${place}' failed to satisfy constraint: ${rule}`;

test.each<[string, () => Promise<unknown>, string, string]>([
  [
    'a name that is too long',
    () => client.send(new iam.GetUserCommand(named('x'.repeat(129)))),
    'ValidationError',
    violated('userName', 'Member must have length less than or equal to 128'),
  ],
  [
    'a new name that is too long',
    () => client.send(new iam.CreateUserCommand(named('x'.repeat(65)))),
    'ValidationError',
    violated('userName', 'Member must have length less than or equal to 64'),
  ],
  [
    'a name with a space',
    () => client.send(new iam.GetRoleCommand({ RoleName: 'a role' })),
    'ValidationError',
    'The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
  ],
  [
    'a prefix that does not begin with a slash',
    () => client.send(new iam.ListUsersCommand({ PathPrefix: 'x' })),
    'ValidationError',
    'The specified value for pathPrefix is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters.',
  ],
  [
    'a page that is too long',
    () => client.send(new iam.ListUserTagsCommand({ ...named('nobody'), MaxItems: 1001 })),
    'ValidationError',
    violated('maxItems', 'Member must have value less than or equal to 1000'),
  ],
  [
    'a document with what is not printable',
    () => client.send(new iam.CreatePolicyCommand({ PolicyName: 'u', PolicyDocument: '{"\u{1f600}": 1}' })),
    'ValidationError',
    'The specified value for policyDocument is invalid. It must contain only printable ASCII characters.',
  ],
  [
    'a tag without a key',
    () => client.send(new iam.TagUserCommand({ UserName: 'admin', Tags: [{ Key: '', Value: 'x' }] })),
    'ValidationError',
    violated('tags.1.member.key', 'Member must have length greater than or equal to 1'),
  ],
  [
    'tags whose keys differ only in case',
    () =>
      client.send(
        new iam.TagUserCommand({
          UserName: 'admin',
          Tags: [
            { Key: 'a', Value: '1' },
            { Key: 'A', Value: '2' },
          ],
        }),
      ),
    'InvalidInputException',
    'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
  ],
  [
    'a user who is not there',
    () => client.send(new iam.GetUserCommand(named('nobody'))),
    'NoSuchEntityException',
    'The user with name nobody cannot be found.',
  ],
  [
    'a policy of its own that a user has not',
    () => client.send(new iam.GetUserPolicyCommand({ UserName: 'admin', PolicyName: 'none' })),
    'NoSuchEntityException',
    'The user policy with name none cannot be found.',
  ],
  [
    'a user who is there already',
    () => client.send(new iam.CreateUserCommand(named('admin'))),
    'EntityAlreadyExistsException',
    'User with name admin already exists.',
  ],
])('%s gets the error and the words of IAM', async (_case, ask, name, message) => {
  await expect(ask()).rejects.toMatchObject({ name, message });
});

test('what an operation cannot do without is asked for before anything is looked for', async () => {
  const asked = (parameters: Record<string, string>) =>
    sendSigned(server, {
      ...{ method: 'POST', path: '/', service: 'iam' },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: String(new URLSearchParams({ Version: '2010-05-08', ...parameters })),
    });
  expect(await asked({ Action: 'PutUserPolicy', UserName: 'nobody', PolicyDocument: '{}' })).toMatchObject({
    status: 400,
    body: expect.stringContaining(
      'Value at &#39;policyName&#39; failed to satisfy constraint: Member must not be null',
    ),
  });
  expect(await asked({ Action: 'TagUser', UserName: 'admin', 'Tags.member.1.Key': 'a' })).toMatchObject({
    body: expect.stringContaining('Value at &#39;tags.1.member.value&#39;'),
  });
  expect(await asked({ Action: 'DeleteRole' })).toMatchObject({
    status: 400,
    body: expect.stringContaining(
      '<Code>MissingParameter</Code><Message>The request must contain the parameter RoleName.',
    ),
  });
  expect(await asked({ Action: 'ListUsers', MaxItems: 'some' })).toMatchObject({
    status: 400,
    body: expect.stringContaining('<Error><Type>Sender</Type><Code>MalformedInput</Code></Error>'),
  });
  expect(await asked({ Action: 'GetCallerIdentity' })).toMatchObject({
    status: 400,
    body: expect.stringContaining('Could not find operation GetCallerIdentity for version 2010-05-08'),
  });
});

test('keys of tags that differ only in case are the same one, and there are fifty tags at most', async () => {
  await client.send(new iam.CreateUserCommand({ UserName: 'tagged', Tags: [{ Key: 'Team', Value: 'blue' }] }));
  await client.send(new iam.TagUserCommand({ UserName: 'tagged', Tags: [{ Key: 'TEAM', Value: 'red' }] }));
  const tags = async () => (await client.send(new iam.ListUserTagsCommand(named('tagged')))).Tags;
  expect(await tags()).toEqual([{ Key: 'TEAM', Value: 'red' }]);
  const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
  await expect(client.send(new iam.TagUserCommand({ UserName: 'tagged', Tags }))).rejects.toMatchObject({
    name: 'LimitExceededException',
  });
  await client.send(new iam.UntagUserCommand({ UserName: 'tagged', TagKeys: ['team'] }));
  expect(await tags()).toEqual([]);
  await client.send(new iam.TagUserCommand({ UserName: 'tagged', Tags }));
  const pages: number[] = [];
  for await (const page of iam.paginateListUserTags({ client, pageSize: 20 }, named('tagged'))) {
    pages.push(page.Tags?.length ?? 0);
  }
  expect(pages).toEqual([20, 20, 10]);
});

test('a tenant sees and changes its own users only', async () => {
  await server.graphql('mutation { createTenant(input: { name: "elsewhere" }) { userErrors { message } } }');
  const chief = await makeS3User(server, { username: 'chief', role: 'TENANT_ADMINISTRATOR', tenant: 'elsewhere' });
  const theirs = clientOf(chief);
  expect((await theirs.send(new iam.ListUsersCommand({}))).Users?.map(({ UserName }) => UserName)).toEqual(['chief']);
  const absent = { name: 'NoSuchEntityException' };
  await expect(theirs.send(new iam.GetUserCommand(named('admin')))).rejects.toMatchObject(absent);
  await expect(theirs.send(new iam.DeleteUserCommand(named('p1')))).rejects.toMatchObject(absent);
  const key = { AccessKeyId: server.accessKeyId };
  await expect(theirs.send(new iam.GetAccessKeyLastUsedCommand(key))).rejects.toMatchObject(absent);
  await expect(theirs.send(new iam.DeleteAccessKeyCommand({ ...key, UserName: 'chief' }))).rejects.toMatchObject(
    absent,
  );
  const PolicyArn = 'arn:aws:iam::default:policy/p1';
  await expect(theirs.send(new iam.GetPolicyCommand({ PolicyArn }))).rejects.toMatchObject(absent);
});

test('a user is named by its canonical id as well, and policies judge it by its name', async () => {
  const rose = await makeS3User(server, { username: 'rose' });
  const called = named(rose.canonicalId);
  await client.send(new iam.PutUserPolicyCommand({ ...called, PolicyName: 'p', PolicyDocument: policy('s3:*') }));
  const inline = await client.send(new iam.GetUserPolicyCommand({ ...named('rose'), PolicyName: 'p' }));
  expect(inline.UserName).toBe('rose');
  expect((await client.send(new iam.ListUserPoliciesCommand(called))).PolicyNames).toEqual(['p']);
  expect((await client.send(new iam.GetUserCommand(called))).User?.UserName).toBe('rose');
  const keys = await client.send(new iam.ListAccessKeysCommand(called));
  expect(keys.AccessKeyMetadata).toMatchObject([{ UserName: 'rose', AccessKeyId: rose.accessKeyId }]);

  const Statement = [
    { Effect: 'Allow', Action: 'granary:*', Resource: '*' },
    { Effect: 'Deny', Action: 'granary:UpdateUser', Resource: 'arn:granary:default:user/rose' },
  ];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  const deputy = await makeS3User(server, { username: 'deputy' });
  await client.send(new iam.PutUserPolicyCommand({ ...named('deputy'), PolicyName: 'all-but-rose', PolicyDocument }));
  const Tags = [{ Key: 'a', Value: 'b' }];
  for (const user of [named('rose'), called]) {
    await expect(clientOf(deputy).send(new iam.TagUserCommand({ ...user, Tags }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  }
  const abroad = await makeS3User(server, { username: 'abroad', role: 'TENANT_ADMINISTRATOR', tenant: 'elsewhere' });
  await expect(clientOf(abroad).send(new iam.GetUserCommand(called))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
  });
  await client.send(new iam.DeleteUserPolicyCommand({ ...called, PolicyName: 'p' }));
});

test('nobody is called what is another user’s canonical id, as only that user may be', async () => {
  const lily = await makeS3User(server, { username: 'lily' });
  const called = named(lily.canonicalId);
  const exists = { name: 'EntityAlreadyExistsException' };
  await client.send(new iam.CreateUserCommand(named('other')));
  await expect(client.send(new iam.CreateUserCommand(called))).rejects.toMatchObject(exists);
  const rename = (UserName: string) => new iam.UpdateUserCommand({ UserName, NewUserName: lily.canonicalId });
  await expect(client.send(rename('other'))).rejects.toMatchObject(exists);
  const { data } = await server.graphql(
    `mutation($id: String!, $new: String!) {
      createUser(input: { username: $id }) { userErrors { code field } }
      imported: createUser(input: { username: $new, canonicalId: $new }) { userErrors { code field } }
    }`,
    { id: lily.canonicalId, new: 'brought-along' },
  );
  expect(data).toEqual({
    createUser: { userErrors: [{ code: 'CONFLICT', field: ['input', 'username'] }] },
    imported: { userErrors: [] },
  });
  await client.send(rename('lily'));
  expect((await client.send(new iam.GetUserCommand(called))).User?.UserName).toBe(lily.canonicalId);
});

test('the policies of S3 under AWS’s names let read, or do everything with objects', async () => {
  const at = { Bucket: 'by-aws-names', Key: 'k' };
  await server.s3.send(new CreateBucketCommand({ Bucket: at.Bucket }));
  await server.s3.send(new PutObjectCommand({ ...at, Body: 'content' }));
  const { s3 } = await makeS3User(server, { username: 'by-aws-names' });
  const read = () => s3.send(new GetObjectCommand(at));
  const write = () => s3.send(new PutObjectCommand({ ...at, Body: 'other' }));
  const attach = (name: string) =>
    client.send(
      new iam.AttachUserPolicyCommand({ UserName: 'by-aws-names', PolicyArn: `arn:aws:iam::aws:policy/${name}` }),
    );
  await expect(read()).rejects.toMatchObject({ name: 'AccessDenied' });
  await attach('AmazonS3ReadOnlyAccess');
  await read();
  await expect(write()).rejects.toMatchObject({ name: 'AccessDenied' });
  await attach('AmazonS3FullAccess');
  await write();
});

test('the policies of IAM under AWS’s names let read who is there, or make others', async () => {
  const user = await makeS3User(server, { username: 'by-iam-names' });
  const theirs = clientOf(user);
  const attach = (name: string) =>
    client.send(
      new iam.AttachUserPolicyCommand({ UserName: 'by-iam-names', PolicyArn: `arn:aws:iam::aws:policy/${name}` }),
    );
  const make = new iam.CreateGroupCommand({ GroupName: 'by-iam-names' });
  await expect(theirs.send(new iam.ListRolesCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
  await attach('IAMReadOnlyAccess');
  await theirs.send(new iam.ListRolesCommand({}));
  await expect(theirs.send(make)).rejects.toMatchObject({ name: 'AccessDenied' });
  await attach('IAMFullAccess');
  await theirs.send(make);
});

test('names that differ only in case are one name, and policies judge it as it was given', async () => {
  const exists = { name: 'EntityAlreadyExistsException' };
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
  });
  const make = {
    user: (UserName: string) => client.send(new iam.CreateUserCommand({ UserName })),
    group: (GroupName: string) => client.send(new iam.CreateGroupCommand({ GroupName })),
    role: (RoleName: string) => client.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust })),
    policy: (PolicyName: string) =>
      client.send(new iam.CreatePolicyCommand({ PolicyName, PolicyDocument: policy('s3:GetObject') })),
  };
  for (const one of Object.values(make)) {
    await one('Cased');
    await expect(one('cAsed')).rejects.toMatchObject(exists);
  }
  expect((await client.send(new iam.GetUserCommand(named('CASED')))).User?.UserName).toBe('Cased');
  const into = { GroupName: 'cased', UserName: 'cased' };
  await client.send(new iam.AddUserToGroupCommand(into));
  expect((await client.send(new iam.GetGroupCommand({ GroupName: 'CASED' }))).Users).toMatchObject([named('Cased')]);
  await client.send(new iam.RemoveUserFromGroupCommand(into));
  const rename = (NewUserName: string) => new iam.UpdateUserCommand({ UserName: 'CASED', NewUserName });
  await expect(client.send(rename('ADMIN'))).rejects.toMatchObject(exists);
  await client.send(rename('CaseD'));
  const guard = await makeS3User(server, { username: 'case-guard', role: 'TENANT_ADMINISTRATOR' });
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 'iam:DeleteUser', Resource: 'arn:aws:iam::default:user/CaseD' }],
  });
  await client.send(new iam.PutUserPolicyCommand({ UserName: 'case-guard', PolicyName: 'p', PolicyDocument }));
  const remove = new iam.DeleteUserCommand(named('cased'));
  await expect(clientOf(guard).send(remove)).rejects.toMatchObject({ name: 'AccessDenied' });
  await client.send(remove);
  await client.send(new iam.DeleteGroupCommand({ GroupName: 'cased' }));
  await client.send(new iam.DeleteRoleCommand({ RoleName: 'cased' }));
});
