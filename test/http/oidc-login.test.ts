import { createProvider, updateProvider } from '../operations/oidc/oidc-fixture.js';
import { Browser } from '../support/browser.js';
import { clientSecret, type OidcTestProvider, startOidcProvider } from '../support/oidc-provider.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let provider: OidcTestProvider;
let providerId: string;

const accounts = {
  ann: { preferred_username: 'ann', name: 'Ann Example', email: 'ann@example.com', groups: ['editors'] },
  bob: { preferred_username: 'bob', groups: ['editors'] },
  eve: { preferred_username: 'eve' },
};

beforeAll(async () => {
  server = await startTestServer({ oidcAllowPrivate: 'on' });
  const address = 'default.corp';
  provider = await startOidcProvider({
    accounts,
    redirectUris: [`${server.httpUrl}/auth/oidc/${address}/callback`],
    postLogoutRedirectUris: [`${server.httpUrl}/console`],
  });
  const created = await createProvider(server, {
    name: 'corp',
    displayName: 'Corp',
    issuer: provider.issuer,
    clientId: 'granary',
    clientSecret,
    rules: [{ claim: 'groups', values: ['editors'], role: 'MEMBER' }],
  });
  providerId = created.id;
}, 60_000);

afterAll(async () => {
  const problems = [...(server?.problems ?? [])];
  await provider?.stop();
  await server?.stop();
  expect(problems).toEqual([]);
});

const loginUrl = (returnTo?: string) =>
  `${server.httpUrl}/auth/oidc/default.corp/login${returnTo === undefined ? '' : `?returnTo=${encodeURIComponent(returnTo)}`}`;

/** A browser that stops before the callback, and where the provider sends it. */
async function comeBack(account: string, start = loginUrl()): Promise<{ browser: Browser; callback: URL }> {
  const browser = new Browser(`${server.httpUrl}/auth/oidc/default.corp/callback`);
  return { browser, callback: await browser.signInAtProvider(start, account) };
}

/** Who the browser is, by its cookies alone. */
async function userOf(browser: Browser): Promise<object | null> {
  const response = await browser.request(
    `${server.httpUrl}/graphql?query={viewer{user{username,displayName,email,role}}}`,
    {
      headers: { 'apollo-require-preflight': 'true' },
    },
  );
  const { data } = (await response.json()) as { data?: { viewer: { user: object } } };
  return data?.viewer.user ?? null;
}

test('somebody signs in at the provider and comes back with a session', async () => {
  const { browser, callback } = await comeBack('ann', loginUrl('/console/buckets?sort=name#top'));
  expect(Object.fromEntries(callback.searchParams)).toEqual({
    ...{ code: expect.any(String), state: expect.any(String), iss: provider.issuer },
  });
  const response = await browser.request(callback.href);
  expect([response.status, response.headers.get('location')]).toEqual([303, '/console/buckets?sort=name#top']);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  expect(await userOf(browser)).toEqual({
    ...{ username: 'ann', displayName: 'Ann Example', email: 'ann@example.com', role: 'MEMBER' },
  });
  const text = `SELECT action, outcome, details FROM event
    WHERE actor_name = 'ann' OR details->>'username' = 'ann' ORDER BY id`;
  const { rows } = await server.granary.database.pool.query(text);
  expect(rows).toMatchObject([
    { action: 'granary:CreateUser', details: { source: 'OIDC' } },
    { action: 'granary:Login', outcome: 'SUCCESS', details: { method: 'OIDC' } },
  ]);
});

test('what the browser keeps meanwhile is sealed, for itself alone and for ten minutes', async () => {
  const browser = new Browser(provider.issuer);
  const response = await browser.request(loginUrl());
  expect(response.status).toBe(303);
  const location = new URL(response.headers.get('location') ?? '');
  expect(location.origin + location.pathname).toBe(`${provider.issuer}/auth`);
  expect(Object.fromEntries(location.searchParams)).toEqual({
    client_id: 'granary',
    response_type: 'code',
    redirect_uri: `${server.httpUrl}/auth/oidc/default.corp/callback`,
    scope: 'openid profile email',
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
  });
  const [cookie = ''] = response.headers.getSetCookie();
  expect(cookie).toMatch(/^granary-oidc-login=[\w-]+; Max-Age=600; Path=\/auth\/oidc; HttpOnly; SameSite=Lax$/);
  const [, value = ''] = /=([\w-]+)/.exec(cookie) ?? [];
  const bytes = Buffer.from(value, 'base64url').toString('latin1');
  for (const secret of ['state', 'nonce']) {
    expect(bytes).not.toContain(location.searchParams.get(secret));
  }
});

test.each([
  ['https://evil.example.com/', '/console'],
  ['//evil.example.com', '/console'],
  ['/\\evil.example.com', '/console'],
  ['/.//evil.example.com', '/console'],
  ['/%0d%0aset-cookie:a=b', '/%0d%0aset-cookie:a=b'],
  ['/\r\nset-cookie: a=b', '/console'],
  ['javascript:alert(1)', '/console'],
  ['console', '/console'],
  ['', '/console'],
  ['/graphiql', '/graphiql'],
])('returning to %j leads to %s', async (returnTo, path) => {
  const { browser, callback } = await comeBack('ann', loginUrl(returnTo));
  expect((await browser.request(callback.href)).headers.get('location')).toBe(path);
});

test('a path that is too long for a cookie is not returned to', async () => {
  const { browser, callback } = await comeBack('ann', loginUrl(`/${'a'.repeat(3_000)}`));
  expect((await browser.request(callback.href)).headers.get('location')).toBe('/console');
});

async function expectRefused(browser: Browser, callback: URL, message: string): Promise<void> {
  const response = await browser.request(callback.href);
  expect(response.status).toBe(401);
  const text = await response.text();
  expect(text).toContain(message);
  expect(text).not.toContain('evil');
  expect([...browser.cookiesOf(server.httpUrl).keys()]).toEqual([]);
}

const notBegun = 'This sign-in was not begun with this browser';
const notAsked = 'What came back from the provider is not what was asked for';

test('a code is good in the browser that asked for it, and once', async () => {
  const { browser, callback } = await comeBack('ann');
  await expectRefused(new Browser(''), callback, notBegun);
  expect((await browser.request(callback.href)).status).toBe(303);
  const cookies = browser.cookiesOf(server.httpUrl);
  cookies.clear();
  await expectRefused(browser, callback, notBegun);
});

test('a code that was used is refused even with what the browser kept', async () => {
  const { browser, callback } = await comeBack('ann');
  const kept = browser.cookiesOf(server.httpUrl).get('granary-oidc-login') ?? '';
  expect((await browser.request(callback.href)).status).toBe(303);
  const again = new Browser('');
  again.cookiesOf(server.httpUrl).set('granary-oidc-login', kept);
  await expectRefused(again, callback, notAsked);
});

test.each([
  ['another state', { state: 'x'.repeat(43) }],
  ['no state', { state: null }],
  ['another code', { code: 'x'.repeat(43) }],
  ['no code', { code: null }],
  ['another issuer (RFC 9207)', { iss: 'https://evil.example.com' }],
  ['no issuer, though the provider names it', { iss: null }],
  ['an error beside the code', { error: 'evil', error_description: '<script>evil</script>' }],
  ['a token', { id_token: 'a.b.c' }],
  ['a response in a token', { response: 'a.b.c' }],
])('%s is refused', async (_what, change) => {
  const { browser, callback } = await comeBack('ann');
  for (const [name, value] of Object.entries(change)) {
    if (value === null) {
      callback.searchParams.delete(name);
    } else {
      callback.searchParams.set(name, value);
    }
  }
  await expectRefused(browser, callback, notAsked);
});

test('a parameter that comes twice is refused', async () => {
  const { browser, callback } = await comeBack('ann');
  callback.searchParams.append('code', 'x');
  await expectRefused(browser, callback, notAsked);
});

test('the state of one sign-in does not open another, and a changed one opens nothing', async () => {
  const [one, other] = [await comeBack('ann'), await comeBack('bob')];
  const jar = one.browser.cookiesOf(server.httpUrl);
  jar.set('granary-oidc-login', other.browser.cookiesOf(server.httpUrl).get('granary-oidc-login') ?? '');
  await expectRefused(one.browser, one.callback, notAsked);
  for (const value of ['', 'x', `A${other.browser.cookiesOf(server.httpUrl).get('granary-oidc-login')}`]) {
    jar.set('granary-oidc-login', value);
    await expectRefused(one.browser, one.callback, notBegun);
  }
});

test('a code that was given for another challenge (PKCE) is refused', async () => {
  const browser = new Browser(`${server.httpUrl}/auth/oidc/default.corp/callback`);
  const start = await browser.request(loginUrl());
  const location = new URL(start.headers.get('location') ?? '');
  location.searchParams.set('code_challenge', 'x'.repeat(43));
  await expectRefused(browser, await browser.signInAtProvider(location.href, 'ann'), notAsked);
});

test('an ID token with another nonce is refused', async () => {
  const browser = new Browser(`${server.httpUrl}/auth/oidc/default.corp/callback`);
  const start = await browser.request(loginUrl());
  const location = new URL(start.headers.get('location') ?? '');
  location.searchParams.set('nonce', 'x'.repeat(43));
  await expectRefused(browser, await browser.signInAtProvider(location.href, 'ann'), notAsked);
});

test('who says no at the provider, and whom nothing gives a role, are told so', async () => {
  const browser = new Browser(`${server.httpUrl}/auth/oidc/default.corp/callback`);
  const page = await browser.open(loginUrl());
  const [, abort = ''] = /href="([^"]+\/abort)"/.exec(page.text) ?? [];
  const { url } = await browser.open(abort);
  await expectRefused(browser, new URL(url), 'The provider did not let you in, or you said no.');
  const eve = await comeBack('eve');
  await expectRefused(eve.browser, eve.callback, 'The provider gives the user no role here.');
});

test('a provider of that name that is not there, is disabled or offers no login is not found', async () => {
  const statusOf = async (path: string) => (await fetch(server.httpUrl + path, { redirect: 'manual' })).status;
  expect(await statusOf('/auth/oidc/nobody/login')).toBe(404);
  expect(await statusOf('/auth/oidc/nobody/callback?code=a')).toBe(404);
  expect(await statusOf('/auth/oidc/%00/login')).toBe(404);
  await updateProvider(server, { id: providerId, offerLogin: false });
  expect(await statusOf('/auth/oidc/default.corp/login')).toBe(404);
  await updateProvider(server, { id: providerId, offerLogin: true, enabled: false });
  expect(await statusOf('/auth/oidc/default.corp/login')).toBe(404);
  await updateProvider(server, { id: providerId, enabled: true });
});

test('signing out ends the session here and at the provider, and only from a page of this server', async () => {
  const { browser, callback } = await comeBack('bob');
  await browser.request(callback.href);
  expect(await userOf(browser)).toMatchObject({ username: 'bob' });
  const logout = `${server.httpUrl}/auth/oidc/logout`;
  const forged = await browser.request(logout, { headers: { 'sec-fetch-site': 'cross-site' } });
  expect(forged.status).toBe(403);
  expect(await userOf(browser)).toMatchObject({ username: 'bob' });
  const access = browser.cookiesOf(server.httpUrl).get('granary-access') ?? '';
  const response = await browser.request(logout, { headers: { 'sec-fetch-site': 'same-origin' } });
  const location = new URL(response.headers.get('location') ?? '');
  expect([response.status, location.origin]).toEqual([303, provider.issuer]);
  expect(location.searchParams.get('post_logout_redirect_uri')).toBe(`${server.httpUrl}/console`);
  expect([...browser.cookiesOf(server.httpUrl).keys()]).toEqual([]);
  browser.cookiesOf(server.httpUrl).set('granary-access', access);
  expect(await userOf(browser)).toBeNull();
  // The provider knows the user by the hint, and asks nobody else.
  const page = await browser.open(location.href);
  expect(page.text).toMatch(/<form[^>]* action="[^"]+\/session\/end\/confirm"/);
});

test('without a session there is nothing to sign out of, and the browser goes where it asked', async () => {
  const response = await fetch(`${server.httpUrl}/auth/oidc/logout?returnTo=/bye`, { redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([303, '/bye']);
});

test('the ways to sign in are told to anybody, by tenant, and nothing else of a provider is', async () => {
  await server.graphql('mutation { createTenant(input: { name: "other" }) { tenant { id } } }');
  const basic = { issuer: provider.issuer, clientId: 'granary' };
  await createProvider(server, { ...basic, name: 'all', scope: 'GLOBAL', displayName: 'Everybody' });
  await createProvider(server, { ...basic, name: 'own', tenant: 'other', displayName: 'Other' });
  await createProvider(server, { ...basic, name: 'hidden', offerLogin: false });
  const query = `query($tenant: String) { signInMethods(tenant: $tenant) { password providers { displayName loginUrl } } }`;
  const methodsOf = async (tenant?: string) => {
    const { data, errors } = await server.graphql(query, { tenant }, null);
    expect(errors).toBeUndefined();
    return data.signInMethods;
  };
  const all = { displayName: 'Everybody', loginUrl: `${server.httpUrl}/auth/oidc/all/login` };
  expect(await methodsOf()).toEqual({
    password: true,
    providers: [all, { displayName: 'Corp', loginUrl: `${server.httpUrl}/auth/oidc/default.corp/login` }],
  });
  expect(await methodsOf('other')).toEqual({
    password: true,
    providers: [all, { displayName: 'Other', loginUrl: `${server.httpUrl}/auth/oidc/other.own/login` }],
  });
  expect(await methodsOf('no-such-tenant')).toEqual({ password: true, providers: [all] });
  const { __type: type } = (await server.graphql('{ __type(name: "SignInProvider") { fields { name } } }')).data;
  expect(type.fields.map(({ name }: { name: string }) => name).sort()).toEqual(['displayName', 'loginUrl']);
});

test('while the provider is away its login says who is away', async () => {
  const { browser, callback } = await comeBack('ann');
  await provider.stop();
  const response = await browser.request(callback.href);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain(`The issuer ${provider.issuer} cannot be asked.`);
  server.granary.oidc.issuers.forget(provider.issuer);
  expect((await fetch(loginUrl(), { redirect: 'manual' })).status).toBe(503);
});
