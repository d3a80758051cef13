import { serverAudits } from 'graphql-http';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => server.stop());

test('all of the audits for servers of GraphQL over HTTP are ok', async () => {
  const fetchFn = (url: string, init: RequestInit = {}) =>
    fetch(url, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), 'apollo-require-preflight': 'true' },
    });
  const audits = serverAudits({ url: `${server.httpUrl}/graphql`, fetchFn });
  const results = await Promise.all(audits.map((audit) => audit.fn()));
  const failures = results
    .filter((result) => result.status !== 'ok')
    .map(({ id, name, status }) => ({ id, name, status }));
  expect(failures).toEqual([]);
  expect(results).toHaveLength(61);
});
