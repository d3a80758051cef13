import { rotateKeys } from '../../../src/operations/encryption/rotate-keys.js';
import { oidcSecretSealContext } from '../../../src/operations/oidc/oidc-providers.js';
import { clientSecret, newSigningKey, type OidcTestProvider, startOidcProvider } from '../../support/oidc-provider.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { createProvider, testProvider, updateProvider } from './oidc-fixture.js';

let server: TestServer;
let provider: OidcTestProvider;
let tokens: { alpha: string; beta: string; member: string };

beforeAll(async () => {
  [server, provider] = await Promise.all([
    startTestServer({ oidcAllowPrivate: 'on' }),
    startOidcProvider({ accounts: {}, keys: [await newSigningKey('only')] }),
  ]);
  const user = async (tenant: string, username: string, role: string): Promise<string> => {
    const password = 'correct-horse-battery';
    const input = { tenant, username, role, password };
    await server.graphql('mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }', { input });
    return server.login(username, password, tenant);
  };
  for (const name of ['alpha', 'beta']) {
    await server.graphql(`mutation { createTenant(input: { name: "${name}" }) { tenant { id } } }`);
  }
  tokens = {
    alpha: await user('alpha', 'chief', 'TENANT_ADMINISTRATOR'),
    beta: await user('beta', 'chief', 'TENANT_ADMINISTRATOR'),
    member: await user('alpha', 'worker', 'MEMBER'),
  };
}, 60_000);

afterAll(async () => {
  const problems = [...(server?.problems ?? [])];
  await provider?.stop();
  await server?.stop();
  expect(problems).toEqual([]);
});

const create = `mutation($input: CreateOidcProviderInput!) {
  createOidcProvider(input: $input) { oidcProvider { id } userErrors { code field } }
}`;

async function errorsOf(input: object, token?: string): Promise<object[]> {
  const { data } = await server.graphql(create, { input: { ...basic('refused'), ...input } }, token);
  return data.createOidcProvider.userErrors;
}

function basic(name: string) {
  return { name, issuer: provider.issuer, clientId: 'granary' };
}

test('an administrator of a tenant sets up, sees, changes and removes a provider of its own', async () => {
  const created = await createProvider(server, { ...basic('corp'), displayName: 'Corp', clientSecret }, tokens.alpha);
  expect(created).toEqual({
    id: expect.any(String),
    address: 'alpha.corp',
    redirectUri: `${server.httpUrl}/auth/oidc/alpha.corp/callback`,
    loginUrl: `${server.httpUrl}/auth/oidc/alpha.corp/login`,
  });
  const query = `{ oidcProviders(first: 10) { totalCount nodes {
    address displayName scope tenant { name } issuer clientId algorithms scopes clockSkewSeconds acceptBearer offerLogin
    claims { username email tenant } rules { claim } defaultRole } } }`;
  const { data } = await server.graphql(query, {}, tokens.alpha);
  expect(data.oidcProviders).toEqual({
    totalCount: 1,
    nodes: [
      {
        ...{ address: 'alpha.corp', displayName: 'Corp', scope: 'TENANT', tenant: { name: 'alpha' } },
        ...{ issuer: provider.issuer, clientId: 'granary', acceptBearer: false, offerLogin: true, defaultRole: null },
        ...{ algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'], scopes: ['openid', 'profile', 'email'] },
        ...{
          clockSkewSeconds: 30,
          claims: { username: 'preferred_username', email: 'email', tenant: null },
          rules: [],
        },
      },
    ],
  });
  await updateProvider(server, { id: created.id, displayName: 'Corporation', claims: { email: null } }, tokens.alpha);
  const node = `query($id: ID!) { node(id: $id) { ... on OidcProvider { displayName clientId claims { username email } } } }`;
  expect((await server.graphql(node, { id: created.id }, tokens.alpha)).data.node).toEqual({
    ...{ displayName: 'Corporation', clientId: 'granary', claims: { username: 'preferred_username', email: null } },
  });
  const remove =
    'mutation($input: DeleteOidcProviderInput!) { deleteOidcProvider(input: $input) { deletedId userErrors { code } } }';
  const removed = await server.graphql(remove, { input: { id: created.id } }, tokens.alpha);
  expect(removed.data.deleteOidcProvider).toEqual({ deletedId: created.id, userErrors: [] });
  expect((await server.graphql(node, { id: created.id }, tokens.alpha)).data.node).toBeNull();
  const text = `SELECT action FROM event WHERE action LIKE 'granary:%OidcProvider' ORDER BY id`;
  expect((await server.granary.database.pool.query(text)).rows.map(({ action }) => action)).toEqual([
    ...['granary:CreateOidcProvider', 'granary:UpdateOidcProvider', 'granary:DeleteOidcProvider'],
  ]);
});

test('another tenant’s provider does not exist, and members have nothing to do with any', async () => {
  const { id } = await createProvider(server, basic('mine'), tokens.alpha);
  for (const [mutation, type] of [
    ['updateOidcProvider', 'UpdateOidcProviderInput'],
    ['deleteOidcProvider', 'DeleteOidcProviderInput'],
    ['testOidcProvider', 'TestOidcProviderInput'],
  ]) {
    const text = `mutation($input: ${type}!) { ${mutation}(input: $input) { userErrors { code } } }`;
    const foreign = await server.graphql(text, { input: { id } }, tokens.beta);
    expect(foreign.data[mutation ?? '']).toEqual({ userErrors: [{ code: 'NOT_FOUND' }] });
    const member = await server.graphql(text, { input: { id } }, tokens.member);
    expect(member.data[mutation ?? '']).toEqual({ userErrors: [{ code: 'DENIED' }] });
  }
  const list = '{ oidcProviders(first: 10) { nodes { address } } }';
  expect((await server.graphql(list, {}, tokens.beta)).data.oidcProviders.nodes).toEqual([]);
  expect((await server.graphql(list, {}, tokens.member)).errors).toMatchObject([{ extensions: { code: 'DENIED' } }]);
  expect((await server.graphql(list)).data.oidcProviders.nodes).toEqual([{ address: 'alpha.mine' }]);
  const node = 'query($id: ID!) { node(id: $id) { id } }';
  for (const token of [tokens.beta, tokens.member]) {
    expect((await server.graphql(node, { id }, token)).data.node).toBeNull();
  }
});

test('a tenant’s provider reaches no other tenant, and makes no global administrator', async () => {
  const rule = { claim: 'groups', values: ['all'] };
  const refused = (field: string) => [{ code: 'INVALID_INPUT', field: ['input', field] }];
  expect(await errorsOf({ scope: 'GLOBAL' }, tokens.alpha)).toMatchObject([{ code: 'DENIED' }]);
  expect(await errorsOf({ tenant: 'beta' }, tokens.alpha)).toMatchObject([{ code: 'NOT_FOUND' }]);
  expect(await errorsOf({ rules: [{ ...rule, tenant: 'beta' }] }, tokens.alpha)).toEqual(refused('rules'));
  expect(await errorsOf({ rules: [{ ...rule, role: 'ADMINISTRATOR' }] }, tokens.alpha)).toEqual(refused('rules'));
  expect(await errorsOf({ claims: { tenant: 'tenant' } }, tokens.alpha)).toEqual(refused('rules'));
  expect(await errorsOf({ defaultTenant: 'beta' }, tokens.alpha)).toEqual(refused('rules'));
  expect(await errorsOf({ defaultRole: 'ADMINISTRATOR' }, tokens.alpha)).toEqual(refused('rules'));
});

test('what no provider can be is refused with the field at fault', async () => {
  const at = (field: string) => [{ code: 'INVALID_INPUT', field: ['input', field] }];
  expect(await errorsOf({ name: 'Not a name' })).toEqual(at('name'));
  expect(await errorsOf({ issuer: `${provider.issuer}/?a` })).toEqual(at('issuer'));
  expect(await errorsOf({ clientId: '' })).toEqual(at('clientId'));
  expect(await errorsOf({ acceptBearer: true })).toEqual(at('audiences'));
  expect(await errorsOf({ algorithms: [] })).toEqual(at('algorithms'));
  expect(await errorsOf({ scopes: ['a b'] })).toEqual(at('scopes'));
  expect(await errorsOf({ clockSkewSeconds: 301 })).toEqual(at('clockSkewSeconds'));
  expect(await errorsOf({ rules: [{ claim: 'a', values: ['b'] }] })).toEqual(at('rules'));
  expect(await errorsOf({ rules: [{ claim: 'a', values: [], role: 'MEMBER' }] })).toEqual(at('rules'));
  const hmac = `mutation { createOidcProvider(input: { name: "h", issuer: "i", clientId: "c", algorithms: [HS256] }) { userErrors { code } } }`;
  expect((await server.graphql(hmac)).errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
});

test('bearer tokens of one issuer for one audience are of one provider', async () => {
  const bearer = { acceptBearer: true, audiences: ['a', 'b'] };
  await createProvider(server, { ...basic('first'), ...bearer, tenant: 'alpha' });
  expect(await errorsOf({ name: 'rival', acceptBearer: true, audiences: ['b', 'c'] }, tokens.beta)).toEqual([
    { code: 'CONFLICT', field: ['input', 'audiences'] },
  ]);
  const { id } = await createProvider(server, { ...basic('other'), acceptBearer: true, audiences: ['c'] }, tokens.beta);
  await expect(updateProvider(server, { id, audiences: ['a'] }, tokens.beta)).rejects.toThrow('CONFLICT');
  expect(await errorsOf({ name: 'first', tenant: 'alpha' })).toEqual([{ code: 'CONFLICT', field: ['input', 'name'] }]);
});

test('the secret is sealed, goes along with a rotation of keys, and is shown nowhere', async () => {
  const secret = 'the-secret-of-a-client';
  const { id } = await createProvider(server, { ...basic('sealed'), clientSecret: secret }, tokens.alpha);
  await updateProvider(server, { id, displayName: 'Sealed' }, tokens.alpha);
  await rotateKeys(server.granary);
  const text = `SELECT id::text, client_secret_sealed AS sealed, o::text AS row,
      (SELECT string_agg(e::text, '|') FROM event e) AS events
    FROM oidc_provider o WHERE address = 'alpha.sealed'`;
  const [row] = (await server.granary.database.pool.query(text)).rows;
  expect(server.granary.secretBox.open(row.sealed, oidcSecretSealContext(row.id))).toBe(secret);
  expect(row.sealed.subarray(1, 5)).toEqual(server.granary.masterKeys.current.id);
  expect(row.row + row.events).not.toContain(secret);
  expect(await server.granary.oidc.providers.find(row.id)).toMatchObject({
    clientSecret: secret,
    displayName: 'Sealed',
  });
});

test('a test of a provider says which step fails', async () => {
  const all = ['DISCOVERY', 'KEYS', 'AUTHORIZATION', 'CLIENT'].map((step) => ({
    step,
    problem: null as string | null,
  }));
  const { id } = await createProvider(server, { ...basic('tried'), clientSecret });
  expect(await testProvider(server, id)).toEqual(all);
  await updateProvider(server, { id, clientSecret: 'another' });
  expect(await testProvider(server, id)).toEqual([
    ...all.slice(0, 3),
    { step: 'CLIENT', problem: 'It does not know the client, or does not take its secret.' },
  ]);
  await updateProvider(server, { id, clientId: 'nobody', clientSecret: '' });
  expect((await testProvider(server, id)).at(-1)).toMatchObject({ step: 'CLIENT', problem: expect.any(String) });
  await updateProvider(server, { id, algorithms: ['ES256', 'EdDSA'] });
  expect((await testProvider(server, id)).at(-1)).toEqual({
    ...{ step: 'KEYS', problem: 'None of its keys is for one of the algorithms ES256, EdDSA.' },
  });
  await provider.stop();
  expect(await testProvider(server, id)).toEqual([
    { step: 'DISCOVERY', problem: 'The connection to the provider failed: ECONNREFUSED.' },
  ]);
  await provider.restart();
});
