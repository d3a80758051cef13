import * as iam from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { makeS3User, type S3User, s3Password } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let client: iam.IAMClient;
let ada: S3User;

const clientOf = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
  new iam.IAMClient({ endpoint: server.s3Url, region: 'us-east-1', credentials, maxAttempts: 1 });
const document = (Action: string | string[], Resource = '*', Effect = 'Allow') =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect, Action, Resource }] });
const policyArn = (name: string) => `arn:aws:iam::default:policy/${name}`;
const makePolicy = (PolicyName: string, PolicyDocument: string) =>
  client.send(new iam.CreatePolicyCommand({ PolicyName, PolicyDocument }));
const denied = { name: 'AccessDenied' };
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::default:user/ada' }, Action: 'sts:AssumeRole' }],
});

beforeAll(async () => {
  server = await startTestServer();
  client = clientOf(server);
  ada = await makeS3User(server, { username: 'ada' });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

test('a permissions boundary limits all that a user may, whatever else allows it', async () => {
  await ada.s3.send(new CreateBucketCommand({ Bucket: 'mine' }));
  await ada.s3.send(new PutObjectCommand({ Bucket: 'mine', Key: 'k', Body: 'x' }));
  await makePolicy('read-only', document('s3:GetObject'));
  const limit = { UserName: 'ada', PermissionsBoundary: policyArn('read-only') };
  await client.send(new iam.PutUserPermissionsBoundaryCommand(limit));
  expect((await client.send(new iam.GetUserCommand({ UserName: 'ada' }))).User?.PermissionsBoundary).toEqual({
    ...{ PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: policyArn('read-only') },
  });
  await ada.s3.send(new GetObjectCommand({ Bucket: 'mine', Key: 'k' }));
  const put = new PutObjectCommand({ Bucket: 'mine', Key: 'k', Body: 'y' });
  await expect(ada.s3.send(put)).rejects.toMatchObject(denied);
  const { data } = await server.graphql(
    `{ explainAccess(input: { principal: { username: "ada" }, action: "s3:PutObject", bucket: "mine", key: "k" }) {
      decision reason } }`,
  );
  expect(data.explainAccess).toEqual({
    ...{ decision: 'IMPLICIT_DENY', reason: 'The permissions boundary does not allow it.' },
  });
  const inUse = new iam.DeletePolicyCommand({ PolicyArn: policyArn('read-only') });
  await expect(client.send(inUse)).rejects.toMatchObject({ name: 'DeleteConflictException' });
  await client.send(new iam.DeleteUserPermissionsBoundaryCommand({ UserName: 'ada' }));
  await ada.s3.send(put);
  await client.send(inUse);
});

test("what a permissions boundary denies by an object's tags is denied", async () => {
  const tagged = { Bucket: 'mine', Key: 'secret', Body: 'x', Tagging: 'class=secret' };
  await ada.s3.send(new PutObjectCommand(tagged));
  const Condition = { StringEquals: { 's3:ExistingObjectTag/class': 'secret' } };
  const Statement = [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: 's3:GetObject', Resource: '*', Condition },
  ];
  await makePolicy('no-secrets', JSON.stringify({ Version: '2012-10-17', Statement }));
  const limit = { UserName: 'ada', PermissionsBoundary: policyArn('no-secrets') };
  await client.send(new iam.PutUserPermissionsBoundaryCommand(limit));
  await ada.s3.send(new GetObjectCommand({ Bucket: 'mine', Key: 'k' }));
  await expect(ada.s3.send(new GetObjectCommand({ Bucket: 'mine', Key: 'secret' }))).rejects.toMatchObject(denied);
  await client.send(new iam.DeleteUserPermissionsBoundaryCommand({ UserName: 'ada' }));
  await ada.s3.send(new GetObjectCommand({ Bucket: 'mine', Key: 'secret' }));
});

test('who is limited gives away no more, and takes off neither its own limit nor that of the stronger', async () => {
  const manager = await makeS3User(server, { username: 'manager', role: 'TENANT_ADMINISTRATOR' });
  await makePolicy('managing', document(['granary:*', 's3:Get*', 's3:List*']));
  const PermissionsBoundary = policyArn('managing');
  await client.send(new iam.PutUserPermissionsBoundaryCommand({ UserName: 'manager', PermissionsBoundary }));
  const limited = clientOf(manager);
  const give = (Action: string) =>
    limited.send(new iam.PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'p', PolicyDocument: document(Action) }));
  await give('s3:GetObject');
  await expect(give('s3:PutObject')).rejects.toMatchObject(denied);
  const own = new iam.DeleteUserPermissionsBoundaryCommand({ UserName: 'manager' });
  await expect(limited.send(own)).rejects.toMatchObject(denied);
  const widen = new iam.CreatePolicyVersionCommand({
    ...{ PolicyArn: PermissionsBoundary, PolicyDocument: document('*'), SetAsDefault: true },
  });
  await expect(limited.send(widen)).rejects.toMatchObject(denied);

  await client.send(new iam.CreateUserCommand({ UserName: 'strong', PermissionsBoundary }));
  await client.send(
    new iam.PutUserPolicyCommand({ UserName: 'strong', PolicyName: 'all', PolicyDocument: document('s3:*') }),
  );
  const others = new iam.DeleteUserPermissionsBoundaryCommand({ UserName: 'strong' });
  await expect(limited.send(others)).rejects.toMatchObject(denied);
  await client.send(others);
});

test('a policy has versions, of which one counts, and five at most', async () => {
  await makePolicy('versions', document('s3:GetObject'));
  const named = { PolicyArn: policyArn('versions') };
  await client.send(new iam.AttachUserPolicyCommand({ UserName: 'ada', ...named }));
  const add = (Action: string, SetAsDefault?: boolean) =>
    client.send(new iam.CreatePolicyVersionCommand({ ...named, PolicyDocument: document(Action), SetAsDefault }));
  expect((await add('s3:PutObject')).PolicyVersion).toMatchObject({ VersionId: 'v2', IsDefaultVersion: false });
  expect((await client.send(new iam.GetPolicyCommand(named))).Policy).toMatchObject({
    ...{ DefaultVersionId: 'v1', AttachmentCount: 1, PermissionsBoundaryUsageCount: 0 },
  });
  await add('s3:ListBucket', true);
  await client.send(new iam.SetDefaultPolicyVersionCommand({ ...named, VersionId: 'v2' }));
  const read = await client.send(new iam.GetPolicyVersionCommand({ ...named, VersionId: 'v2' }));
  expect(decodeURIComponent(read.PolicyVersion?.Document ?? '')).toContain('s3:PutObject');
  await add('s3:GetObjectAcl');
  await add('s3:GetObjectTagging');
  await expect(add('s3:PutObjectAcl')).rejects.toMatchObject({ name: 'LimitExceededException' });
  const { Versions } = await client.send(new iam.ListPolicyVersionsCommand(named));
  expect(Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion])).toEqual([
    ...[
      ['v5', false],
      ['v4', false],
      ['v3', false],
      ['v2', true],
      ['v1', false],
    ],
  ]);
  const remove = (VersionId: string) => client.send(new iam.DeletePolicyVersionCommand({ ...named, VersionId }));
  await expect(remove('v2')).rejects.toMatchObject({ name: 'DeleteConflictException' });
  await remove('v1');
  await expect(remove('v1')).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  expect((await add('s3:PutObjectAcl')).PolicyVersion?.VersionId).toBe('v6');

  // What GraphQL puts in its place is a version too, and the oldest that does not count goes for it.
  const { data } = await server.graphql(
    `mutation($document: JSON!) { updatePolicy(input: { name: "versions", document: $document }) {
      policy { document } userErrors { message } } }`,
    { document: JSON.parse(document('s3:DeleteObject')) },
  );
  expect(data.updatePolicy.userErrors).toEqual([]);
  const after = await client.send(new iam.ListPolicyVersionsCommand(named));
  expect(after.Versions?.map(({ VersionId }) => VersionId)).toEqual(['v7', 'v6', 'v5', 'v4', 'v2']);
  await client.send(new iam.DetachUserPolicyCommand({ UserName: 'ada', ...named }));
  const whole = new iam.DeletePolicyCommand(named);
  await expect(client.send(whole)).rejects.toMatchObject({ name: 'DeleteConflictException' });
  for (const version of ['v6', 'v5', 'v4', 'v2']) {
    await remove(version);
  }
  await client.send(whole);
});

test('users, groups and policies are at paths, lists ask for them, and a principal is named with its own', async () => {
  const Path = '/division/team/';
  await client.send(new iam.CreateUserCommand({ UserName: 'pat', Path }));
  await client.send(new iam.CreateGroupCommand({ GroupName: 'group', Path }));
  const { Policy } = await client.send(
    new iam.CreatePolicyCommand({
      ...{ PolicyName: 'pathed', Path, PolicyDocument: document('s3:GetObject'), Description: 'One' },
      Tags: [{ Key: 'cost', Value: '1' }],
    }),
  );
  expect(Policy).toMatchObject({ Path, Arn: `arn:aws:iam::default:policy${Path}pathed` });
  const of = { PolicyArn: Policy?.Arn ?? '' };
  await client.send(new iam.TagPolicyCommand({ ...of, Tags: [{ Key: 'team', Value: 'x' }] }));
  await client.send(new iam.UntagPolicyCommand({ ...of, TagKeys: ['cost'] }));
  expect((await client.send(new iam.ListPolicyTagsCommand(of))).Tags).toEqual([{ Key: 'team', Value: 'x' }]);
  const PathPrefix = '/division/';
  expect((await client.send(new iam.ListUsersCommand({ PathPrefix }))).Users).toMatchObject([{ UserName: 'pat' }]);
  expect((await client.send(new iam.ListGroupsCommand({ PathPrefix }))).Groups).toMatchObject([{ Path }]);
  expect((await client.send(new iam.ListPoliciesCommand({ PathPrefix }))).Policies).toMatchObject([{ Path }]);
  expect((await client.send(new iam.ListUsersCommand({ PathPrefix: '/other_/' }))).Users).toEqual([]);
  await client.send(new iam.UpdateGroupCommand({ GroupName: 'group', NewGroupName: 'renamed', NewPath: '/x/' }));
  expect((await client.send(new iam.GetGroupCommand({ GroupName: 'renamed' }))).Group).toMatchObject({ Path: '/x/' });
  const bad = new iam.CreateUserCommand({ UserName: 'bad', Path: 'no-slashes' });
  await expect(client.send(bad)).rejects.toMatchObject({ name: 'ValidationError' });

  const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: 'pat' }));
  const pat = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  await client.send(new iam.UpdateUserCommand({ UserName: 'pat', NewPath: '/moved/' }));
  const { User } = await clientOf(pat).send(new iam.GetUserCommand({}));
  expect(User).toMatchObject({ Path: '/moved/', Arn: 'arn:aws:iam::default:user/moved/pat' });
});

test('the ARN of a policy is good with its path only, wherever it is given', async () => {
  const Path = '/division/team/';
  const { Policy } = await client.send(
    new iam.CreatePolicyCommand({ PolicyName: 'placed', Path, PolicyDocument: document('s3:GetObject') }),
  );
  const right = `arn:aws:iam::default:policy${Path}placed`;
  expect(Policy?.Arn).toBe(right);
  await client.send(new iam.CreateUserCommand({ UserName: 'placed' }));
  const asks: ((PolicyArn: string) => Promise<unknown>)[] = [
    (PolicyArn) => client.send(new iam.GetPolicyCommand({ PolicyArn })),
    (PolicyArn) => client.send(new iam.AttachUserPolicyCommand({ UserName: 'placed', PolicyArn })),
    (PolicyArn) => client.send(new iam.ListEntitiesForPolicyCommand({ PolicyArn })),
    (PolicyArn) => client.send(new iam.DetachUserPolicyCommand({ UserName: 'placed', PolicyArn })),
    (PolicyArn) => client.send(new iam.TagPolicyCommand({ PolicyArn, Tags: [{ Key: 'a', Value: 'b' }] })),
    (PolicyArn) => client.send(new iam.ListPolicyVersionsCommand({ PolicyArn })),
    (PermissionsBoundary) =>
      client.send(new iam.PutUserPermissionsBoundaryCommand({ UserName: 'placed', PermissionsBoundary })),
    (PermissionsBoundary) => client.send(new iam.CreateUserCommand({ UserName: 'limited', PermissionsBoundary })),
    (PermissionsBoundary) =>
      client.send(
        new iam.CreateRoleCommand({ RoleName: 'limited', AssumeRolePolicyDocument: trust, PermissionsBoundary }),
      ),
  ];
  for (const ask of asks) {
    for (const wrong of ['/', '/division/', '/other/']) {
      await expect(ask(`arn:aws:iam::default:policy${wrong}placed`)).rejects.toMatchObject({
        name: 'NoSuchEntityException',
      });
    }
    await ask(right);
  }
  const PermissionsBoundary = { PermissionsBoundaryArn: right };
  expect((await client.send(new iam.GetUserCommand({ UserName: 'limited' }))).User).toMatchObject({
    PermissionsBoundary,
  });
  expect((await client.send(new iam.GetRoleCommand({ RoleName: 'limited' }))).Role).toMatchObject({
    PermissionsBoundary,
  });
});

test('policies are tried out, alone and with those of a user or a role', async () => {
  const Statement = [
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:DeleteObject'], Resource: 'arn:aws:s3:::mine/*' },
    { Effect: 'Deny', Action: 's3:DeleteObject', Resource: '*' },
    {
      ...{ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' },
      Condition: { StringEquals: { 's3:prefix': 'open/' } },
    },
  ];
  const given = JSON.stringify({ Version: '2012-10-17', Statement });
  const ContextEntries = [
    { ContextKeyName: 's3:prefix', ContextKeyType: 'string' as const, ContextKeyValues: ['open/'] },
  ];
  const decisions = (results: iam.EvaluationResult[] | undefined) =>
    results?.map(({ EvalActionName, EvalDecision }) => `${EvalActionName} ${EvalDecision}`);
  const ActionNames = ['s3:GetObject', 's3:DeleteObject', 's3:ListBucket', 'ec2:RunInstances'];
  const asked = { PolicyInputList: [given], ActionNames, ResourceArns: ['arn:aws:s3:::mine/k'] };
  const bare = await client.send(new iam.SimulateCustomPolicyCommand(asked));
  expect(decisions(bare.EvaluationResults)).toEqual([
    's3:GetObject allowed',
    's3:DeleteObject explicitDeny',
    's3:ListBucket implicitDeny',
    'ec2:RunInstances implicitDeny',
  ]);
  expect(bare.EvaluationResults?.[0]).toMatchObject({
    MatchedStatements: [{ SourcePolicyId: 'PolicyInputList.1' }],
    MissingContextValues: ['s3:prefix'],
  });
  const told = await client.send(new iam.SimulateCustomPolicyCommand({ ...asked, ContextEntries }));
  expect(decisions(told.EvaluationResults)).toContain('s3:ListBucket allowed');
  const pages: (string | undefined)[] = [];
  for await (const page of iam.paginateSimulateCustomPolicy({ client, pageSize: 3 }, asked)) {
    pages.push(...(page.EvaluationResults ?? []).map(({ EvalActionName }) => EvalActionName));
  }
  expect(pages).toEqual(ActionNames);

  await client.send(new iam.CreateUserCommand({ UserName: 'tried', Path: '/t/' }));
  const own = { UserName: 'tried', PolicyName: 'own', PolicyDocument: document('s3:GetObject', 'arn:aws:s3:::mine/*') };
  await client.send(new iam.PutUserPolicyCommand(own));
  const PolicySourceArn = 'arn:aws:iam::default:user/t/tried';
  const of = { PolicySourceArn, ActionNames: ['s3:GetObject', 's3:PutObject'], ResourceArns: ['arn:aws:s3:::mine/k'] };
  const found = await client.send(new iam.SimulatePrincipalPolicyCommand(of));
  expect(decisions(found.EvaluationResults)).toEqual(['s3:GetObject allowed', 's3:PutObject implicitDeny']);
  const more = { ...of, PolicyInputList: [document('s3:PutObject')] };
  const wider = await client.send(new iam.SimulatePrincipalPolicyCommand(more));
  expect(decisions(wider.EvaluationResults)).toEqual(['s3:GetObject allowed', 's3:PutObject allowed']);

  const members = clientOf(ada);
  await members.send(new iam.SimulateCustomPolicyCommand(asked));
  await expect(members.send(new iam.SimulatePrincipalPolicyCommand(of))).rejects.toMatchObject(denied);
  for (const PolicySourceArn of ['arn:aws:iam::other:user/t/tried', 'arn:aws:iam::default:user/tried']) {
    const absent = new iam.SimulatePrincipalPolicyCommand({ ...of, PolicySourceArn });
    await expect(client.send(absent)).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  }
  const bucket = new iam.SimulateCustomPolicyCommand({ ...asked, ResourcePolicy: given });
  await expect(client.send(bucket)).rejects.toMatchObject({ name: 'NotImplemented' });
});

test('a simulation knows nothing of who asks for it, or from where', async () => {
  const Condition = {
    StringEquals: { 'aws:PrincipalTag/team': 'blue', 'aws:PrincipalTag/Rank': 'one' },
    IpAddress: { 'aws:SourceIp': '0.0.0.0/0' },
  };
  const Statement = [
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::b/\${aws:username}`, Condition },
  ];
  const simulate = async (values: Record<string, string>) => {
    const asked = new iam.SimulateCustomPolicyCommand({
      PolicyInputList: [JSON.stringify({ Version: '2012-10-17', Statement })],
      ...{ ActionNames: ['s3:GetObject'], ResourceArns: ['arn:aws:s3:::b/ann'] },
      ContextEntries: Object.entries(values).map(([ContextKeyName, value]) => ({
        ...{ ContextKeyName, ContextKeyType: 'string' as const, ContextKeyValues: [value] },
      })),
    });
    const [result] = (await client.send(asked)).EvaluationResults ?? [];
    return [result?.EvalDecision, result?.MissingContextValues];
  };
  const tags = { 'aws:PrincipalTag/team': 'blue', 'aws:PrincipalTag/Rank': 'one' };
  expect(await simulate(tags)).toEqual(['implicitDeny', ['aws:sourceip', 'aws:username']]);
  expect(await simulate({ 'aws:SourceIp': '10.0.0.1', 'aws:username': 'ann' })).toEqual([
    'implicitDeny',
    ['aws:principaltag/Rank', 'aws:principaltag/team'],
  ]);
  expect(await simulate({ ...tags, 'aws:SourceIp': '10.0.0.1', 'aws:username': 'ann' })).toEqual(['allowed', []]);
});

test('what one simulation may cost is limited, whatever is asked about whatever', async () => {
  const statement = (index: number) => ({
    Effect: 'Allow',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::b/${index}`,
  });
  const PolicyInputList = Array.from({ length: 10 }, (_, place) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: Array.from({ length: 50 }, (_, index) => statement(place * 50 + index)),
    }),
  );
  const simulate = (questions: number) =>
    client.send(
      new iam.SimulateCustomPolicyCommand({
        PolicyInputList,
        ActionNames: ['s3:GetObject', 's3:PutObject'],
        ResourceArns: Array.from({ length: questions / 2 }, (_, index) => `arn:aws:s3:::b/${index}`),
        MaxItems: 1000,
      }),
    );
  const { EvaluationResults = [] } = await simulate(500);
  const allowed = EvaluationResults.filter(({ EvalDecision }) => EvalDecision === 'allowed');
  expect([EvaluationResults.length, allowed.length]).toEqual([500, 250]);
  for (const questions of [502, 1000, 1002]) {
    await expect(simulate(questions)).rejects.toMatchObject({ name: 'ValidationError' });
  }
});

test('the account has a summary', async () => {
  const { SummaryMap } = await client.send(new iam.GetAccountSummaryCommand({}));
  const { Users } = await client.send(new iam.ListUsersCommand({}));
  expect(SummaryMap).toMatchObject({ Users: Users?.length, RolesQuota: 1000, VersionsPerPolicyQuota: 5 });
  const unlimited = 2_147_483_647;
  expect(SummaryMap).toMatchObject({
    ...{ UsersQuota: unlimited, GroupsQuota: unlimited, AccessKeysPerUserQuota: unlimited, GroupsPerUserQuota: 50 },
  });
});

test('a document is given back with its names in the order in which it was written', async () => {
  const PolicyDocument =
    '{"Version":"2012-10-17","Statement":[{"Sid":"Z","Resource":"*","Effect":"Allow","Action":"s3:GetObject"}]}';
  const { Policy } = await client.send(new iam.CreatePolicyCommand({ PolicyName: 'ordered', PolicyDocument }));
  const version = new iam.GetPolicyVersionCommand({ PolicyArn: Policy?.Arn, VersionId: 'v1' });
  const text = (await client.send(version)).PolicyVersion?.Document;
  await client.send(new iam.PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'ordered', PolicyDocument }));
  const own = await client.send(new iam.GetUserPolicyCommand({ UserName: 'ada', PolicyName: 'ordered' }));
  expect([text, own.PolicyDocument].map((each) => decodeURIComponent(each ?? ''))).toEqual([
    PolicyDocument,
    PolicyDocument,
  ]);
  const zero = PolicyDocument.replace(
    '"Resource"',
    '"Condition":{"StringEquals":{"aws:username":"\\u0000"}},"Resource"',
  );
  const put = new iam.PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'zero', PolicyDocument: zero });
  await expect(client.send(put)).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
});

test('who has a policy is listed by kind, and by what it is to them', async () => {
  await makePolicy('wanted', document('s3:GetObject'));
  const of = { PolicyArn: policyArn('wanted') };
  await client.send(new iam.CreateGroupCommand({ GroupName: 'wanting' }));
  await client.send(new iam.CreateRoleCommand({ RoleName: 'wants', AssumeRolePolicyDocument: trust }));
  await client.send(new iam.AttachGroupPolicyCommand({ GroupName: 'wanting', ...of }));
  await client.send(new iam.AttachRolePolicyCommand({ RoleName: 'wants', ...of }));
  const limit = { UserName: 'ada', PermissionsBoundary: of.PolicyArn };
  await client.send(new iam.PutUserPermissionsBoundaryCommand(limit));
  const names = async (more: object) => {
    const found: unknown[] = [];
    for await (const page of iam.paginateListEntitiesForPolicy({ client, pageSize: 1 }, { ...of, ...more })) {
      found.push(...(page.PolicyUsers ?? []).map(({ UserName }) => UserName));
      found.push(...(page.PolicyGroups ?? []).map(({ GroupName }) => GroupName));
      found.push(...(page.PolicyRoles ?? []).map(({ RoleName }) => RoleName));
    }
    return found;
  };
  expect(await names({})).toEqual(['wanting', 'wants', 'ada']);
  expect(await names({ PolicyUsageFilter: 'PermissionsBoundary' })).toEqual(['ada']);
  expect(await names({ EntityFilter: 'Role' })).toEqual(['wants']);
  const attached = new iam.ListPoliciesCommand({ OnlyAttached: true, Scope: 'Local' });
  expect((await client.send(attached)).Policies).toMatchObject([{ PolicyName: 'wanted', AttachmentCount: 2 }]);
  await client.send(new iam.DeleteUserPermissionsBoundaryCommand({ UserName: 'ada' }));
});

test('what gets tags when it is made takes the right to tag it as well', async () => {
  const Tags = [{ Key: 'team', Value: 'blue' }];
  const makeAll = (by: iam.IAMClient, name: string, more: { Tags?: typeof Tags }) => [
    () => by.send(new iam.CreateUserCommand({ UserName: name, ...more })),
    () => by.send(new iam.CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust, ...more })),
    () => by.send(new iam.CreatePolicyCommand({ PolicyName: name, PolicyDocument: document('s3:GetObject'), ...more })),
  ];
  const maker = await iamUser('maker', allowed('iam:Create*'));
  const untagging = await iamUser('untagging', allowed('granary:*'), { ...allowed('iam:Tag*'), Effect: 'Deny' });
  for (const by of [maker, untagging]) {
    for (const make of makeAll(by, 'with-tags', { Tags })) {
      await expect(make()).rejects.toMatchObject(denied);
    }
  }
  await maker.send(new iam.CreateUserCommand({ UserName: 'without-tags' }));
  const tagger = await iamUser('tagger', allowed(['iam:Create*', 'iam:Tag*']));
  for (const make of makeAll(tagger, 'with-tags', { Tags })) {
    await make();
  }
});

test('a tenant has no more than its thousand roles, however many are made at once', async () => {
  const { pool } = server.granary.database;
  await pool.query(
    `WITH made AS (
       INSERT INTO user_account (tenant_id, kind, username, role, display_name, canonical_id, path, tags)
       SELECT t.id, 'ROLE', 'role/filler' || n, 'MEMBER', 'filler', md5('filler' || n) || md5('more' || n), '/', '{}'
       FROM tenant t, generate_series(1, 998 - (SELECT count(*)::int FROM assumable_role)) n WHERE t.name = 'default'
       RETURNING id, tenant_id, username)
     INSERT INTO assumable_role (user_id, tenant_id, name, description, trust_policy, max_session_seconds)
     SELECT id, tenant_id, substr(username, 6), '', '{}', 3600 FROM made`,
  );
  const make = (RoleName: string) =>
    client.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust })).then(
      () => 'made',
      (error: Error) => error.name,
    );
  const answers = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => make(`last-${name}`)));
  expect(answers.sort()).toEqual([...Array(4).fill('LimitExceededException'), 'made', 'made']);
});

/** A user with this policy and nothing else but its role, as IAM's client. */
async function iamUser(username: string, ...Statement: object[]): Promise<iam.IAMClient> {
  const user = await makeS3User(server, { username });
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await client.send(new iam.PutUserPolicyCommand({ UserName: username, PolicyName: 'own', PolicyDocument }));
  return clientOf(user);
}

const allowed = (Action: string | string[], Resource: string | string[] = '*') => ({
  Effect: 'Allow',
  Action,
  Resource,
});

test('actions of iam allow the operations of these names, on what their ARNs name', async () => {
  const team = 'arn:aws:iam::default:user/team/*';
  const lead = await iamUser(
    'lead',
    allowed(['iam:CreateUser', 'iam:GetUser', 'iam:DeleteUser', 'iam:UpdateUser'], team),
  );
  const made = { UserName: 'member', Path: '/team/' };
  expect((await lead.send(new iam.CreateUserCommand(made))).User?.Path).toBe('/team/');
  await expect(lead.send(new iam.CreateUserCommand({ UserName: 'other' }))).rejects.toMatchObject(denied);
  expect((await lead.send(new iam.GetUserCommand({ UserName: 'member' }))).User?.UserName).toBe('member');
  // Another user, another operation, and another place for the same user.
  await expect(lead.send(new iam.GetUserCommand({ UserName: 'ada' }))).rejects.toMatchObject(denied);
  await expect(lead.send(new iam.DeleteUserCommand({ UserName: 'ada' }))).rejects.toMatchObject(denied);
  await expect(lead.send(new iam.ListUsersCommand({}))).rejects.toMatchObject(denied);
  await expect(lead.send(new iam.TagUserCommand({ UserName: 'member', Tags: [] }))).rejects.toThrow();
  const moved = { UserName: 'member', NewPath: '/' };
  await expect(lead.send(new iam.UpdateUserCommand(moved))).rejects.toMatchObject(denied);
  await lead.send(new iam.UpdateUserCommand({ UserName: 'member', NewUserName: 'fellow' }));
  await lead.send(new iam.DeleteUserCommand({ UserName: 'fellow' }));
});

test('a parameter of another operation does not make it one on what is allowed', async () => {
  const one = await iamUser(
    'fooled',
    allowed('iam:*', ['arn:aws:iam::default:group/mine', 'arn:aws:iam:::user/fooled']),
  );
  await client.send(new iam.CreateUserCommand({ UserName: 'victim' }));
  one.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { query: Record<string, string> };
      request.query = { GroupName: 'mine', PolicyArn: 'arn:aws:iam::default:group/mine' };
      return next(args);
    },
    { step: 'build' },
  );
  await expect(one.send(new iam.DeleteUserCommand({ UserName: 'victim' }))).rejects.toMatchObject(denied);
  // Without an account an ARN is one of the own.
  expect((await one.send(new iam.ListUserPoliciesCommand({ UserName: 'fooled' }))).PolicyNames).toEqual(['own']);
  await client.send(new iam.DeleteUserCommand({ UserName: 'victim' }));
});

test('a deny wins under either name, and what speaks of other things says nothing of IAM', async () => {
  const deny = (Action: string, Resource = '*') => ({ Effect: 'Deny', Action, Resource });
  const list = new iam.ListUsersCommand({});
  const create = new iam.CreateUserCommand({ UserName: 'nobody' });
  const byVerb = await iamUser('by-verb', allowed(['granary:*', 's3:*']), deny('iam:CreateUser'));
  await byVerb.send(list);
  await expect(byVerb.send(create)).rejects.toMatchObject(denied);
  const byName = await iamUser('by-name', allowed(['iam:*', 's3:*']), deny('granary:CreateUser'));
  await byName.send(list);
  await expect(byName.send(create)).rejects.toMatchObject(denied);
  const self = await iamUser('no-self', deny('iam:GetUser'));
  await expect(self.send(new iam.GetUserCommand({}))).rejects.toMatchObject(denied);
  const others = await iamUser('elsewhere', {
    ...{ Effect: 'Allow', NotAction: ['granary:*', 's3:*'], Resource: '*' },
  });
  await expect(others.send(list)).rejects.toMatchObject(denied);
  const except = { Effect: 'Allow', Action: '*', NotResource: ['arn:granary:default:*', 'arn:aws:s3:::*'] };
  await expect((await iamUser('except', except)).send(list)).rejects.toMatchObject(denied);
  const verbs = ['granary:*', 's3:*', 'sts:*'];
  const butVerbs = await iamUser('but-verbs', { Effect: 'Allow', NotAction: verbs, Resource: '*' });
  await expect(butVerbs.send(list)).rejects.toMatchObject(denied);
  const denyButVerbs = { Effect: 'Deny', NotAction: verbs, Resource: '*' };
  await (await iamUser('by-verbs', allowed('granary:*'), denyButVerbs)).send(list);
  // What names one operation says nothing of another, nor does what names one of another service.
  for (const [index, action] of ['sts:AssumeRole', 'iam:GetUser'].entries()) {
    const besides = await iamUser(`besides-${index}`, { ...except, Action: ['*', action] });
    await expect(besides.send(list)).rejects.toMatchObject(denied);
  }
  const onArns = await iamUser('on-arns', allowed('*', 'arn:aws:iam::default:*'));
  await expect(onArns.send(list)).rejects.toMatchObject(denied);
});

test('a policy of a group is judged by what it says, also when it is called as a built-in one', async () => {
  const PolicyName = 'AmazonS3ReadOnlyAccess';
  const adder = await iamUser('adder', allowed(['granary:*', 's3:Get*', 's3:List*']));
  const add = (GroupName: string) => adder.send(new iam.AddUserToGroupCommand({ GroupName, UserName: 'adder' }));
  for (const GroupName of ['of-its-own', 'as-built-in']) {
    await client.send(new iam.CreateGroupCommand({ GroupName }));
  }
  const PolicyArn = `arn:aws:iam::aws:policy/${PolicyName}`;
  await client.send(new iam.AttachGroupPolicyCommand({ GroupName: 'as-built-in', PolicyArn }));
  const own = { GroupName: 'of-its-own', PolicyName, PolicyDocument: document('*') };
  await client.send(new iam.PutGroupPolicyCommand(own));
  await add('as-built-in');
  await expect(add('of-its-own')).rejects.toMatchObject(denied);
  await client.send(new iam.PutGroupPolicyCommand({ ...own, PolicyDocument: document('s3:GetObject') }));
  await add('of-its-own');
});

test('who may do all of IAM gives nobody more than it has, and reaches no face, tenant or user beyond', async () => {
  const all = await iamUser('iam-all', allowed('iam:*'));
  await makeS3User(server, { username: 'chief', role: 'TENANT_ADMINISTRATOR' });
  const attach = (PolicyArn: string) => new iam.AttachUserPolicyCommand({ UserName: 'iam-all', PolicyArn });
  for (const name of ['Administrator', 'TenantAdministrator', 'AmazonS3FullAccess']) {
    await expect(all.send(attach(`arn:aws:iam::aws:policy/${name}`))).rejects.toMatchObject(denied);
  }
  const own = { UserName: 'iam-all', PolicyName: 'own' };
  for (const action of ['*', 's3:*', 'granary:*']) {
    const more = new iam.PutUserPolicyCommand({ ...own, PolicyDocument: document(action) });
    await expect(all.send(more)).rejects.toMatchObject(denied);
  }
  await expect(all.send(new iam.CreateAccessKeyCommand({ UserName: 'chief' }))).rejects.toMatchObject(denied);
  await expect(all.send(new iam.DeleteUserCommand({ UserName: 'admin' }))).rejects.toThrow();
  const limit = { UserName: 'iam-all', PermissionsBoundary: policyArn('no-secrets') };
  await expect(all.send(new iam.PutUserPermissionsBoundaryCommand(limit))).rejects.toMatchObject(denied);
  // What it has it can hand on.
  await all.send(new iam.CreateUserCommand({ UserName: 'deputy' }));
  const same = { UserName: 'deputy', PolicyName: 'same', PolicyDocument: document('iam:*') };
  await all.send(new iam.PutUserPolicyCommand(same));
  // With a key of another user it would have that user's buckets.
  await expect(all.send(new iam.CreateAccessKeyCommand({ UserName: 'deputy' }))).rejects.toMatchObject(denied);
  // What GraphQL does has verbs of its own.
  const token = await server.login('iam-all', s3Password);
  const make = 'mutation { createGroup(input: { name: "no" }) { userErrors { code } } }';
  const { data } = await server.graphql(make, {}, token);
  expect(data.createGroup.userErrors).toMatchObject([{ code: expect.stringMatching(/DENIED/) }]);
});
