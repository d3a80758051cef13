import { importJWK, type JWK, SignJWT } from 'jose';
import { newSigningKey, type OidcTestProvider, resource, startOidcProvider } from '../../support/oidc-provider.js';
import { eventually } from '../../support/process.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { createProvider, updateProvider, whoIs } from './oidc-fixture.js';

let server: TestServer;
let provider: OidcTestProvider;
let providerId: string;

const accounts = {
  ann: { preferred_username: 'ann', name: 'Ann Example', email: 'ann@example.com', groups: ['staff', 'editors'] },
  bob: { preferred_username: 'bob', realm_access: { roles: ['auditor'] }, 'https://example.com/tenant': 'acme' },
  cat: { preferred_username: 'cat', groups: ['editors'] },
  dan: { preferred_username: 'dan', groups: ['editors'] },
  eve: { preferred_username: 'eve' },
  fay: { preferred_username: 'admin', groups: ['editors'] },
  gil: { preferred_username: 'gil', groups: ['editors'], 'https://example.com/tenant': 'nowhere' },
};

beforeAll(async () => {
  [server, provider] = await Promise.all([
    startTestServer({ oidcAllowPrivate: 'on' }),
    startOidcProvider({ accounts }),
  ]);
  await server.graphql('mutation { createTenant(input: { name: "acme" }) { tenant { id } } }');
  const created = await createProvider(server, {
    name: 'corp',
    scope: 'GLOBAL',
    issuer: provider.issuer,
    clientId: 'granary',
    audiences: [resource],
    acceptBearer: true,
    defaultTenant: 'default',
    claims: { tenant: 'https://example.com/tenant' },
    rules: [
      { claim: 'groups', values: ['editors'], role: 'MEMBER' },
      { claim: 'realm_access.roles', values: ['auditor'], role: 'READ_ONLY' },
    ],
  });
  providerId = created.id;
}, 60_000);

afterAll(async () => {
  await provider?.stop();
  await server?.stop();
});

async function loginEvents(username: string): Promise<{ outcome: string; details: object; tenant: number }[]> {
  const text = `SELECT outcome, details, tenant_id::int AS tenant FROM event
    WHERE action = 'granary:Login' AND (details->>'username' = $1 OR details->>'subject' = $1) ORDER BY id`;
  return (await server.granary.database.pool.query(text, [username])).rows;
}

/** A token as the provider itself would sign it. */
async function sign(claims: Record<string, unknown>, key?: JWK): Promise<string> {
  const jwk = key ?? provider.keys[0];
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: provider.issuer, aud: resource, iat: now, exp: now + 600, ...claims })
    .setProtectedHeader({ alg: jwk?.alg ?? '', kid: jwk?.kid ?? '', typ: 'at+jwt' })
    .sign(await importJWK(jwk as JWK, jwk?.alg));
}

test('a token of the provider is its user, who appears at first sight', async () => {
  const token = await provider.accessToken('ann');
  expect(await whoIs(server, token)).toEqual({
    ...{ username: 'ann', displayName: 'Ann Example', email: 'ann@example.com', role: 'MEMBER', tenant: 'default' },
  });
  expect(await loginEvents('ann')).toEqual([
    { outcome: 'SUCCESS', details: { username: 'ann', provider: 'corp' }, tenant: expect.any(Number) },
  ]);
});

test('claims inside of others and with dots in their names give a role and a tenant', async () => {
  expect(await whoIs(server, await provider.accessToken('bob'))).toMatchObject({ role: 'READ_ONLY', tenant: 'acme' });
});

test('a token that is known costs no query', async () => {
  const token = await provider.accessToken('cat');
  await whoIs(server, token);
  let queries = 0;
  const count = () => {
    queries += 1;
  };
  server.granary.database.pool.on('acquire', count);
  const answers = await Promise.all(Array.from({ length: 5 }, () => server.graphql('{ __typename }', {}, token)));
  server.granary.database.pool.off('acquire', count);
  expect(answers.map(({ data, errors }) => ({ data, errors }))).toEqual(
    answers.map(() => ({ data: { __typename: 'Query' } })),
  );
  expect(queries).toBe(0);
});

test('groups and policies come and go with the claims that name them', async () => {
  const { pool } = server.granary.database;
  await pool.query(`INSERT INTO user_group (tenant_id, name) SELECT id, 'editors' FROM tenant WHERE name = 'default'`);
  const groupsOf = async (username: string): Promise<string[]> => {
    const text = `SELECT g.name FROM user_group_member m JOIN user_group g ON g.id = m.group_id
      JOIN user_account u ON u.id = m.user_id WHERE u.username = $1`;
    return (await pool.query(text, [username])).rows.map(({ name }) => name);
  };
  await updateProvider(server, { id: providerId, claims: { groups: 'groups' } });
  await whoIs(server, await sign({ sub: 'pat', preferred_username: 'pat', groups: ['editors', 'not here'] }));
  expect(await groupsOf('pat')).toEqual(['editors']);
  const token = await sign({ sub: 'pat', preferred_username: 'pat', realm_access: { roles: ['auditor'] } });
  expect(await whoIs(server, token)).toMatchObject({ role: 'READ_ONLY' });
  expect(await groupsOf('pat')).toEqual([]);
});

test('many requests with one new token make one user and one event', async () => {
  const token = await sign({ sub: 'many', preferred_username: 'many', groups: ['editors'] });
  const seen = await Promise.all(Array.from({ length: 10 }, () => whoIs(server, token)));
  expect(new Set(seen.map((user) => JSON.stringify(user))).size).toBe(1);
  expect(await loginEvents('many')).toHaveLength(1);
});

test('whom no claim gives a role is refused, and the audit says why', async () => {
  expect(await whoIs(server, await provider.accessToken('eve'))).toEqual({
    ...{ code: 'UNAUTHENTICATED', message: 'The provider gives the user no role here.' },
  });
  expect(await loginEvents('eve')).toMatchObject([
    { outcome: 'FAILURE', details: { provider: 'corp', reason: 'The provider gives the user no role here.' } },
  ]);
});

test('nobody becomes a local user by its name, or a user of a tenant that is not there', async () => {
  expect(await whoIs(server, await provider.accessToken('fay'))).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await whoIs(server, await provider.accessToken('gil'))).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(await whoIs(server, await server.login())).toMatchObject({ username: 'admin', role: 'ADMINISTRATOR' });
});

test('a later token brings its user up to date', async () => {
  await whoIs(server, await sign({ sub: 'hal', preferred_username: 'hal', groups: ['editors'] }));
  const token = await sign({ sub: 'hal', preferred_username: 'hal-9', realm_access: { roles: ['auditor'] } });
  expect(await whoIs(server, token)).toMatchObject({ username: 'hal-9', role: 'READ_ONLY' });
});

test('a user who is disabled stops within a second, with the token it has', async () => {
  const token = await provider.accessToken('dan');
  expect(await whoIs(server, token)).toMatchObject({ username: 'dan' });
  const disable = `WITH gone AS (UPDATE user_account SET disabled = true WHERE username = 'dan' RETURNING id)
    SELECT pg_notify('granary_identity', id::text) FROM gone`;
  await server.granary.database.pool.query(disable);
  await eventually(async () => 'code' in (await whoIs(server, token)), 5_000);
  expect(await whoIs(server, await sign({ sub: 'dan', preferred_username: 'dan', groups: ['editors'] }))).toMatchObject(
    {
      ...{ code: 'UNAUTHENTICATED', message: 'The user is disabled.' },
    },
  );
});

test('what changes of the provider holds for tokens that are known', async () => {
  const token = await sign({ sub: 'ian', preferred_username: 'ian', groups: ['editors'] });
  expect(await whoIs(server, token)).toMatchObject({ role: 'MEMBER' });
  await updateProvider(server, { id: providerId, enabled: false });
  expect(await whoIs(server, token)).toMatchObject({ code: 'UNAUTHENTICATED' });
  await updateProvider(server, { id: providerId, enabled: true, defaultRole: 'READ_ONLY' });
  expect(await whoIs(server, token)).toMatchObject({ role: 'MEMBER' });
  const plain = await sign({ sub: 'jim', preferred_username: 'jim' });
  expect(await whoIs(server, plain)).toMatchObject({ role: 'READ_ONLY' });
  await updateProvider(server, { id: providerId, defaultRole: null });
  expect(await whoIs(server, plain)).toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('a new key of the provider is found at once, and unknown ones do not make us ask again and again', async () => {
  const next = await newSigningKey('second');
  const stranger = await newSigningKey('stranger');
  const begun = Date.now();
  await provider.restart({ keys: [next, ...provider.keys] });
  expect(await whoIs(server, await provider.accessToken('ann'))).toMatchObject({ username: 'ann' });
  expect(await provider.requests('/jwks')).toBe(1);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const token = await sign({ sub: 'ann', attempt }, stranger);
    expect(await whoIs(server, token)).toMatchObject({ code: 'UNAUTHENTICATED' });
  }
  expect(await provider.requests('/jwks')).toBeLessThanOrEqual(1 + Math.floor((Date.now() - begun) / 10_000));
});

test('while the provider is away, tokens whose keys are known go on, and others are told who is away', async () => {
  const token = await sign({ sub: 'kim', preferred_username: 'kim', groups: ['editors'] });
  await provider.stop();
  expect(await whoIs(server, token)).toMatchObject({ username: 'kim' });
  server.granary.oidc.issuers.forget(provider.issuer);
  expect(await whoIs(server, token)).toMatchObject({ username: 'kim' });
  const other = await sign({ sub: 'lou', preferred_username: 'lou', groups: ['editors'] });
  expect(await whoIs(server, other)).toEqual({
    code: 'UNAVAILABLE',
    message: `The issuer ${provider.issuer} cannot be asked. The connection to the provider failed: ECONNREFUSED.`,
  });
  expect(server.problems).toEqual([]);
});
