import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { openTenant } from '../hostile/tenant-member.js';
import { type GraphqlAnswer, startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let boss: string;
let ann: { token: string; s3: S3Client };
const clients: S3Client[] = [];

const readPhotos = {
  Version: '2012-10-17',
  Statement: [
    { Sid: 'Look', Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::photos' },
    {
      Sid: 'Read',
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::photos/*',
      Condition: { IpAddress: { 'aws:SourceIp': ['127.0.0.0/8', '::1'] } },
    },
  ],
};

beforeAll(async () => {
  server = await startTestServer();
  const owner = await openTenant(server, 'acme');
  boss = owner.token;
  const bossS3 = client(owner);
  await ask('mutation($input: CreateBucketInput!) { createBucket(input: $input) { userErrors { message } } }', {
    name: 'photos',
  });
  await bossS3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'a.txt', Body: 'hello' }));
  ann = await member('ann');
});

afterAll(async () => {
  for (const one of clients) {
    one.destroy();
  }
  await server?.stop();
});

function client(keys: { accessKeyId: string; secretAccessKey: string }): S3Client {
  const { accessKeyId, secretAccessKey } = keys;
  const s3 = new S3Client({
    ...{ endpoint: server.s3Url, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 },
    credentials: { accessKeyId, secretAccessKey },
  });
  clients.push(s3);
  return s3;
}

/** Runs a mutation whose input is `$input`, as the tenant's administrator unless another token is given. */
async function ask(query: string, input: object, token = boss): Promise<GraphqlAnswer['data']> {
  const { data, errors } = await server.graphql(query, { input }, token);
  expect(errors).toBeUndefined();
  return data;
}

async function member(username: string): Promise<{ token: string; s3: S3Client }> {
  const password = 'a long password';
  await ask('mutation($input: CreateUserInput!) { createUser(input: $input) { userErrors { message } } }', {
    ...{ username, password, role: 'MEMBER' },
  });
  const token = await server.login(username, password, 'acme');
  const made = await ask(createKey, {}, token);
  return { token, s3: client({ ...made.createAccessKey, ...made.createAccessKey.accessKey }) };
}

const createKey = `mutation($input: CreateAccessKeyInput!) {
  createAccessKey(input: $input) { accessKey { accessKeyId sessionPolicy } secretAccessKey userErrors { code field message } } }`;
const createPolicy = `mutation($input: CreatePolicyInput!) {
  createPolicy(input: $input) { policy { id name builtin document } userErrors { code field message } } }`;
const attach = `mutation($input: PolicyAttachmentInput!) {
  attachPolicy(input: $input) { policy { name } userErrors { code field message decisionId } } }`;
const detach = `mutation($input: PolicyAttachmentInput!) {
  detachPolicy(input: $input) { policy { name } userErrors { code field message } } }`;
const explain = `query($input: ExplainAccessInput!) { explainAccess(input: $input) {
  principal resource decision reason decidedBy { layer policy index sid effect statement }
  nearlyMatching { policy sid failures { part operator key expected actual } } } }`;

const denying = (statement: object) => ({ Version: '2012-10-17', Statement: [statement] });

const read = (s3: S3Client) => s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'a.txt' }));

test('a policy lets a user in through its group from the moment on, and out again', async () => {
  await expect(read(ann.s3)).rejects.toMatchObject({ name: 'AccessDenied' });
  const made = await ask(createPolicy, { name: 'ReadPhotos', document: readPhotos });
  expect(made.createPolicy).toMatchObject({ policy: { name: 'ReadPhotos', builtin: false, document: readPhotos } });
  const groups = `mutation($group: CreateGroupInput!, $member: GroupMembershipInput!) {
    createGroup(input: $group) { group { name } userErrors { message } }
    addUserToGroup(input: $member) { group { members(first: 5) { totalCount nodes { username } } } userErrors { message } }
  }`;
  const variables = { group: { name: 'viewers' }, member: { group: 'viewers', username: 'ann' } };
  const { data } = await server.graphql(groups, variables, boss);
  expect(data.addUserToGroup.group.members).toEqual({ totalCount: 1, nodes: [{ username: 'ann' }] });
  await expect(read(ann.s3)).rejects.toMatchObject({ name: 'AccessDenied' });
  await ask(attach, { policy: 'ReadPhotos', group: 'viewers' });
  expect(await (await read(ann.s3)).Body?.transformToString()).toBe('hello');
  await expect(ann.s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'b', Body: 'b' }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  await ask(detach, { policy: 'ReadPhotos', group: 'viewers' });
  await expect(read(ann.s3)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('what a user may is listed with how it came by it, for itself and for administrators', async () => {
  await ask(attach, { policy: 'ReadPhotos', group: 'viewers' });
  await ask(attach, { policy: 'ReadOnly', username: 'ann' });
  await ask('mutation($input: PutInlinePolicyInput!) { putInlinePolicy(input: $input) { userErrors { message } } }', {
    username: 'ann',
    name: 'own',
    document: { Version: '2012-10-17', Statement: readPhotos.Statement },
  });
  const query = `{ viewer { user { groups { name } policies { name builtin } inlinePolicies { name }
    effectivePolicies { name source group } } } }`;
  const { data } = await server.graphql(query, {}, ann.token);
  expect(data.viewer.user).toEqual({
    groups: [{ name: 'viewers' }],
    policies: [{ name: 'ReadOnly', builtin: true }],
    inlinePolicies: [{ name: 'own' }],
    effectivePolicies: expect.arrayContaining([
      { name: 'Member', source: 'ROLE', group: null },
      { name: 'ReadOnly', source: 'USER', group: null },
      { name: 'own', source: 'USER_INLINE', group: null },
      { name: 'ReadPhotos', source: 'GROUP', group: 'viewers' },
    ]),
  });
  await ask(detach, { policy: 'ReadOnly', username: 'ann' });
  await ask(
    'mutation($input: DeleteInlinePolicyInput!) { deleteInlinePolicy(input: $input) { userErrors { message } } }',
    { username: 'ann', name: 'own' },
  );
  const others = `{ users(first: 10) { nodes { username groups { name } } } }`;
  const denied = await server.graphql(others, {}, ann.token);
  expect(denied.errors?.[0]?.extensions).toMatchObject({ code: 'DENIED', decisionId: expect.any(String) });
});

test('a malformed document is refused with the place in it', async () => {
  const wrong = structuredClone(readPhotos) as { Statement: { Condition?: object }[] } & typeof readPhotos;
  Object.assign(wrong.Statement[1] ?? {}, { Condition: { IpAddress: { 'aws:SourceIp': ['not an address'] } } });
  const { createPolicy: made } = await ask(createPolicy, { name: 'Wrong', document: wrong });
  expect(made).toMatchObject({ policy: null, userErrors: [{ code: 'INVALID_INPUT' }] });
  expect(made.userErrors[0].field.slice(0, 4)).toEqual(['input', 'document', 'Statement', '1']);
  expect(made.userErrors[0].message).toContain('Statement[1].Condition.IpAddress');
  const { createAccessKey: key } = await ask(createKey, { sessionPolicy: { Version: 'x' } }, ann.token);
  expect(key.userErrors[0].field).toEqual(['input', 'sessionPolicy', 'Version']);
});

test('a key is narrowed to its session policy and to the policies attached to it', async () => {
  const narrow = { Version: '2012-10-17', Statement: [readPhotos.Statement[0]] };
  const { createAccessKey: made } = await ask(createKey, { sessionPolicy: narrow }, ann.token);
  const s3 = client({ ...made, ...made.accessKey });
  await s3.send(new ListObjectsV2Command({ Bucket: 'photos' }));
  await expect(read(s3)).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'x', Body: 'x' }))).rejects.toThrow();
  const update = `mutation($input: UpdateAccessKeyInput!) {
    updateAccessKey(input: $input) { accessKey { sessionPolicy } userErrors { message } } }`;
  const { accessKeyId } = made.accessKey;
  const changed = await ask(update, { accessKeyId, sessionPolicy: null }, ann.token);
  expect(changed.updateAccessKey).toEqual({ accessKey: { sessionPolicy: null }, userErrors: [] });
  await read(s3);
  await ask(createPolicy, { name: 'OnlyList', document: narrow });
  await ask(attach, { policy: 'OnlyList', accessKeyId });
  await expect(read(s3)).rejects.toMatchObject({ name: 'AccessDenied' });
  await s3.send(new ListObjectsV2Command({ Bucket: 'photos' }));
});

test('nobody attaches, grants or makes what allows more than it may do itself', async () => {
  const delegate = await member('dora');
  const rights = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'granary:*', Resource: '*' },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/public/*' },
    ],
  };
  await ask(createPolicy, { name: 'Delegate', document: rights });
  await ask(attach, { policy: 'Delegate', username: 'dora' });
  const all = await ask(attach, { policy: 'Administrator', username: 'dora' }, delegate.token);
  expect(all.attachPolicy).toMatchObject({ policy: null, userErrors: [{ code: 'DENIED' }] });
  const wider = await ask(attach, { policy: 'ReadPhotos', username: 'dora' }, delegate.token);
  expect(wider.attachPolicy.userErrors[0].message).toContain('ReadPhotos');
  const bossKey = await ask(createKey, { username: 'boss' }, delegate.token);
  expect(bossKey.createAccessKey.userErrors[0].code).toBe('DENIED');
  const user = 'mutation($input: CreateUserInput!) { createUser(input: $input) { user { role } userErrors { code } } }';
  const strong = await ask(user, { username: 'strong', role: 'TENANT_ADMINISTRATOR' }, delegate.token);
  expect(strong.createUser).toEqual({ user: null, userErrors: [{ code: 'DENIED' }] });
  const peer = await ask(user, { username: 'peer', role: 'MEMBER' }, delegate.token);
  expect(peer.createUser).toEqual({ user: { role: 'MEMBER' }, userErrors: [] });
  const narrower = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/public/a*' }],
  };
  await ask(createPolicy, { name: 'Narrower', document: narrower }, delegate.token);
  const fits = await ask(attach, { policy: 'Narrower', username: 'peer' }, delegate.token);
  expect(fits.attachPolicy).toEqual({ policy: { name: 'Narrower' }, userErrors: [] });
  const grown = await ask(
    'mutation($input: UpdatePolicyInput!) { updatePolicy(input: $input) { policy { name } userErrors { code } } }',
    { name: 'Narrower', document: readPhotos },
    delegate.token,
  );
  expect(grown.updatePolicy).toEqual({ policy: null, userErrors: [{ code: 'DENIED' }] });
});

test('explainAccess names the statement that decides, and the condition that does not hold', async () => {
  const about = { principal: { username: 'ann' }, action: 's3:GetObject', bucket: 'photos', key: 'a.txt' };
  const allowed = (await ask(explain, about)).explainAccess;
  expect(allowed).toMatchObject({
    decision: 'ALLOWED',
    principal: 'arn:aws:iam::acme:user/ann',
    resource: 'arn:aws:s3:::photos/a.txt',
    decidedBy: { layer: 'IDENTITY', policy: 'group/viewers/ReadPhotos', index: 1, sid: 'Read', effect: 'ALLOW' },
  });
  expect(allowed.decidedBy.statement).toEqual(readPhotos.Statement[1]);
  const away = { ...about, context: [{ key: 'aws:SourceIp', values: ['192.0.2.7'] }] };
  expect((await ask(explain, away)).explainAccess).toMatchObject({
    decision: 'IMPLICIT_DENY',
    decidedBy: null,
    nearlyMatching: expect.arrayContaining([
      {
        ...{ policy: 'group/viewers/ReadPhotos', sid: 'Read' },
        failures: [
          {
            ...{ part: 'CONDITION', operator: 'IpAddress', key: 'aws:SourceIp' },
            expected: ['127.0.0.0/8', '::1'],
            actual: ['192.0.2.7'],
          },
        ],
      },
    ]),
  });
  const own = await server.graphql(explain, { input: { ...about, principal: null } }, ann.token);
  expect(own.data.explainAccess.decision).toBe('ALLOWED');
  const foreign = await server.graphql(explain, { input: { ...about, principal: { username: 'boss' } } }, ann.token);
  expect(foreign.errors?.[0]?.extensions?.code).toBe('DENIED');
});

test('a group is made at a path, moved and renamed, and keeps its members', async () => {
  const change = `mutation($input: UpdateGroupInput!) {
    updateGroup(input: $input) { group { name path description members(first: 5) { totalCount } } userErrors { code field } }
  }`;
  const make = `mutation($group: CreateGroupInput!, $member: GroupMembershipInput!) {
    createGroup(input: $group) { group { path } userErrors { message } }
    addUserToGroup(input: $member) { userErrors { message } }
  }`;
  const variables = { group: { name: 'crew', path: '/ships/' }, member: { group: 'crew', username: 'ann' } };
  expect((await server.graphql(make, variables, boss)).data.createGroup.group).toEqual({ path: '/ships/' });
  const moved = await ask(change, { name: 'crew', newName: 'sailors', path: '/ships/fast/' });
  expect(moved.updateGroup).toEqual({
    group: { name: 'sailors', path: '/ships/fast/', description: '', members: { totalCount: 1 } },
    userErrors: [],
  });
  const taken = await ask(change, { name: 'sailors', newName: 'viewers' });
  expect(taken.updateGroup.userErrors).toMatchObject([{ field: ['input', 'newName'] }]);
  const astray = await ask(change, { name: 'sailors', path: 'ships' });
  expect(astray.updateGroup.userErrors).toMatchObject([{ field: ['input', 'path'] }]);
});

test('explainAccess asks about nobody in particular, about keys, and about users who are disabled', async () => {
  const about = { action: 's3:GetObject', resource: 'arn:aws:s3:::photos/a.txt' };
  const nobody = (await ask(explain, { ...about, principal: { anonymous: true } })).explainAccess;
  expect(nobody).toMatchObject({ principal: '*', decision: 'IMPLICIT_DENY', decidedBy: null });
  const statement = { Effect: 'Deny', Action: 's3:Get*', Resource: '*', Sid: 'Never' };
  const { createAccessKey: key } = await ask(createKey, { username: 'ann', sessionPolicy: denying(statement) });
  const { accessKeyId } = key.accessKey;
  expect((await ask(explain, { ...about, principal: { accessKeyId } })).explainAccess).toMatchObject({
    decision: 'EXPLICIT_DENY',
    decidedBy: { layer: 'SESSION', sid: 'Never', effect: 'DENY', statement },
  });
  await ask('mutation($input: UserInput!) { disableUser(input: $input) { userErrors { message } } }', {
    username: 'ann',
  });
  expect((await ask(explain, { ...about, principal: { username: 'ann' } })).explainAccess).toMatchObject({
    decision: 'IMPLICIT_DENY',
    reason: 'The principal is disabled, or its key has ended.',
  });
  await ask('mutation($input: UserInput!) { enableUser(input: $input) { userErrors { message } } }', {
    username: 'ann',
  });
  ann.token = await server.login('ann', 'a long password', 'acme');
});

test('a denied request carries the id of its explanation, for whoever sent it and for administrators', async () => {
  const failed = await ann.s3
    .send(new PutObjectCommand({ Bucket: 'photos', Key: 'b', Body: 'b' }))
    .catch((error) => error);
  const id: string = failed.$response.headers['x-granary-decision-id'];
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(failed.DecisionId).toBe(id);
  const query = `query($id: ID!) { decision(id: $id) { actor { username } explanation { action resource decision reason } } }`;
  const expected = {
    actor: { username: 'ann' },
    explanation: {
      ...{ action: 's3:PutObject', resource: 'arn:aws:s3:::photos/b', decision: 'IMPLICIT_DENY' },
      reason: 'No statement allows it.',
    },
  };
  for (const token of [ann.token, boss]) {
    const { data } = await server.graphql(query, { id }, token);
    expect(data.decision).toEqual(expected);
  }
  const stranger = await openTenant(server, 'globex');
  const [dora] = await Promise.all([server.login('dora', 'a long password', 'acme')]);
  await ask(detach, { policy: 'Delegate', username: 'dora' });
  for (const token of [stranger.token, dora]) {
    expect((await server.graphql(query, { id }, token)).data).toEqual({ decision: null });
  }
  const { rows } = await server.granary.database.pool.query(
    `SELECT outcome, actor_name, key FROM event WHERE decision_id = $1`,
    [id],
  );
  expect(rows).toEqual([{ outcome: 'DENIED', actor_name: 'ann', key: 'b' }]);
});

test('groups, policies and what they hold cost a constant number of queries', async () => {
  const create = 'mutation($input: CreateGroupInput!) { createGroup(input: $input) { userErrors { message } } }';
  const join = 'mutation($input: GroupMembershipInput!) { addUserToGroup(input: $input) { userErrors { message } } }';
  for (const name of ['g1', 'g2', 'g3']) {
    await ask(create, { name });
    await ask(attach, { policy: 'ReadPhotos', group: name });
    await ask(join, { group: name, username: 'ann' });
  }
  const query = `query($first: Int!) { groups(first: $first) { nodes { name policies { name } inlinePolicies { name }
    members(first: 2) { totalCount nodes { username groups { name } policies { name } effectivePolicies { name } } } } } }`;
  const count = async (first: number): Promise<number> => {
    const { pool } = server.granary.database;
    let queries = 0;
    const onAcquire = () => {
      queries += 1;
    };
    pool.on('acquire', onAcquire);
    const { errors } = await server.graphql(query, { first }, boss);
    pool.off('acquire', onAcquire);
    expect(errors).toBeUndefined();
    return queries;
  };
  // What the server asks for itself meanwhile is counted too, but not every time.
  const least = async (first: number) => Math.min(await count(first), await count(first), await count(first));
  await count(4);
  expect(await least(4)).toBeLessThanOrEqual(await least(1));
});

test("another tenant's groups and policies are not there", async () => {
  const stranger = await openTenant(server, 'initech');
  const query = `{ groups(first: 5) { nodes { name } } group(name: "viewers") { name } policy(name: "ReadPhotos") { name } }`;
  const { data } = await server.graphql(query, {}, stranger.token);
  expect(data).toEqual({ groups: { nodes: [] }, group: null, policy: null });
  const ids = await server.graphql('{ group(name: "viewers") { id } policy(name: "ReadPhotos") { id } }', {}, boss);
  for (const id of [ids.data.group.id, ids.data.policy.id]) {
    const asked = await server.graphql('query($id: ID!) { node(id: $id) { id } }', { id }, stranger.token);
    expect(asked.data).toEqual({ node: null });
    const own = await server.graphql('query($id: ID!) { node(id: $id) { id } }', { id }, boss);
    expect(own.data).toEqual({ node: { id } });
  }
  const taken = await ask(attach, { policy: 'ReadPhotos', username: 'boss' }, stranger.token);
  expect(taken.attachPolicy.userErrors[0].code).toBe('NOT_FOUND');
});
