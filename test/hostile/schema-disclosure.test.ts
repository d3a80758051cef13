import { getIntrospectionQuery } from 'graphql';
import { WebSocket } from 'ws';
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

const slips = [
  '{ viewr { user { id } } }',
  '{ bucket(nam: "a") { id } }',
  'mutation { creatUser(input: {}) { userErrors { code } } }',
  'mutation { login(input: { usrname: "a" }) { accessToken } }',
  '{ node(id: "x") { ... on Bukket { id } } }',
  'query($x: CraeteUserInput) { viewer { user { id } } }',
  'subscription { objectEvent(bucket: "a") { key } }',
  'subscription { objectEvents(buket: "a") { key } }',
  'subscription { objectEvents(bucket: "a") { kee object { siz } } }',
  'subscription($x: ObjectChang) { objectEvents(bucket: "a") { key } }',
];
const meant = /did you mean|"viewer|createUser|CreateUserInput\b|"objectEvents"|"bucket"|"key"|"size"|"ObjectChange"/i;

test.each(slips)('70: nor is told what it may have meant: %s', async (query) => {
  const { data, errors } = await server.graphql(query, {}, null);
  expect(data ?? null).toBeNull();
  expect(errors?.length).toBeGreaterThan(0);
  expect(JSON.stringify(errors)).not.toMatch(meant);
});

async function stream(query: string, token: string | null): Promise<{ status: number; text: string }> {
  const response = await fetch(`${server.httpUrl}/graphql/stream`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, text: await response.text() };
}

/** What comes by WebSocket, up to the end of the connection or the answer to the subscription. */
function watch(query: string, token: string | null): Promise<{ code?: number; text: string }> {
  const socket = new WebSocket(`${server.httpUrl.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const send = (message: object) => socket.send(JSON.stringify(message));
  return new Promise((resolve, reject) => {
    const texts: string[] = [];
    const end = (code?: number) => {
      resolve({ ...(code === undefined ? {} : { code }), text: texts.join() });
      socket.terminate();
    };
    socket.on('error', reject);
    socket.on('close', end);
    socket.on('open', () => {
      send({ type: 'connection_init', payload: token === null ? {} : { authorization: `Bearer ${token}` } });
    });
    socket.on('message', (data) => {
      texts.push(String(data));
      const { type } = JSON.parse(String(data));
      if (type === 'connection_ack') {
        send({ id: '1', type: 'subscribe', payload: { query } });
      } else {
        end();
      }
    });
  });
}

test.each(slips)(
  '70: nor at the doors of subscriptions, where documents of nobody are not looked at: %s',
  async (query) => {
    const [{ status, text }, opened] = [await stream(query, null), await watch(query, null)];
    expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect([opened.code, opened.text]).toEqual([4401, '']);
    expect(text).not.toMatch(/field|argument|type|subscription/i);
  },
);

test.each(slips)('70: nor is who is signed in told there, in production: %s', async (query) => {
  const token = await server.login();
  for (const { text } of [await stream(query, token), await watch(query, token)]) {
    expect(text).toMatch(/GRAPHQL_VALIDATION_FAILED/);
    expect(text).not.toMatch(/did you mean/i);
  }
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
