import { getIntrospectionQuery } from 'graphql';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ production: true });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

test.each([
  getIntrospectionQuery(),
  '{ __schema { types { name } } }',
  '{ __type(name: "Query") { fields { name } } }',
  'query A { viewer { user { id } } } query B { __schema { queryType { name } } }',
  '{ ...F } fragment F on Query { __schema { queryType { name } } }',
  '{ a: __schema { queryType { name } } }',
])('70: introspection is denied to who is not signed in, in production: %s', async (query) => {
  const { data, errors } = await server.graphql(query, {}, null);
  expect(data ?? null).toBeNull();
  expect(errors?.length).toBeGreaterThan(0);
  expect(JSON.stringify(errors)).not.toMatch(/Mutation|createUser|queryType"/);
});

test.each([
  '{ viewr { user { id } } }',
  '{ bucket(nam: "a") { id } }',
  'mutation { creatUser(input: {}) { userErrors { code } } }',
  'mutation { login(input: { usrname: "a" }) { accessToken } }',
  '{ node(id: "x") { ... on Bukket { id } } }',
  'query($x: CraeteUserInput) { viewer { user { id } } }',
])('70: nor is told what it may have meant: %s', async (query) => {
  const { data, errors } = await server.graphql(query, {}, null);
  expect(data ?? null).toBeNull();
  expect(errors?.length).toBeGreaterThan(0);
  expect(JSON.stringify(errors)).not.toMatch(/did you mean|"viewer|createUser|CreateUserInput\b/i);
});

test('70: who is signed in sees the schema', async () => {
  const { data, errors } = await server.graphql('{ __type(name: "Bucket") { name } }');
  expect({ data, errors }).toEqual({ data: { __type: { name: 'Bucket' } }, errors: undefined });
});

test('a browser that opens the address of the API is sent to GraphiQL, and no page loads anything of another host', async () => {
  const visit = (path: string) =>
    fetch(`${server.httpUrl}${path}`, {
      headers: { accept: 'text/html,application/xhtml+xml,*/*' },
      redirect: 'manual',
    });
  const sent = await visit('/graphql');
  expect([sent.status, sent.headers.get('location')]).toEqual([303, '/graphiql']);
  for (const path of [
    '/',
    '/graphql',
    '/graphiql',
    '/graphql?query={__typename}',
    '/graphql/stream',
    '/s/none',
    '/none',
  ]) {
    const page = await (await visit(path)).text();
    expect([path, page.match(/(?:src|href|action|url)\s*[=(:]\s*["']?\s*(?:https?:)?\/\/[^"'\s)]*/gi)]).toEqual([
      path,
      null,
    ]);
    expect(page).not.toMatch(/apollographql|cdn|unpkg|jsdelivr|googleapis/i);
  }
});
