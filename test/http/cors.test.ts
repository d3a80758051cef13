import { loadSettings } from '../../src/config/settings.js';
import { startTestServer, type TestServer } from '../support/server.js';

const app = 'https://app.example.com';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ corsOrigins: [app, 'http://localhost:5173'] });
});

afterAll(async () => server.stop());

function preflight(path: string, origin: string, method = 'POST', on = server): Promise<Response> {
  return fetch(`${on.httpUrl}${path}`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type,tus-resumable',
    },
  });
}

const allowed = (response: Response) => response.headers.get('access-control-allow-origin');

test.each(['/graphql', '/graphql/stream', '/files', '/files/some-id', '/download/some-token', '/v1/objects'])(
  'a preflight for %s is answered to a page of a named origin, and to no other',
  async (path) => {
    const answer = await preflight(path, app, 'PATCH');
    expect(answer.status).toBe(204);
    expect(allowed(answer)).toBe(app);
    expect(answer.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization,content-type,tus-resumable');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('vary')).toBe('Origin');
    for (const origin of ['https://evil.example.com', 'null', `${app}.evil.example.com`, 'http://app.example.com']) {
      const refused = await preflight(path, origin, 'PATCH');
      expect(allowed(refused)).toBeNull();
      expect(refused.headers.get('vary')).toBe('Origin');
    }
  },
);

test('pages of this server and its figures are nobody else’s', async () => {
  for (const path of ['/', '/graphiql', '/graphiql/', '/metrics', '/%6detrics', '/metrics?a=%ff', '/graphi%71l']) {
    expect(allowed(await preflight(path, app))).toBeNull();
    expect(allowed(await fetch(`${server.httpUrl}${path}`, { headers: { origin: app } }))).toBeNull();
  }
});

test('answers, refusals among them, can be read with the headers that clients need', async () => {
  for (const init of [
    { method: 'POST', body: '{"query":"{ __typename }"}', headers: { 'content-type': 'application/json' } },
    { method: 'POST', body: 'no JSON', headers: { 'content-type': 'application/json' } },
    { method: 'POST', body: '{}', headers: { authorization: 'Bearer wrong' } },
  ]) {
    const answer = await fetch(`${server.httpUrl}/graphql`, { ...init, headers: { ...init.headers, origin: app } });
    expect(allowed(answer)).toBe(app);
    expect(answer.headers.get('access-control-expose-headers')).toContain('upload-offset');
  }
});

test('a cookie of another origin counts for nothing, named or not', async () => {
  const cookie = `granary-access=${await server.login()}`;
  const ask = (origin: string) =>
    fetch(`${server.httpUrl}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie, origin },
      body: '{"query":"{ viewer { roles } }"}',
    });
  expect((await ask(server.httpUrl)).status).toBe(200);
  expect((await ask(app)).status).toBe(401);
});

test('tus answers its own OPTIONS beside preflights', async () => {
  const answer = await fetch(`${server.httpUrl}/files`, { method: 'OPTIONS', headers: { origin: app } });
  expect(answer.headers.get('tus-version')).toBe('1.0.0');
  expect(allowed(answer)).toBe(app);
});

test('odd names of headers are not repeated', async () => {
  const answer = await fetch(`${server.httpUrl}/graphql`, {
    method: 'OPTIONS',
    headers: { origin: app, 'access-control-request-method': 'POST', 'access-control-request-headers': 'a;b"<c>' },
  });
  expect(answer.status).toBe(204);
  expect(answer.headers.get('access-control-allow-headers')).toBeNull();
});

test('without the setting nobody is answered, and with * everybody', async () => {
  await using closed = disposable(await startTestServer());
  const answer = await preflight('/graphql', app, 'POST', closed.server);
  expect(allowed(answer)).toBeNull();
  await using open = disposable(await startTestServer({ corsOrigins: ['*'] }));
  expect(allowed(await preflight('/graphql', 'https://anybody.example.com', 'POST', open.server))).toBe('*');
});

test.each([
  'app.example.com',
  'https://app.example.com/',
  'https://app.example.com/path',
  'ftp://a',
  'https://*.a.com',
])('the setting %s is refused at the start', (GRANARY_CORS_ORIGINS) => {
  expect(() => loadSettings({ GRANARY_CORS_ORIGINS })).toThrow('is not a list of origins');
});

function disposable(started: TestServer): AsyncDisposable & { server: TestServer } {
  return { server: started, [Symbol.asyncDispose]: () => started.stop() };
}
