import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import * as client from '../../packages/client/src/index.js';
import { temporaryDirectory } from '../support/directory.js';
import { startTestServer, type TestServer } from '../support/server.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const byHash = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });
const viewerQuery = '{ viewer { tenant { name } } }';

let server: TestServer;
let member: string;
let other: string;

/** Members of two tenants. */
async function addMembers(on: TestServer): Promise<[string, string]> {
  await on.graphql('mutation { createTenant(input: { name: "other" }) { userErrors { message } } }');
  const tokens = [];
  for (const tenant of ['default', 'other']) {
    const input = { username: 'ann', password: 'a-long-passphrase-of-hers', role: 'MEMBER', tenant };
    await on.graphql('mutation($input: CreateUserInput!) { createUser(input: $input) { userErrors { message } } }', {
      input,
    });
    tokens.push(await on.login('ann', input.password, tenant));
  }
  return tokens as [string, string];
}

async function post(request: object, token: string | null = member, on = server) {
  const headers = {
    'content-type': 'application/json',
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(`${on.httpUrl}/graphql`, { method: 'POST', headers, body: JSON.stringify(request) });
  return { status: response.status, ...((await response.json()) as { data?: unknown; errors?: Problem[] }) };
}

interface Problem {
  message: string;
  extensions: { code: string };
}

const codeOf = ({ errors }: { errors?: Problem[] }) => errors?.[0]?.extensions.code;

beforeAll(async () => {
  server = await startTestServer();
  [member, other] = await addMembers(server);
});

afterAll(async () => server.stop());

test('a document is sent once, and from then on its hash is enough', async () => {
  const extensions = byHash(sha256(viewerQuery));
  const unknown = await post({ extensions });
  expect(unknown.status).toBe(200);
  expect(unknown.errors).toEqual([
    { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
  ]);
  const data = { viewer: { tenant: { name: 'default' } } };
  expect((await post({ query: viewerQuery, extensions })).data).toEqual(data);
  expect((await post({ extensions })).data).toEqual(data);
});

test('what one tenant has sent, another does not know', async () => {
  const extensions = byHash(sha256(viewerQuery));
  await post({ query: viewerQuery, extensions });
  expect(codeOf(await post({ extensions }, other))).toBe('PERSISTED_QUERY_NOT_FOUND');
  expect(codeOf(await post({ extensions }, null))).toBe('PERSISTED_QUERY_NOT_FOUND');
});

test.each([
  ['a hash of something else', { query: viewerQuery, extensions: byHash(sha256('{ __typename }')) }],
  ['another version', { extensions: { persistedQuery: { version: 2, sha256Hash: sha256(viewerQuery) } } }],
  ['no hash', { extensions: { persistedQuery: { version: 1 } } }],
  ['a hash that is no text', { extensions: { persistedQuery: { version: 1, sha256Hash: { $ne: '' } } } }],
  ['a hash without an end', { extensions: byHash('a'.repeat(100_000)) }],
])('%s is refused', async (_name, request) => {
  expect(await post(request)).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
});

test('a document beyond the limits is refused, by its hash too', async () => {
  const query = `{ ${'viewer { roles } '.repeat(5000)} }`;
  const extensions = byHash(sha256(query));
  expect(codeOf(await post({ query, extensions }))).toBe('QUERY_TOO_COMPLEX');
  expect(codeOf(await post({ extensions }))).toBe('PERSISTED_QUERY_NOT_FOUND');
});

test('a hash may come by GET, with what keeps foreign pages from asking', async () => {
  await post({ query: viewerQuery, extensions: byHash(sha256(viewerQuery)) });
  const search = new URLSearchParams({ extensions: JSON.stringify(byHash(sha256(viewerQuery))) });
  const ask = (headers: Record<string, string>) =>
    fetch(`${server.httpUrl}/graphql?${search}`, { headers: { authorization: `Bearer ${member}`, ...headers } });
  const answer = await ask({ 'apollo-require-preflight': 'true' });
  expect(await answer.json()).toMatchObject({ data: { viewer: { tenant: { name: 'default' } } } });
  expect((await ask({})).status).toBe(400);
  // Nor is it a visit to the page that browsers are sent to.
  const asBrowser = await ask({ accept: 'text/html,*/*;q=0.8', 'apollo-require-preflight': 'true' });
  expect(await asBrowser.json()).toMatchObject({ data: { viewer: { tenant: { name: 'default' } } } });
});

test('a subscription may be asked for by its hash', async () => {
  const query = 'subscription { objectEvents(bucket: "nowhere") { key } }';
  const socket = createClient({
    url: `${server.httpUrl.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${member}` },
    retryAttempts: 0,
  });
  const codes = [];
  for (const text of ['', query, '']) {
    const problem = await new Promise<Problem>((resolve) => {
      const sink = {
        next: ({ errors }: { errors?: readonly unknown[] | undefined }) => resolve(errors?.[0] as Problem),
        error: (errors: unknown) => resolve([errors].flat()[0] as Problem),
        complete: () => undefined,
      };
      socket.subscribe({ query: text, extensions: byHash(sha256(query)) }, sink);
    });
    codes.push(problem.extensions.code);
  }
  await socket.dispose();
  expect(codes).toEqual(['PERSISTED_QUERY_NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
});

describe('with a list of operations', () => {
  const listedQuery = 'query Names {\n  # everybody may\n  viewer { tenant { name } }\n}';
  let strict: TestServer;
  let tokens: [string, string];

  beforeAll(async () => {
    await using directory = await temporaryDirectory();
    const persistedQueries = join(directory.path, 'manifest.json');
    const ofPackage = Object.values(client).filter((body) => typeof body === 'string');
    const operations = [
      { id: 'names-1', name: 'Names', type: 'query', body: listedQuery },
      ...ofPackage.map((body) => ({ id: sha256(body), body })),
    ];
    await writeFile(
      persistedQueries,
      JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }),
    );
    strict = await startTestServer({ persistedQueries });
    tokens = await addMembers(strict);
  });

  afterAll(async () => strict.stop());

  test('its operations are answered, by their ids and as documents', async () => {
    for (const request of [
      { extensions: byHash('names-1') },
      { query: listedQuery },
      { query: 'query Names { viewer { tenant { name } } }' },
    ]) {
      expect(await post(request, tokens[1], strict)).toMatchObject({ data: { viewer: { tenant: { name: 'other' } } } });
    }
  });

  test('all texts that the client package exports can stand in it, and what it asks by itself is among them', async () => {
    const asked = { query: String(client.EventCursor), variables: { bucket: 'nowhere' } };
    expect(codeOf(await post(asked, tokens[1], strict))).toBe('NOT_FOUND');
  });

  test('nothing else is, and nothing is learnt', async () => {
    const extensions = byHash(sha256(viewerQuery));
    const [token] = tokens;
    expect(codeOf(await post({ query: viewerQuery }, token, strict))).toBe('QUERY_NOT_IN_SAFELIST');
    expect(codeOf(await post({ query: '{ __schema { types { name } } }' }, token, strict))).toBe(
      'QUERY_NOT_IN_SAFELIST',
    );
    expect(codeOf(await post({ query: viewerQuery, extensions }, token, strict))).toBe('QUERY_NOT_IN_SAFELIST');
    expect(codeOf(await post({ extensions }, token, strict))).toBe('PERSISTED_QUERY_NOT_IN_LIST');
    const stream = await fetch(`${strict.httpUrl}/graphql/stream`, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: 'subscription { objectEvents(bucket: "nowhere") { key } }' }),
    });
    expect(await stream.json()).toMatchObject({ errors: [{ extensions: { code: 'QUERY_NOT_IN_SAFELIST' } }] });
  });

  test('global administrators may ask what they like, and everybody may sign in', async () => {
    expect(await strict.graphql(viewerQuery)).toMatchObject({ data: { viewer: { tenant: { name: 'default' } } } });
    const methods = '{ signInMethods(tenant: "default") { password } }';
    expect(codeOf(await post({ query: methods }, null, strict))).not.toBe('QUERY_NOT_IN_SAFELIST');
    const input = { username: 'ann', password: 'a-long-passphrase-of-hers', tenant: 'other' };
    const query = `mutation($input: LoginInput!) { login(input: $input) { ...Answer } }
      fragment Answer on LoginPayload { accessToken user { ...Own } userErrors { code } }
      fragment Own on User { username role }`;
    expect((await post({ query, variables: { input } }, null, strict)).data).toEqual({
      login: { accessToken: expect.any(String), user: { username: 'ann', role: 'MEMBER' }, userErrors: [] },
    });
  });

  test.each([
    ['what the user may', 'login(input: $input) { user { inlinePolicies { name document } } }'],
    [
      'who else is there',
      'login(input: $input) { user { ... on User { groups { members { nodes { username } } } } } }',
    ],
    ['the tenant', 'again: login(input: $input) { ...Answer }'],
    ['something beside', 'login(input: $input) { accessToken } createBucket(input: { name: "b" }) { bucket { name } }'],
  ])('signing in is no way to ask for %s', async (_name, fields) => {
    const query = `mutation($input: LoginInput!) { ${fields} } fragment Answer on LoginPayload { user { tenant { name } } }`;
    const input = { username: 'ann', password: 'a-long-passphrase-of-hers', tenant: 'other' };
    for (const token of [tokens[1], null]) {
      expect(codeOf(await post({ query, variables: { input } }, token, strict))).toBe('QUERY_NOT_IN_SAFELIST');
    }
  });
});

test.each([
  ['no JSON', 'nonsense', 'is not a manifest'],
  ['another format', '{"format":"other","version":1,"operations":[]}', 'is not a manifest'],
  [
    'an operation that the schema does not have',
    '{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"a","name":"A","body":"{ nothing }"}]}',
    'the operation A cannot be asked for: Cannot query field "nothing"',
  ],
])('a server does not start with a list that is %s', async (_name, content, message) => {
  await using directory = await temporaryDirectory();
  const persistedQueries = join(directory.path, 'manifest.json');
  await writeFile(persistedQueries, content);
  await expect(startTestServer({ persistedQueries })).rejects.toThrow(message);
});
