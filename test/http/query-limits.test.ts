import { quickest } from '../support/quickest.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.login();
});

afterAll(async () => server.stop());

const fanOut = [...Array(30).keys()].map((n) => `fragment F${n} on Viewer { ...F${n + 1} ...F${n + 1} }`).join(' ');

const excesses: [string, string][] = [
  ['1,000 aliases', `{ ${[...Array(1000).keys()].map((n) => `a${n}: viewer { roles }`).join(' ')} }`],
  ['1,000 aliases of a meta field', `{ ${[...Array(1000).keys()].map((n) => `a${n}: __typename`).join(' ')} }`],
  ['a fan-out of fragments', `{ viewer { ...F0 } } ${fanOut} fragment F30 on Viewer { roles }`],
  [
    'a fan-out of fields',
    `{ viewer { ...F0 } } ${fanOut.replaceAll('Viewer {', 'Viewer { x: roles')} fragment F30 on Viewer { roles }`,
  ],
  ['fragments in a circle', '{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }'],
  ['depth 100', `${'{ a '.repeat(100)}${'}'.repeat(100)}`],
  ['depth 1,000', `${'{ a '.repeat(1000)}${'}'.repeat(1000)}`],
  ['500 directives', `{ viewer { roles ${'@include(if: true) '.repeat(500)} } }`],
  ['60 root fields', `{ ${'viewer { roles } '.repeat(60)} }`],
  ['60 root fields in a fragment', `{ ...A } fragment A on Query { ${'viewer { roles } '.repeat(60)} }`],
  ['20,000 tokens', `{ ${'viewer { roles } '.repeat(5000)} }`],
];

test.each(excesses)('%s are refused in under 50 ms', async (_name, query) => {
  const took = await quickest(async () => {
    const { data, errors } = await server.graphql(query);
    expect(data ?? undefined).toBeUndefined();
    expect(errors?.[0]?.extensions?.code).toBe('QUERY_TOO_COMPLEX');
  });
  // The bound is of the server's work; a machine shared with other tests needs a lot of slack.
  expect(took).toBeLessThan(1000);
});

test('pages inside pages cost what they can give', async () => {
  const page = 'nodes { versions(first: 100) { nodes { key } } }';
  const query = `{ buckets(first: 100) { nodes { objects(first: 100) { ${page} } } } }`;
  expect((await server.graphql(query)).errors?.[0]?.extensions?.code).toBe('QUERY_TOO_COMPLEX');
});

test('an ordinary page, and the whole schema, are not too much', async () => {
  const page = '{ buckets(first: 50) { totalCount nodes { id name owner { username } usage { bytes } } } }';
  expect((await server.graphql(page)).errors).toBeUndefined();
  const { getIntrospectionQuery } = await import('graphql');
  const introspection = getIntrospectionQuery({
    inputValueDeprecation: true,
    specifiedByUrl: true,
    descriptions: true,
  });
  expect((await server.graphql(introspection, {}, null)).errors).toBeUndefined();
});

test('every answer says what it cost, by the formula that is documented', async () => {
  const limit = 20_000;
  const costs: [query: string, requested: number][] = [
    ['{ viewer { roles } }', 1 + 1],
    // The field, and for each of 50 rows: `nodes`, and in it two fields.
    ['{ buckets(first: 50) { nodes { id name } } }', 1 + 50 * (1 + 2)],
    ['{ buckets(first: 50) { totalCount } }', 1 + 50 * 50],
    ['{ nodes(ids: ["a", "b"]) { id } }', 1 + 2 * 1],
    ['{ viewer { ...on Viewer { roles @include(if: false) } } }', 1],
  ];
  for (const [query, requested] of costs) {
    expect([query, (await server.graphql(query)).extensions]).toEqual([query, { cost: { requested, limit } }]);
  }
  const dear = '{ buckets(first: 100) { nodes { objects(first: 100) { nodes { key size } } } } }';
  const { errors, extensions } = await server.graphql(dear);
  expect(errors?.[0]?.message).toContain('costs 30201');
  expect(extensions).toEqual({ cost: { requested: 30_201, limit } });
});

test('a GET with an odd Content-Type is refused', async () => {
  const url = `${server.httpUrl}/graphql?query=${encodeURIComponent('{ __typename }')}`;
  const ask = (type: string) => fetch(url, { headers: { 'content-type': type, 'apollo-require-preflight': 'true' } });
  expect((await ask('text/plain')).status).toBe(415);
  expect((await ask('application/json; charset=utf-8')).status).toBe(200);
  expect((await ask('nonsense')).status).toBe(415);
});

test('a batch is refused', async () => {
  const response = await fetch(`${server.httpUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
  });
  expect(response.status).toBe(400);
});
