import pg from 'pg';
import { indexAll } from '../operations/search/search-fixture.js';
import { sendSigned } from '../s3/raw-request.js';
import type { TestServer } from '../support/server.js';
import { expectQuick } from './response-time.js';
import { expectAlive, openBesiegedServer, withstand } from './siege.js';

let server: TestServer;

beforeAll(async () => {
  server = await openBesiegedServer();
  for (const key of [
    'a'.repeat(900),
    `${'ab'.repeat(400)}/${'ba'.repeat(40)}`,
    '100%_\\.txt',
    "it's; DROP TABLE.txt",
  ]) {
    const path = `/bucket/${encodeURIComponent(key).replaceAll("'", '%27').replaceAll('%2F', '/')}`;
    expect((await sendSigned(server, { method: 'PUT', path, body: 'x' })).status).toBe(200);
  }
  await indexAll(server);
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

const query = `query($text: String, $filter: SearchFilter) {
  search(first: 100, text: $text, filter: $filter) { nodes { key } }
}`;

/** What a search finds or is refused with, by GraphQL, and the status of the same by REST. */
async function search(variables: { text?: string; filter?: { key?: string; prefix?: string } }) {
  const asked = Object.entries({ text: variables.text, ...variables.filter }).filter(
    ([, value]) => value !== undefined,
  );
  const parameters = new URLSearchParams(asked as [string, string][]);
  const headers = { authorization: `Bearer ${await server.login()}` };
  const [{ data, errors }, rest] = await Promise.all([
    server.graphql(query, variables),
    fetch(`${server.httpUrl}/v1/objects/search?${parameters}`, { headers }),
  ]);
  const body = (await rest.json()) as { objects?: { key: string }[]; detail?: string };
  return {
    keys: data?.search.nodes.map(({ key }: { key: string }) => key),
    code: errors?.[0]?.extensions?.code,
    message: errors?.[0]?.message,
    rest: { status: rest.status, keys: body.objects?.map(({ key }) => key), detail: body.detail },
  };
}

test.each([
  'a'.repeat(256),
  'ab '.repeat(85),
  "' OR 1=1 --",
  'a & !b | (c <-> d) :* \\',
  "it's:*",
  '%_%_%_%a',
  '\u202ea\u0301\u0301\u0301\u0301',
  `a${'\u0301'.repeat(255)}`,
  'ﷺ'.repeat(256),
  '\u{1d400}'.repeat(128),
])('a search for %j is answered, and by both doors alike', async (text) => {
  const found = await withstand(server, () => search({ text }));
  expect(found.code).toBeUndefined();
  expect(found.rest).toMatchObject({ status: 200, keys: found.keys });
});

test.each(['a'.repeat(257), 'a b c d e f g h i j k', '%_*?', '\u0000', '\ud800', '', "'"])(
  'a search for %j is refused, and by both doors alike',
  async (text) => {
    const { code, rest } = await withstand(server, () => search({ text }));
    expect([code, rest.status]).toEqual(['INVALID_INPUT', 400]);
  },
);

test.each([
  [`${'*a'.repeat(14)}*b*`, 200],
  [`${'?'.repeat(16)}a`, 200],
  [`${'*ab'.repeat(14)}*c`, 200],
  ['a'.repeat(1024), 200],
  ['100%_\\*', 200],
  ["*'s; DROP TABLE*", 200],
  [`${'*a'.repeat(17)}b`, 400],
  ['a'.repeat(1025), 400],
  ['*', 400],
  ['\u0000*', 400],
])('keys like %j are looked for without harm', async (key, status) => {
  const found = await withstand(server, () => search({ filter: { key } }));
  expect([found.code, found.rest.status]).toEqual([status === 200 ? undefined : 'INVALID_INPUT', status]);
  if (key.startsWith('100%') || key.startsWith("*'")) {
    expect(found.keys).toHaveLength(1);
  }
});

test('patterns made to be slow are not', async () => {
  const slow = async () => {
    await server.graphql(query, { filter: { key: `${'*aba?'.repeat(8)}*` } });
  };
  const ordinary = async () => {
    await server.graphql(query, { text: 'witness' });
  };
  await expectQuick({ attack: slow, ordinary, by: 'clock' });
});

test('a search that goes on for too long is ended and told so at both doors, while others are served', async () => {
  const locker = new pg.Client({ connectionString: server.settings.databaseUrl });
  await locker.connect();
  try {
    // Nothing in a test is large enough to look through for seconds; waiting counts as well.
    await locker.query('BEGIN; LOCK TABLE search_entry IN ACCESS EXCLUSIVE MODE');
    const searched = search({ text: 'witness' });
    await expectAlive(server);
    const { code, message, rest } = await searched;
    expect([code, message]).toEqual(['INVALID_INPUT', expect.stringContaining('too much to look through')]);
    expect(rest).toMatchObject({ status: 400, detail: message });
  } finally {
    await locker.query('ROLLBACK');
    await locker.end();
  }
  expect((await search({ text: 'witness' })).keys).toEqual(['witness']);
}, 60_000);
