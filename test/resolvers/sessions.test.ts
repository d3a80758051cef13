import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => server.stop());

const shown = 'user { id username email tenant { name } } refreshToken userErrors { message }';

test('signing in and renewing a session show the user with tenant and e-mail, without a token', async () => {
  await server.graphql(
    'mutation { createUser(input: { username: "ada", password: "correct horse", email: "ada@example.com" }) { userErrors { message } } }',
  );
  const signIn = `mutation { login(input: { username: "ada", password: "correct horse" }) { ${shown} } }`;
  const { data, errors } = await server.graphql(signIn, {}, null);
  expect(errors).toBeUndefined();
  const expected = { username: 'ada', email: 'ada@example.com', tenant: { name: 'default' } };
  expect(data.login).toMatchObject({ user: expected, userErrors: [] });

  const renewal = `mutation($token: String!) { refreshSession(input: { refreshToken: $token }) { ${shown} } }`;
  const renewed = await server.graphql(renewal, { token: data.login.refreshToken }, null);
  expect(renewed.errors).toBeUndefined();
  expect(renewed.data.refreshSession).toMatchObject({ user: expected, userErrors: [] });
});

test('a member does not find other users by guessing ids', async () => {
  await server.graphql(
    'mutation { createUser(input: { username: "bob", password: "correct horse" }) { userErrors { message } } }',
  );
  const bob = await server.login('bob', 'correct horse');
  const { data: admin } = await server.graphql('{ viewer { user { id } quota { bytes } } }');
  expect(admin.viewer.quota).toBeNull();
  const { data } = await server.graphql('query($id: ID!) { node(id: $id) { id } }', { id: admin.viewer.user.id }, bob);
  expect(data.node).toBeNull();
});

test.each([
  'bucket(name: "\\u0000") { name }',
  'bucket(name: "b", tenant: "\\u0000") { name }',
  `node(id: "${Buffer.from('AccessKey:\0').toString('base64url')}") { id }`,
])('%s is answered with null', async (field) => {
  const { data, errors } = await server.graphql(`{ found: ${field} }`);
  expect(errors).toBeUndefined();
  expect(data.found).toBeNull();
});
