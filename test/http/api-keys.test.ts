import { eventually } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

test('an API key is a bearer token: it is shown once, its use is noted, and it ends when it is revoked', async () => {
  const create = `mutation($input: CreateApiKeyInput!) {
    createApiKey(input: $input) { secret apiKey { id keyId name scopes lastUsedAt user { username } } userErrors { message } }
  }`;
  const { data } = await server.graphql(create, { input: { name: 'reader', scopes: ['OBJECTS_READ'] } });
  const { secret, apiKey } = data.createApiKey;
  expect(apiKey).toMatchObject({ name: 'reader', lastUsedAt: null, user: { username: 'admin' } });
  const viewer = '{ viewer { user { username } } }';
  expect((await server.graphql(viewer, {}, secret)).data.viewer.user.username).toBe('admin');
  const makeBucket = 'mutation { createBucket(input: { bucket: "b-1" }) { userErrors { code } } }';
  const bucketMutation = await server.graphql(makeBucket.replace('bucket:', 'name:'), {}, secret);
  expect(bucketMutation.data.createBucket.userErrors).toEqual([{ code: 'DENIED' }]);
  const change = 'mutation { changePassword(input: { oldPassword: "x", newPassword: "y" }) { userErrors { code } } }';
  expect((await server.graphql(change, {}, secret)).data.changePassword.userErrors[0].code).toBe('DENIED');
  const list = '{ apiKeys(first: 10) { totalCount nodes { keyId lastUsedAt } } }';
  await eventually(async () => (await server.graphql(list)).data.apiKeys.nodes[0].lastUsedAt !== null);
  const node = await server.graphql('query($id: ID!) { node(id: $id) { ... on ApiKey { name } } }', { id: apiKey.id });
  expect(node.data.node.name).toBe('reader');
  const revoke =
    'mutation($input: RevokeApiKeyInput!) { revokeApiKey(input: $input) { keyId userErrors { message } } }';
  const revoked = await server.graphql(revoke, { input: { keyId: apiKey.keyId } });
  expect(revoked.data.revokeApiKey).toEqual({ keyId: apiKey.keyId, userErrors: [] });
  expect((await server.graphql(viewer, {}, secret)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
});
