import { PutObjectCommand } from '@aws-sdk/client-s3';
import { startTestServer, type TestServer } from '../support/server.js';

let plain: TestServer;
let secure: TestServer;
const publicUrl = 'https://files.example.com';
const path = '/of/ours';

beforeAll(async () => {
  plain = await startTestServer();
  secure = await startTestServer({ publicUrl: `${publicUrl}${path}` });
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

interface SharedFolder {
  folders: [{ url: string }];
  files: [{ url: string }];
  zipUrl: string;
}

test('behind a proxy that has a path for the server, every address that it makes of itself has the path', async () => {
  await secure.graphql('mutation { createBucket(input: { name: "files" }) { userErrors { code } } }');
  for (const key of ['in/a', 'in/b/c', 'd']) {
    await secure.s3.send(new PutObjectCommand({ Bucket: 'files', Key: key, Body: key }));
  }
  const { data } = await secure.graphql(`mutation {
    createShareLink(input: { bucket: "files", folder: "in" }) { url token }
    object: createShareLink(input: { bucket: "files", key: "d", password: "seven green apples" }) { url token }
    startUpload(input: { bucket: "files", key: "u", size: 1 }) { upload { partUrls(partNumbers: [1]) { url } } }
  }`);
  const { url, token } = data.createShareLink;
  expect(url).toBe(`${publicUrl}${path}/s/${token}`);
  // Parts are for the S3 port, which has a setting of its own.
  expect(data.startUpload.upload.partUrls[0].url).toMatch(/^https:\/\/files\.example\.com:\d+\/default/);
  const shared = (await (await fetch(`${secure.httpUrl}/s/${token}`)).json()) as SharedFolder;
  expect([shared.folders[0].url, shared.files[0].url, shared.zipUrl]).toEqual([
    `${path}/s/${token}?folder=b%2F`,
    `${path}/s/${token}/content?file=a`,
    `${path}/s/${token}/zip`,
  ]);
  const asked = await fetch(`${secure.httpUrl}/s/${data.object.token}`, { headers: { accept: 'text/html' } });
  expect(asked.headers.get('set-cookie')).toContain(`; Path=${path}/s/${data.object.token};`);
  const authorization = `Bearer ${await secure.login()}`;
  const list = await fetch(`${secure.httpUrl}/v1/objects?bucket=files&limit=1`, { headers: { authorization } });
  expect(list.headers.get('link')).toMatch(
    new RegExp(`^<${path}/v1/objects\\?bucket=files&limit=1&cursor=[^>]+>; rel="next"$`),
  );
  const openapi = (await (await fetch(`${secure.httpUrl}/v1/openapi.json`)).json()) as { servers: object[] };
  expect(openapi.servers).toEqual([{ url: `${path}/`, description: 'This server.' }]);
  const begun = await fetch(`${secure.httpUrl}/files`, {
    method: 'POST',
    headers: {
      authorization,
      'tus-resumable': '1.0.0',
      'upload-length': '1',
      'upload-metadata': `bucket ${btoa('files')},key ${btoa('t')}`,
    },
  });
  expect(begun.headers.get('location')).toMatch(new RegExp(`^${publicUrl}${path}/files/`));
  const link = await secure.graphql('{ object(bucket: "files", key: "d") { downloadUrl } }');
  expect(link.data.object.downloadUrl).toMatch(new RegExp(`^${publicUrl}${path}/download/`));
  const failed = await fetch(`${secure.httpUrl}/auth/oidc/none/login`, { redirect: 'manual' });
  expect(await failed.text()).toContain(`<a href="${path}/console">`);
  const out = await fetch(`${secure.httpUrl}/auth/oidc/logout`, { redirect: 'manual' });
  expect(out.headers.get('location')).toBe(`${path}/console`);
  expect(out.headers.getSetCookie().at(-1)).toContain(`; Path=${path}/auth/oidc;`);
  const page = await (await fetch(`${secure.httpUrl}/graphiql`)).text();
  expect(page).toMatch(new RegExp(`src="${path}/graphiql/assets/|was not built`));
  expect(await (await fetch(`${secure.httpUrl}/`)).text()).toContain('href="graphiql"');
});
