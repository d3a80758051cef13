import { startTestServer, type TestServer } from '../support/server.js';

let plain: TestServer;
let secure: TestServer;
const publicUrl = 'https://files.example.com';

beforeAll(async () => {
  plain = await startTestServer();
  secure = await startTestServer({ publicUrl });
});
afterAll(async () => {
  await plain?.stop();
  await secure?.stop();
});

const payload = '{ accessToken refreshToken expiresAt user { username } userErrors { code message } }';
const loginMutation = `mutation($input: LoginInput!) { login(input: $input) ${payload} }`;
const refreshMutation = `mutation { refreshSession(input: {}) ${payload} }`;
const logoutMutation = 'mutation { logout { userErrors { message } } }';
const viewer = '{ viewer { user { username } } }';

async function ask(server: TestServer, query: string, headers: Record<string, string> = {}, variables: object = {}) {
  const response = await fetch(`${server.httpUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const setCookies = response.headers.getSetCookie();
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of what it asked for.
  return { ...((await response.json()) as any), status: response.status, setCookies };
}

const jar = (setCookies: string[]) => setCookies.map((cookie) => cookie.split(';')[0]).join('; ');

async function signIn(server: TestServer, headers: Record<string, string> = {}) {
  const input = { username: 'admin', password: server.adminPassword, cookie: true };
  return ask(server, loginMutation, headers, { input });
}

test('a browser signs in by cookies that scripts cannot read, renews them, and signs out', async () => {
  const { data, setCookies } = await signIn(plain);
  expect(data.login).toMatchObject({ accessToken: null, refreshToken: null, user: { username: 'admin' } });
  expect(setCookies).toHaveLength(2);
  for (const cookie of setCookies) {
    expect(cookie).toMatch(/^granary-(access|refresh)=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/);
  }
  const first = { cookie: jar(setCookies) };
  expect((await ask(plain, viewer, first)).data.viewer.user.username).toBe('admin');
  const renewed = await ask(plain, refreshMutation, first);
  expect(renewed.data.refreshSession).toMatchObject({ accessToken: null, refreshToken: null, userErrors: [] });
  const next = { cookie: jar(renewed.setCookies) };
  const out = await ask(plain, logoutMutation, next);
  expect(out.data.logout.userErrors).toEqual([]);
  expect(out.setCookies).toEqual([
    expect.stringMatching(/^granary-access=;.*Expires=Thu, 01 Jan 1970/),
    expect.stringMatching(/^granary-refresh=;.*Expires=Thu, 01 Jan 1970/),
  ]);
  for (const cookies of [first, next]) {
    expect((await ask(plain, viewer, cookies)).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  }
  expect((await ask(plain, refreshMutation, next)).data.refreshSession.userErrors[0].code).toBe('UNAUTHENTICATED');
});

test('behind HTTPS the cookies are only for HTTPS and only for this host', async () => {
  const { setCookies } = await signIn(secure, { origin: publicUrl });
  expect(setCookies.map((cookie: string) => cookie.split('=')[0])).toEqual([
    '__Host-granary-access',
    '__Host-granary-refresh',
  ]);
  expect(setCookies.every((cookie: string) => /; Secure/.test(cookie) && !/Domain/i.test(cookie))).toBe(true);
  expect((await ask(secure, viewer, { cookie: jar(setCookies), origin: publicUrl })).data.viewer.user.username).toBe(
    'admin',
  );
  const unprefixed = jar(setCookies).replaceAll('__Host-', '');
  expect((await ask(secure, viewer, { cookie: unprefixed, origin: publicUrl })).errors).toHaveLength(1);
});

test.each([
  ['another origin', { origin: 'https://evil.example.com' }],
  ['an opaque origin', { origin: 'null' }],
  ['another site without an origin', { 'sec-fetch-site': 'cross-site' }],
  ['a sibling host', { 'sec-fetch-site': 'same-site' }],
])(
  'cookies that a browser sends for a page of %s count for nothing',
  async (_what, headers: Record<string, string>) => {
    const { setCookies } = await signIn(plain);
    const cookie = jar(setCookies);
    expect((await ask(plain, viewer, { ...headers, cookie })).errors[0].extensions.code).toBe('UNAUTHENTICATED');
    const refreshed = await ask(plain, refreshMutation, { ...headers, cookie });
    expect(refreshed.data.refreshSession.userErrors[0].code).toBe('DENIED');
    expect(refreshed.setCookies).toEqual([]);
    expect((await ask(plain, logoutMutation, { ...headers, cookie })).data.logout.userErrors).toHaveLength(1);
    const foreignLogin = await signIn(plain, headers);
    expect(foreignLogin.data.login.userErrors[0].code).toBe('DENIED');
    expect(foreignLogin.setCookies).toEqual([]);
    expect((await ask(plain, viewer, { cookie })).data.viewer.user.username).toBe('admin');
  },
);

test('a form of another page, which needs no permission to be sent, is refused with cookies too', async () => {
  const { setCookies } = await signIn(plain);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const answer = await ask(plain, viewer, { cookie: jar(setCookies), 'content-type': type });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
});

test('a cookie that is no good any more does not stand in the way of signing in', async () => {
  const stale = { cookie: 'granary-access=nonsense; granary-refresh=nonsense' };
  expect((await signIn(plain, stale)).data.login.userErrors).toEqual([]);
});

test('sessions are listed with their devices, and each can be ended from another', async () => {
  const agent = { 'user-agent': 'Test Browser/1.0' };
  const { setCookies } = await signIn(plain, agent);
  const list = `{ sessions(first: 100) { totalCount nodes { id method userAgent sourceIp current createdAt lastUsedAt } } }`;
  const { data } = await ask(plain, list, { cookie: jar(setCookies) });
  const mine = data.sessions.nodes.find((session: { current: boolean }) => session.current);
  expect(mine).toMatchObject({ method: 'PASSWORD', userAgent: 'Test Browser/1.0', sourceIp: '127.0.0.1' });
  const revoke = `mutation { revokeSession(input: { sessionId: "${mine.id}" }) { sessionId userErrors { message } } }`;
  expect((await plain.graphql(revoke)).data.revokeSession).toEqual({ sessionId: mine.id, userErrors: [] });
  expect((await ask(plain, viewer, { cookie: jar(setCookies) })).errors).toHaveLength(1);
  const everywhere = await plain.graphql('mutation { signOutEverywhere { sessions userErrors { message } } }');
  expect(everywhere.data.signOutEverywhere.sessions).toBeGreaterThan(0);
  expect((await plain.graphql(viewer)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
});
