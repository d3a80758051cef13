import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

const Version = '2012-10-17';
const trustPolicy = {
  Version,
  Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::default:user/admin' }, Action: 'sts:AssumeRole' }],
};
const allow = (Action: string) => ({ Version, Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

async function call(mutation: string, input: object, shown: string, type?: string) {
  const named = type ?? `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const query = `mutation($input: ${named}!) { answer: ${mutation}(input: $input) { ${shown} userErrors { code field message } } }`;
  const { data, errors } = await server.graphql(query, { input });
  expect(errors).toBeUndefined();
  return data.answer;
}

const role = `role { id arn name path description trustPolicy maxSessionSeconds boundary tags { key value }
  policies { name } inlinePolicies { name } tenant { name } }`;

test('a role is made, shown, changed, given policies, explained and deleted', async () => {
  const made = await call(
    'createIamRole',
    { name: 'reader', path: '/team/', description: 'Reads', trustPolicy, tags: [{ key: 'team', value: 'blue' }] },
    role,
  );
  expect(made).toEqual({
    role: {
      ...{ id: expect.any(String), arn: 'arn:aws:iam::default:role/team/reader', name: 'reader', path: '/team/' },
      ...{ description: 'Reads', trustPolicy, maxSessionSeconds: 3600, boundary: null },
      ...{ tags: [{ key: 'team', value: 'blue' }], policies: [], inlinePolicies: [], tenant: { name: 'default' } },
    },
    userErrors: [],
  });
  expect((await call('createIamRole', { name: 'reader', trustPolicy }, role)).userErrors).toMatchObject([
    { code: 'CONFLICT' },
  ]);
  const wrong = { name: 'wrong', trustPolicy: allow('s3:GetObject') };
  expect((await call('createIamRole', wrong, role)).userErrors[0].field.slice(0, 2)).toEqual(['input', 'trustPolicy']);

  const attached = { policy: 'ReadOnly', role: 'reader' };
  expect((await call('attachPolicy', attached, 'policy { name }', 'PolicyAttachmentInput')).userErrors).toEqual([]);
  const inline = { role: 'reader', name: 'own', document: allow('s3:PutObject') };
  expect((await call('putInlinePolicy', inline, 'inlinePolicy { name }')).userErrors).toEqual([]);
  const change = { name: 'reader', maxSessionSeconds: 7200, tags: [] };
  const { data } = await server.graphql(
    `mutation($input: UpdateIamRoleInput!) { updateIamRole(input: $input) { ${role} userErrors { message } } }`,
    { input: change },
  );
  expect(data.updateIamRole.role).toMatchObject({
    ...{ maxSessionSeconds: 7200, tags: [], description: 'Reads' },
    ...{ policies: [{ name: 'ReadOnly' }], inlinePolicies: [{ name: 'own' }] },
  });
  const { data: found } = await server.graphql(
    `query($id: ID!) { node(id: $id) { __typename ... on IamRole { name } } iamRole(name: "reader") { name }
      iamRoles(first: 5, pathPrefix: "/team/") { totalCount nodes { name } }
      none: iamRoles(last: 5, pathPrefix: "/other/") { totalCount nodes { name } } }`,
    { id: made.role.id },
  );
  expect(found).toEqual({
    node: { __typename: 'IamRole', name: 'reader' },
    iamRole: { name: 'reader' },
    iamRoles: { totalCount: 1, nodes: [{ name: 'reader' }] },
    none: { totalCount: 0, nodes: [] },
  });

  await call('createBucket', { name: 'books' }, 'bucket { name }');
  const explained = async (action: string) => {
    const principal = { role: 'reader', roleSession: 'night' };
    const input = { principal, action, bucket: 'books', key: 'k' };
    const query = 'query($input: ExplainAccessInput!) { explainAccess(input: $input) { principal decision } }';
    return (await server.graphql(query, { input })).data.explainAccess;
  };
  const principal = 'arn:aws:sts::default:assumed-role/reader/night';
  expect(await explained('s3:GetObject')).toEqual({ principal, decision: 'ALLOWED' });
  expect(await explained('s3:DeleteObject')).toEqual({ principal, decision: 'IMPLICIT_DENY' });
  expect(await call('deleteIamRole', { name: 'reader' }, 'name')).toEqual({ name: 'reader', userErrors: [] });
  expect((await server.graphql('{ iamRole(name: "reader") { name } }')).data.iamRole).toBeNull();
});

test('users have boundaries, paths and tags from the start, and boundaries are set and removed', async () => {
  await call('createPolicy', { name: 'limit', document: allow('s3:GetObject') }, 'policy { name }');
  const user = { username: 'pat', path: '/division/', boundary: 'limit', tags: [{ key: 'a', value: 'b' }] };
  const shown = 'user { path boundary tags { key value } }';
  expect((await call('createUser', user, shown)).user).toEqual({
    ...{ path: '/division/', boundary: 'limit', tags: [{ key: 'a', value: 'b' }] },
  });
  expect(await call('setPermissionsBoundary', { username: 'pat', policy: null }, 'boundary')).toEqual({
    ...{ boundary: null, userErrors: [] },
  });
  const missing = await call('setPermissionsBoundary', { username: 'pat', policy: 'none' }, 'boundary');
  expect(missing.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  const self = await call('setPermissionsBoundary', { username: 'admin', policy: 'limit' }, 'boundary');
  expect(self.userErrors).toMatchObject([{ code: 'DENIED' }]);
});

test('versions of a policy are added, chosen and forgotten', async () => {
  await call('createPolicy', { name: 'versions', document: allow('s3:GetObject') }, 'policy { name }');
  const version = { name: 'versions', document: allow('s3:PutObject') };
  const added = await call('createPolicyVersion', version, 'version { number isDefault }');
  expect(added).toEqual({ version: { number: 2, isDefault: false }, userErrors: [] });
  const named = { name: 'versions', number: 2 };
  expect((await call('setDefaultPolicyVersion', named, 'number', 'PolicyVersionInput')).number).toBe(2);
  expect((await call('deletePolicyVersion', named, 'number', 'PolicyVersionInput')).userErrors).toMatchObject([
    { code: 'CONFLICT' },
  ]);
  const query = '{ policy(name: "versions") { document versions { number isDefault } } }';
  expect((await server.graphql(query)).data.policy).toEqual({
    document: allow('s3:PutObject'),
    versions: [
      { number: 2, isDefault: true },
      { number: 1, isDefault: false },
    ],
  });
});
