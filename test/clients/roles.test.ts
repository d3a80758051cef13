import * as iam from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetBucketAclCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { makeS3User, type S3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

let server: TestServer;
let admin: iam.IAMClient;
let ada: S3User;
let stranger: S3User;

const options = (credentials: Keys) => ({ endpoint: server.s3Url, region: 'us-east-1', credentials, maxAttempts: 1 });
const sts = (credentials: Keys) => new STSClient(options(credentials));
const s3 = (credentials: Keys) => new S3Client({ ...options(credentials), forcePathStyle: true });

const Version = '2012-10-17';
const trust = (Principal: object | string, more: object = {}) =>
  JSON.stringify({ Version, Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more }] });
const allow = (Action: string | string[], Resource: string | string[] = '*', more: object = {}) =>
  JSON.stringify({ Version, Statement: [{ Effect: 'Allow', Action, Resource, ...more }] });
const user = (name: string, tenant = 'default') => ({ AWS: `arn:aws:iam::${tenant}:user/${name}` });
const arnOf = (RoleName: string) => `arn:aws:iam::default:role/${RoleName}`;

async function makeRole(RoleName: string, AssumeRolePolicyDocument: string, PolicyDocument?: string): Promise<void> {
  await admin.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  if (PolicyDocument !== undefined) {
    await admin.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
  }
}

async function assume(credentials: Keys, RoleName: string, more: object = {}): Promise<Required<Keys>> {
  const input = { RoleArn: arnOf(RoleName), RoleSessionName: 'work', ...more };
  const { Credentials: made } = await sts(credentials).send(new AssumeRoleCommand(input));
  return {
    accessKeyId: String(made?.AccessKeyId),
    secretAccessKey: String(made?.SecretAccessKey),
    sessionToken: String(made?.SessionToken),
  };
}

const refused = (credentials: Keys, RoleName: string, more: object = {}) =>
  expect(assume(credentials, RoleName, more)).rejects;
const read = async (credentials: Keys, Key: string, Bucket = 'books') =>
  (await s3(credentials).send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const denied = { name: 'AccessDenied' };

/** Waits until it is so: what one process changes, others learn in a moment. */
async function eventually(wanted: string, attempt: () => Promise<unknown>): Promise<void> {
  const until = Date.now() + 10_000;
  for (;;) {
    const name = await attempt().then(
      () => 'none',
      (error: Error) => error.name,
    );
    if (name === wanted || Date.now() > until) {
      expect(name).toBe(wanted);
      return;
    }
  }
}

beforeAll(async () => {
  server = await startTestServer();
  admin = new iam.IAMClient(options(server));
  ada = await makeS3User(server, { username: 'ada' });
  await server.graphql('mutation { createTenant(input: { name: "acme" }) { userErrors { message } } }');
  stranger = await makeS3User(server, { username: 'ada', tenant: 'acme', role: 'TENANT_ADMINISTRATOR' });
  const owner = s3(server);
  await owner.send(new CreateBucketCommand({ Bucket: 'books' }));
  for (const Key of ['red/k', 'blue/k']) {
    await owner.send(new PutObjectCommand({ Bucket: 'books', Key, Body: Key }));
  }
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

test('a role is made, shown, listed by pages and paths, changed, tagged and deleted', async () => {
  const AssumeRolePolicyDocument = trust(user('ada'));
  const made = await admin.send(
    new iam.CreateRoleCommand({
      ...{ RoleName: 'plain', Path: '/team/blue/', Description: 'For reading', MaxSessionDuration: 7200 },
      ...{ AssumeRolePolicyDocument, Tags: [{ Key: 'team', Value: 'blue' }] },
    }),
  );
  expect(made.Role).toMatchObject({
    ...{ Path: '/team/blue/', RoleName: 'plain', Arn: 'arn:aws:iam::default:role/team/blue/plain' },
    ...{ Description: 'For reading', MaxSessionDuration: 7200, Tags: [{ Key: 'team', Value: 'blue' }] },
  });
  expect(JSON.parse(decodeURIComponent(made.Role?.AssumeRolePolicyDocument ?? ''))).toEqual(
    JSON.parse(AssumeRolePolicyDocument),
  );
  const again = new iam.CreateRoleCommand({ RoleName: 'plain', AssumeRolePolicyDocument });
  await expect(admin.send(again)).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
  await makeRole('other', AssumeRolePolicyDocument);
  const roles: (string | undefined)[] = [];
  for await (const page of iam.paginateListRoles({ client: admin, pageSize: 1 }, {})) {
    roles.push(...(page.Roles ?? []).map(({ RoleName }) => RoleName));
  }
  expect(roles).toEqual(['other', 'plain']);
  const { Roles } = await admin.send(new iam.ListRolesCommand({ PathPrefix: '/team/' }));
  expect(Roles?.map(({ RoleName }) => RoleName)).toEqual(['plain']);

  const named = { RoleName: 'plain' };
  await admin.send(new iam.UpdateRoleCommand({ ...named, Description: 'Other', MaxSessionDuration: 3600 }));
  await admin.send(new iam.TagRoleCommand({ ...named, Tags: [{ Key: 'site', Value: 'x' }] }));
  await admin.send(new iam.UntagRoleCommand({ ...named, TagKeys: ['team'] }));
  expect((await admin.send(new iam.ListRoleTagsCommand(named))).Tags).toEqual([{ Key: 'site', Value: 'x' }]);
  expect((await admin.send(new iam.GetRoleCommand(named))).Role).toMatchObject({
    ...{ Description: 'Other', MaxSessionDuration: 3600 },
  });
  await admin.send(new iam.AttachRolePolicyCommand({ ...named, PolicyArn: 'arn:aws:iam::aws:policy/ReadOnly' }));
  expect((await admin.send(new iam.ListAttachedRolePoliciesCommand(named))).AttachedPolicies).toEqual([
    { PolicyName: 'ReadOnly', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnly' },
  ]);
  const inUse = new iam.DeleteRoleCommand(named);
  await expect(admin.send(inUse)).rejects.toMatchObject({ name: 'DeleteConflictException' });
  await admin.send(new iam.DetachRolePolicyCommand({ ...named, PolicyArn: 'arn:aws:iam::aws:policy/ReadOnly' }));
  await admin.send(inUse);
  await admin.send(new iam.DeleteRoleCommand({ RoleName: 'other' }));
  await expect(admin.send(new iam.GetRoleCommand(named))).rejects.toMatchObject({ name: 'NoSuchEntityException' });
});

test('whom a role trusts has what the role has, and nothing of its own, and is called by the session and the id of the role', async () => {
  await s3(ada).send(new CreateBucketCommand({ Bucket: 'adas' }));
  await makeRole('reader', trust(user('ada')), allow('s3:GetObject', 'arn:aws:s3:::books/red/*'));
  const { PolicyDocument } = await admin.send(new iam.GetRolePolicyCommand({ RoleName: 'reader', PolicyName: 'own' }));
  expect(decodeURIComponent(PolicyDocument ?? '')).toContain('books/red');
  const session = await assume(ada, 'reader');
  expect(await read(session, 'red/k')).toBe('red/k');
  await expect(read(session, 'blue/k')).rejects.toMatchObject(denied);
  await expect(s3(session).send(new ListBucketsCommand({}))).rejects.toMatchObject(denied);
  await expect(s3(session).send(new PutObjectCommand({ Bucket: 'adas', Key: 'k', Body: 'x' }))).rejects.toMatchObject(
    denied,
  );
  const identity = await sts(session).send(new GetCallerIdentityCommand({}));
  expect(identity).toMatchObject({ Account: 'default', Arn: 'arn:aws:sts::default:assumed-role/reader/work' });
  const { Role } = await admin.send(new iam.GetRoleCommand({ RoleName: 'reader' }));
  expect(identity.UserId).toBe(`${Role?.RoleId}:work`);
  const again = new AssumeRoleCommand({ RoleArn: arnOf('reader'), RoleSessionName: 'work' });
  expect((await sts(ada).send(again)).AssumedRoleUser?.AssumedRoleId).toBe(identity.UserId);
  expect(Role?.RoleLastUsed?.LastUsedDate).toBeInstanceOf(Date);
});

test('nobody assumes a role that does not trust it, and a role that is not there is refused alike', async () => {
  await makeRole('closed', trust(user('somebody-else')), allow('s3:*'));
  await refused(ada, 'closed').toMatchObject(denied);
  await refused(server, 'closed').toMatchObject(denied);
  await refused(ada, 'not-there').toMatchObject(denied);
  await refused(ada, 'reader', { RoleArn: 'arn:aws:iam::default:role/wrong/path/reader' }).toMatchObject(denied);
});

test('who is trusted as one of the tenant needs a policy of its own that allows it, too', async () => {
  await makeRole('shared', trust({ AWS: 'arn:aws:iam::default:root' }), allow('s3:GetObject'));
  const bob = await makeS3User(server, { username: 'bob' });
  await refused(bob, 'shared').toMatchObject(denied);
  const PolicyDocument = allow('sts:AssumeRole', arnOf('shared'));
  await admin.send(new iam.PutUserPolicyCommand({ UserName: 'bob', PolicyName: 'may', PolicyDocument }));
  expect(await read(await assume(bob, 'shared'), 'red/k')).toBe('red/k');
  const Deny = PolicyDocument.replace('Allow', 'Deny');
  await admin.send(new iam.PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'not', PolicyDocument: Deny }));
  await refused(ada, 'shared').toMatchObject(denied);
  await admin.send(new iam.DeleteUserPolicyCommand({ UserName: 'ada', PolicyName: 'not' }));
});

test('a trust policy asks for an external id, for tags of the caller, and for leave to tag', async () => {
  const conditions = {
    Condition: { StringEquals: { 'sts:ExternalId': 'secret-1', 'aws:PrincipalTag/team': 'red' } },
  };
  await makeRole('careful', trust(user('ada'), conditions), allow('s3:GetObject'));
  await refused(ada, 'careful', { ExternalId: 'secret-1' }).toMatchObject(denied);
  await admin.send(new iam.TagUserCommand({ UserName: 'ada', Tags: [{ Key: 'team', Value: 'red' }] }));
  await refused(ada, 'careful').toMatchObject(denied);
  await refused(ada, 'careful', { ExternalId: 'secret-2' }).toMatchObject(denied);
  await assume(ada, 'careful', { ExternalId: 'secret-1' });
  await refused(ada, 'careful', { ExternalId: 'secret-1', Tags: [{ Key: 'a', Value: 'b' }] }).toMatchObject(denied);
  await refused(ada, 'careful', { ExternalId: 'secret-1', SourceIdentity: 'ada' }).toMatchObject(denied);
});

test('tags of a session are its principal tags, and transitive ones and the source identity go along', async () => {
  const Action = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];
  const tagged = `arn:aws:s3:::books/\${aws:PrincipalTag/color}/*`;
  const next = arnOf('next');
  await makeRole('first', trust(user('ada'), { Action }), allow('s3:GetObject', tagged));
  await admin.send(
    new iam.PutRolePolicyCommand({
      ...{ RoleName: 'first', PolicyName: 'chain', PolicyDocument: allow(Action, next) },
    }),
  );
  const condition = { Condition: { StringEquals: { 'aws:SourceIdentity': 'ada.l' } } };
  await makeRole('next', trust({ AWS: arnOf('first') }, { Action }), allow('s3:GetObject', tagged, condition));
  const Tags = [{ Key: 'color', Value: 'red' }];
  const session = await assume(ada, 'first', { Tags, TransitiveTagKeys: ['color'], SourceIdentity: 'ada.l' });
  expect(await read(session, 'red/k')).toBe('red/k');
  await expect(read(session, 'blue/k')).rejects.toMatchObject(denied);
  const chained = await assume(session, 'next');
  expect(await read(chained, 'red/k')).toBe('red/k');
  await expect(read(chained, 'blue/k')).rejects.toMatchObject(denied);
  await refused(session, 'next', { Tags: [{ Key: 'color', Value: 'blue' }] }).toMatchObject({
    name: 'ValidationError',
  });
  await refused(session, 'next', { SourceIdentity: 'other' }).toMatchObject({ name: 'ValidationError' });
  await refused(session, 'next', { DurationSeconds: 3601 }).toMatchObject({ name: 'ValidationError' });
});

test('a role that allows no tags takes none along from the session before, and a key without a tag is none', async () => {
  const Action = ['sts:AssumeRole', 'sts:TagSession'];
  const own = allow(Action, [arnOf('untagged'), arnOf('red-only'), arnOf('has-tag')]);
  await makeRole('tagging', trust(user('ada'), { Action }), own);
  const byRole = { AWS: arnOf('tagging') };
  await makeRole('untagged', trust(byRole));
  const Condition = { StringEquals: { 'aws:RequestTag/color': 'red' } };
  await makeRole('red-only', trust(byRole, { Action, Condition }));
  const tagged = (Value: string) => ({ Tags: [{ Key: 'color', Value }], TransitiveTagKeys: ['color'] });
  const [red, blue] = [await assume(ada, 'tagging', tagged('red')), await assume(ada, 'tagging', tagged('blue'))];
  await refused(red, 'untagged').toMatchObject(denied);
  await assume(red, 'red-only');
  await refused(blue, 'red-only').toMatchObject(denied);
  await assume(await assume(ada, 'tagging'), 'untagged');

  const invalid = { name: 'ValidationError' };
  await refused(ada, 'tagging', { TransitiveTagKeys: ['color'] }).toMatchObject(invalid);
  await refused(red, 'red-only', { TransitiveTagKeys: ['shape'] }).toMatchObject(invalid);
  const many = (length: number, from: string) => Array.from({ length }, (_, index) => `${from}${index}`);
  await refused(ada, 'tagging', { TransitiveTagKeys: many(51, 'k') }).toMatchObject(invalid);
  await refused(ada, 'tagging', { TransitiveTagKeys: ['k'.repeat(129)] }).toMatchObject(invalid);
  const fifty = many(50, 'k').map((Key) => ({ Key, Value: 'v' }));
  const full = await assume(ada, 'tagging', { Tags: fifty, TransitiveTagKeys: many(50, 'k') });
  await refused(full, 'red-only', { Tags: [{ Key: 'color', Value: 'red' }] }).toMatchObject(invalid);
});

test('session policies narrow a role, and its longest session is kept to', async () => {
  const narrow = await assume(ada, 'shared', { Policy: allow('s3:GetObject', 'arn:aws:s3:::books/blue/*') }).catch(
    () => undefined,
  );
  expect(narrow).toBeUndefined();
  await makeRole('wide', trust(user('ada')), allow('s3:*'));
  const session = await assume(ada, 'wide', { Policy: allow('s3:GetObject', 'arn:aws:s3:::books/blue/*') });
  expect(await read(session, 'blue/k')).toBe('blue/k');
  await expect(read(session, 'red/k')).rejects.toMatchObject(denied);
  const readOnly = await assume(ada, 'wide', { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnly' }] });
  expect(await read(readOnly, 'red/k')).toBe('red/k');
  const put = new PutObjectCommand({ Bucket: 'books', Key: 'x', Body: 'x' });
  await expect(s3(readOnly).send(put)).rejects.toMatchObject(denied);
  await refused(ada, 'wide', { DurationSeconds: 3601 }).toMatchObject({ name: 'ValidationError' });
  await admin.send(new iam.UpdateRoleCommand({ RoleName: 'wide', MaxSessionDuration: 7200 }));
  await assume(ada, 'wide', { DurationSeconds: 7200 });
});

test('what a session makes is owned by the role, and its other sessions with the policy Member may all with it', async () => {
  await makeRole('owner', trust(user('ada')));
  const PolicyArn = 'arn:aws:iam::aws:policy/Member';
  await admin.send(new iam.AttachRolePolicyCommand({ RoleName: 'owner', PolicyArn }));
  const [first, second] = [await assume(ada, 'owner'), await assume(ada, 'owner', { RoleSessionName: 'other' })];
  await s3(first).send(new CreateBucketCommand({ Bucket: 'of-role' }));
  await s3(second).send(new PutObjectCommand({ Bucket: 'of-role', Key: 'k', Body: 'k' }));
  expect(await read(second, 'k', 'of-role')).toBe('k');
  await expect(read(ada, 'k', 'of-role')).rejects.toMatchObject(denied);
  const { Owner, Grants } = await s3(second).send(new GetBucketAclCommand({ Bucket: 'of-role' }));
  expect(Owner).toEqual({ ID: expect.stringMatching(/^[0-9a-f]{64}$/), DisplayName: 'owner' });
  expect(Grants).toMatchObject([{ Grantee: { ID: Owner?.ID }, Permission: 'FULL_CONTROL' }]);
});

test("a bucket's policy names a role, or one session of it", async () => {
  await makeRole('named', trust(user('ada')));
  const statement = (AWS: string, prefix: string) => ({
    ...{ Effect: 'Allow', Principal: { AWS }, Action: 's3:GetObject', Resource: `arn:aws:s3:::books/${prefix}/*` },
  });
  const Statement = [
    statement(arnOf('named'), 'red'),
    statement('arn:aws:sts::default:assumed-role/named/special', 'blue'),
  ];
  const Policy = JSON.stringify({ Version, Statement });
  await s3(server).send(new PutBucketPolicyCommand({ Bucket: 'books', Policy }));
  const [usual, special] = [await assume(ada, 'named'), await assume(ada, 'named', { RoleSessionName: 'special' })];
  expect(await read(usual, 'red/k')).toBe('red/k');
  await expect(read(usual, 'blue/k')).rejects.toMatchObject(denied);
  expect(await read(special, 'blue/k')).toBe('blue/k');
});

test('another tenant assumes a role only when the role names it and its own policies allow it', async () => {
  await makeRole('to-all', trust('*'), allow('s3:GetObject'));
  await refused(stranger, 'to-all').toMatchObject(denied);
  await makeRole('to-acme', trust({ AWS: 'arn:aws:iam::acme:root' }), allow('s3:GetObject'));
  const session = await assume(stranger, 'to-acme');
  expect(await read(session, 'red/k')).toBe('red/k');
  expect((await sts(session).send(new GetCallerIdentityCommand({}))).Account).toBe('default');
  const poor = await makeS3User(server, { username: 'poor', tenant: 'acme' });
  await refused(poor, 'to-acme').toMatchObject(denied);
  await makeRole('to-poor', trust(user('poor', 'acme')), allow('s3:GetObject'));
  await refused(poor, 'to-poor').toMatchObject(denied);
});

test("who is of a suspended tenant does nothing in another tenant's role", async () => {
  const session = await assume(stranger, 'to-acme');
  expect(await read(session, 'red/k')).toBe('red/k');
  const change = (mutation: string) =>
    server.graphql(`mutation { ${mutation}(input: { tenant: "acme" }) { userErrors { message } } }`);
  await change('suspendTenant');
  await eventually('AccessDenied', () => read(session, 'red/k'));
  await change('resumeTenant');
  await eventually('none', () => read(session, 'red/k'));
});

test('who changes whom a role trusts many times at once is answered every time', async () => {
  await makeRole('busy', trust(user('ada')));
  const PolicyDocument = trust(user('bob'));
  const change = new iam.UpdateAssumeRolePolicyCommand({ RoleName: 'busy', PolicyDocument });
  await Promise.all(Array.from({ length: 40 }, () => admin.send(change)));
});

test('tags that are given and taken at once are all given and taken', async () => {
  await makeRole('many-tags', trust(user('ada')));
  await admin.send(new iam.CreateUserCommand({ UserName: 'many-tags' }));
  const policy = new iam.CreatePolicyCommand({ PolicyName: 'many-tags', PolicyDocument: allow('s3:GetObject') });
  const PolicyArn = (await admin.send(policy)).Policy?.Arn;
  const keys = Array.from({ length: 8 }, (_, index) => `k${index}`);
  const expected = keys.map((Key) => ({ Key, Value: 'v' }));
  const tag = (Key: string) => {
    const Tags = [{ Key, Value: 'v' }];
    return Promise.all([
      admin.send(new iam.TagRoleCommand({ RoleName: 'many-tags', Tags })),
      admin.send(new iam.TagUserCommand({ UserName: 'many-tags', Tags })),
      admin.send(new iam.TagPolicyCommand({ PolicyArn, Tags })),
    ]);
  };
  const untag = (key: string) => {
    const TagKeys = [key];
    return Promise.all([
      admin.send(new iam.UntagRoleCommand({ RoleName: 'many-tags', TagKeys })),
      admin.send(new iam.UntagUserCommand({ UserName: 'many-tags', TagKeys })),
      admin.send(new iam.UntagPolicyCommand({ PolicyArn, TagKeys })),
    ]);
  };
  const shown = async () => [
    (await admin.send(new iam.ListRoleTagsCommand({ RoleName: 'many-tags' }))).Tags,
    (await admin.send(new iam.ListUserTagsCommand({ UserName: 'many-tags' }))).Tags,
    (await admin.send(new iam.ListPolicyTagsCommand({ PolicyArn }))).Tags,
  ];
  await Promise.all(keys.map(tag));
  for (const tags of await shown()) {
    expect(tags?.sort((a, b) => (`${a.Key}` < `${b.Key}` ? -1 : 1))).toEqual(expected);
  }
  await Promise.all(keys.map(untag));
  expect(await shown()).toEqual([[], [], []]);
});

test('sessions change with the policies of their role, and end with it, with its user and with its key', async () => {
  await makeRole('brief', trust(user('ada')), allow('s3:GetObject'));
  const session = await assume(ada, 'brief');
  expect(await read(session, 'red/k')).toBe('red/k');
  const named = { RoleName: 'brief', PolicyName: 'own' };
  await admin.send(
    new iam.PutRolePolicyCommand({ ...named, PolicyDocument: allow('s3:GetObject', 'arn:aws:s3:::books/blue/*') }),
  );
  await eventually('AccessDenied', () => read(session, 'red/k'));
  await admin.send(new iam.DeleteRolePolicyCommand(named));
  await admin.send(new iam.DeleteRoleCommand({ RoleName: 'brief' }));
  await eventually('InvalidToken', () => read(session, 'blue/k'));

  await makeRole('of-eve', trust(user('eve')), allow('s3:GetObject'));
  const eve = await makeS3User(server, { username: 'eve' });
  const [first, second] = [await assume(eve, 'of-eve'), await assume(eve, 'of-eve')];
  expect(await read(first, 'red/k')).toBe('red/k');
  const Status = { UserName: 'eve', AccessKeyId: eve.accessKeyId };
  await admin.send(new iam.UpdateAccessKeyCommand({ ...Status, Status: 'Inactive' }));
  await eventually('InvalidToken', () => read(first, 'red/k'));
  await admin.send(new iam.UpdateAccessKeyCommand({ ...Status, Status: 'Active' }));
  expect(await read(second, 'red/k')).toBe('red/k');
  await server.graphql('mutation { disableUser(input: { username: "eve" }) { user { id } } }');
  await eventually('InvalidToken', () => read(second, 'red/k'));
});

test('a role makes no keys for itself, and gives away no more than it has', async () => {
  await makeRole('maker', trust(user('ada')), allow(['granary:*', 's3:GetObject'], '*'));
  const session = await assume(ada, 'maker');
  const client = new iam.IAMClient(options(session));
  await expect(client.send(new iam.CreateAccessKeyCommand({}))).rejects.toMatchObject({ name: 'ValidationError' });
  await expect(client.send(new iam.CreateAccessKeyCommand({ UserName: 'ada' }))).rejects.toMatchObject(denied);
  await expect(sts(session).send(new GetSessionTokenCommand({}))).rejects.toMatchObject(denied);
  const self = new AssumeRoleCommand({ RoleArn: arnOf('self'), RoleSessionName: 'again' });
  await expect(sts(session).send(self)).rejects.toMatchObject(denied);
  await expect(client.send(new iam.GetUserCommand({}))).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  const own = { RoleName: 'maker', PolicyName: 'more' };
  await expect(
    client.send(new iam.PutRolePolicyCommand({ ...own, PolicyDocument: allow('s3:PutObject') })),
  ).rejects.toMatchObject(denied);
  // The role "wide" may do all in S3: whoever changes whom it trusts could let itself in.
  const PolicyDocument = trust({ AWS: arnOf('maker') });
  await expect(
    client.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName: 'wide', PolicyDocument })),
  ).rejects.toMatchObject(denied);
  await client.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName: 'shared', PolicyDocument }));
  expect((await client.send(new iam.ListUsersCommand({}))).Users?.map(({ UserName }) => UserName)).not.toContain(
    'role/maker',
  );
});

test('trust policies that say something else are refused', async () => {
  const make = (AssumeRolePolicyDocument: string, RoleName = 'bad') =>
    expect(admin.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))).rejects;
  const malformed = { name: 'MalformedPolicyDocumentException' };
  await make(allow('sts:AssumeRole')).toMatchObject(malformed);
  await make(trust(user('ada'), { Resource: '*' })).toMatchObject(malformed);
  await make(trust(user('ada'), { Action: 's3:GetObject' })).toMatchObject(malformed);
  await make(trust(user('ada'), { Condition: { StringEquals: { 'aws:Nonsense': 'x' } } })).toMatchObject(malformed);
  await make(trust({ AWS: 'not an arn' })).toMatchObject(malformed);
  await make(trust(user('ada')), 'self').toMatchObject({ name: 'ValidationError' });
  await make(trust(user('ada')), 'no/slashes').toMatchObject({ name: 'ValidationError' });
});
