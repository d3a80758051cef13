import { CreateBucketCommand } from '@aws-sdk/client-s3';
import pg from 'pg';
import { indexAll, type PutInput, put, searchKeys } from '../operations/search/search-fixture.js';
import { makeS3User, s3Password } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

const objects: PutInput[] = [
  { Key: 'invoices/2024/Acme Invoice 17.pdf', ContentType: 'application/pdf', size: 300, Tagging: 'team=sales' },
  {
    Key: 'invoices/2025/globex-invoice.pdf',
    ContentType: 'application/pdf',
    size: 50,
    Tagging: 'team=legal&year=2025',
  },
  { Key: 'photos/Ärger_im_Park.JPG', ContentType: 'image/jpeg', size: 2000, Metadata: { camera: 'Leica M6' } },
  { Key: 'photos/summerHoliday.png', ContentType: 'image/png; q=1', size: 1000, Metadata: { note: 'acme party' } },
  { Key: '東京/地図.txt', ContentType: 'text/plain', size: 5 },
  { Key: 'old/100%_done.txt', ContentType: 'text/plain', size: 7, StorageClass: 'STANDARD_IA' },
];

beforeAll(async () => {
  server = await startTestServer();
  for (const Bucket of ['docs', 'other']) {
    await server.s3.send(new CreateBucketCommand({ Bucket }));
  }
  for (const object of objects) {
    await put(server.s3, { Bucket: 'docs', ...object });
  }
  const { s3 } = await makeS3User(server, { username: 'mia', role: 'TENANT_ADMINISTRATOR' });
  await put(s3, { Bucket: 'other', Key: 'acme/report.txt', ContentType: 'text/plain', size: 10 });
  await indexAll(server);
});

afterAll(() => server?.stop());

const [acme, globex, angry, summer, tokyo, done] = objects.map(({ Key }) => Key) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const report = 'acme/report.txt';

test.each([
  ['one word, the best place first', 'text: "acme"', [acme, report, summer]],
  ['several words, all of them', 'text: "invoice ACME"', [acme]],
  ['the beginning of a word', 'text: "invo"', [globex, acme]],
  ['parts of a word', 'text: "holiday summer"', [summer]],
  ['without accents', 'text: "arger"', [angry]],
  ['with other accents', 'text: "ÂRGER"', [angry]],
  ['any script', 'text: "東京"', [tokyo]],
  ['words of metadata', 'text: "leica"', [angry]],
  ['words of tags', 'text: "legal"', [globex]],
  ['a letter wrong', 'text: "invoise"', [globex, acme]],
  ['a letter left out', 'text: "globx"', [globex]],
  ['letters swapped', 'text: "golbex"', [globex]],
  ['no mistyped word when it is not wanted', 'text: "golbex", matchTypos: false', []],
  ['a pattern of the key', 'filter: { key: "*.pdf" }', [acme, globex]],
  ['without regard to case', 'filter: { key: "PHOTOS/?RGER*.jpg" }', [angry]],
  ['with a question mark for one character', 'filter: { key: "東?/*" }', [tokyo]],
  ['whose characters mean something to SQL', 'filter: { key: "*100%_*" }', [done]],
  ['a whole key', 'filter: { key: "acme/report.txt" }', [report]],
  ['a short pattern', 'filter: { key: "*g?o*" }', [globex]],
  ['a prefix, exactly', 'filter: { prefix: "photos/" }', [summer, angry]],
  ['another prefix', 'filter: { prefix: "Photos/" }', []],
  ['a tag', 'filter: { tags: [{ key: "team", value: "legal" }] }', [globex]],
  ['two tags', 'filter: { tags: [{ key: "team", value: "sales" }, { key: "year", value: "2025" }] }', []],
  ['metadata', 'filter: { metadata: [{ name: "Camera", value: "Leica M6" }] }', [angry]],
  ['a content type', 'filter: { contentType: "image/png" }', [summer]],
  ['a kind of content', 'filter: { contentType: "image/*" }', [summer, angry]],
  ['a least size', 'filter: { minSize: 1000 }', [summer, angry]],
  ['a greatest size', 'filter: { maxSize: 7 }', [done, tokyo]],
  ['a storage class', 'filter: { storageClass: STANDARD_IA }', [done]],
  ['an owner', 'filter: { owner: "mia" }', [report]],
  ['an owner who is nobody', 'filter: { owner: "nobody" }', []],
  ['buckets', 'filter: { buckets: ["other"] }', [report]],
  ['a date', 'filter: { createdAfter: "2100-01-01T00:00:00Z" }', []],
  ['a date to come', 'text: "report", filter: { createdBefore: "2100-01-01T00:00:00Z" }', [report]],
  ['all of it at once', 'text: "acme", filter: { contentType: "application/*", maxSize: 400, key: "inv*" }', [acme]],
])('finds %s', async (_, args, expected) => {
  expect(await searchKeys(server, args)).toEqual(expected);
});

test('results are sorted by name, size and date, both ways', async () => {
  const order = (field: string, direction: string) =>
    searchKeys(server, `filter: { buckets: ["docs"] }, orderBy: { field: ${field}, direction: ${direction} }`);
  const byName = [acme, globex, done, summer, angry, tokyo];
  expect(await order('NAME', 'ASC')).toEqual(byName);
  expect(await order('NAME', 'DESC')).toEqual(byName.toReversed());
  const bySize = [tokyo, done, globex, acme, summer, angry];
  expect(await order('SIZE', 'ASC')).toEqual(bySize);
  expect(await order('SIZE', 'DESC')).toEqual(bySize.toReversed());
  expect(await order('DATE', 'ASC')).toEqual(objects.map(({ Key }) => Key));
  expect(await order('DATE', 'DESC')).toEqual(objects.map(({ Key }) => Key).toReversed());
});

test.each([
  'text: "acme"',
  'text: "acme", orderBy: { field: RELEVANCE, direction: ASC }',
  'orderBy: { field: NAME }',
  'orderBy: { field: NAME, direction: DESC }',
  'orderBy: { field: SIZE }',
  'orderBy: { field: DATE, direction: ASC }',
])('pages of one and of two show all of %s, each once', async (args) => {
  const all = await searchKeys(server, args);
  for (const size of [1, 2]) {
    const seen: string[] = [];
    for (let after: string | null = null, isMore = true; isMore; ) {
      const { data, errors } = await server.graphql(
        `query($after: String) { search(first: ${size}, after: $after, ${args}) {
          nodes { key } edges { cursor } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      expect(errors).toBeUndefined();
      const { nodes, edges, pageInfo } = data.search;
      seen.push(...nodes.map(({ key }: { key: string }) => key));
      expect(pageInfo.endCursor).toHaveLength(edges.at(-1).cursor.length);
      after = pageInfo.endCursor;
      isMore = pageInfo.hasNextPage;
    }
    expect(seen).toEqual(all);
  }
});

test('a cursor says nothing, and counts for its search and its caller only', async () => {
  const query = 'query($after: String) { search(first: 1, after: $after) { pageInfo { endCursor } } }';
  const { data } = await server.graphql(query);
  const { endCursor } = data.search.pageInfo;
  expect(Buffer.from(endCursor, 'base64url').toString('latin1')).not.toContain('acme');
  const mia = await server.login('mia', 'a long enough password 1');
  const other = (args: string) => query.replace('after: $after', `after: $after, ${args}`);
  for (const [text, cursor, token] of [
    [query, 'bm9uc2Vuc2U', undefined],
    [query, '', undefined],
    [query, 'x'.repeat(100_000), undefined],
    [query, endCursor, mia],
    [other('orderBy: { field: SIZE }'), endCursor, undefined],
    [other('orderBy: { field: NAME, direction: DESC }'), endCursor, undefined],
    [other('filter: { prefix: "photos/" }'), endCursor, undefined],
    [other('filter: { tags: [{ key: "team", value: "legal" }] }'), endCursor, undefined],
    [other('filter: { createdBefore: "2100-01-01T00:00:00Z" }'), endCursor, undefined],
    [other('filter: { buckets: ["docs"] }'), endCursor, undefined],
    [other('text: "acme", orderBy: { field: NAME }'), endCursor, undefined],
    [other('matchTypos: false'), endCursor, undefined],
  ] as const) {
    const { errors } = await server.graphql(text, { after: cursor }, token);
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'INVALID_INPUT' } });
  }
  const more = await server.graphql(query.replace('first: 1', 'first: 5'), { after: endCursor });
  expect(more.errors).toBeUndefined();
});

test.each([
  ['text: ""', 'no word'],
  ['text: "   "', 'no word'],
  ['text: "* ? !"', 'no word'],
  [`text: "${'word '.repeat(2000)}"`, '256 characters'],
  ['text: "a b c d e f g h i j k"', 'ten|10 words'],
  ['filter: { key: "***" }', 'wildcards'],
  ['filter: { key: "" }', 'wildcards'],
  [`filter: { key: "${'*a'.repeat(30)}" }`, '16 wildcards'],
  [`filter: { key: "${'a'.repeat(2000)}" }`, '1024'],
  ['filter: { key: "a\\u0000" }', 'NUL'],
  ['filter: { contentType: "image" }', 'image/'],
  ['filter: { contentType: "*/*" }', 'image/'],
  ['filter: { minSize: -1 }', 'number of bytes'],
  ['filter: { minSize: 2, maxSize: 1 }', 'greater'],
  ['filter: { createdAfter: "2025-01-02T00:00:00Z", createdBefore: "2025-01-01T00:00:00Z" }', 'ends before'],
  ['filter: { buckets: [] }', '1 to 100'],
  ['filter: { buckets: ["nowhere"] }', 'does not exist'],
  ['filter: { prefix: "a\\u0000" }', 'NUL'],
  ['orderBy: { field: RELEVANCE }', 'relevance'],
  ['tenant: "nobody"', 'no tenant'],
])('a search by %s gets a clear error', async (args, message) => {
  await expect(searchKeys(server, args)).rejects.toThrow(new RegExp(message));
});

test.each(["'; DROP TABLE search_entry; --", 'a:* & !b | (c <-> d)', '\\\\ a', "a' | 'b", '%a_', 'a\u0000b'])(
  'text that means something to a database is text: %s',
  async (text) => {
    const { errors } = await server.graphql(
      'query($text: String, $key: String) { a: search(first: 1, text: $text) { nodes { key } } b: search(first: 1, filter: { key: $key }) { nodes { key } } }',
      { text, key: text.replace('\0', '') },
    );
    expect(errors).toBeUndefined();
  },
);

test('a page must have a size of 1 to 100', async () => {
  for (const [args, message] of [
    ['text: "acme"', 'Give "first", 1 to 100.'],
    ['first: 0', '"first" must be 1 to 100.'],
    ['first: 101', '"first" must be 1 to 100.'],
  ]) {
    const { errors } = await server.graphql(`{ search(${args}) { nodes { key } } }`);
    expect(errors?.[0]?.message).toBe(message);
  }
});

const manySearches = (count: number) =>
  `{ ${Array.from({ length: count }, (_, i) => `s${i}: search(first: 1, text: "acme") { nodes { key } }`).join(' ')} }`;

/** Does something while searches cannot go on. `running` waits until so many of them have begun. */
async function whileSearchesWait(work: (running: (count: number) => Promise<void>) => Promise<void>) {
  const locker = new pg.Client({ connectionString: server.settings.databaseUrl });
  await locker.connect();
  const find = `SELECT FROM pg_locks WHERE relation = 'search_entry'::regclass AND NOT granted`;
  try {
    await locker.query('BEGIN; LOCK TABLE search_entry IN ACCESS EXCLUSIVE MODE');
    await work(async (count) => {
      while ((await locker.query(find)).rowCount !== count) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
  } finally {
    await locker.end();
  }
}

test('a search costs more than a field does, and of many at once a few run, which leave room for others', async () => {
  const one = await server.graphql('{ search(first: 1) { nodes { key } } }');
  expect(one.extensions?.cost).toMatchObject({ requested: 202 });
  const mia = await server.login('mia', s3Password);
  const asked: ReturnType<TestServer['graphql']>[] = [];
  await whileSearchesWait(async (running) => {
    asked.push(server.graphql(manySearches(40)));
    await running(2);
    asked.push(server.graphql(manySearches(2), {}, mia));
    await running(3);
    await server.graphql('{ viewer { id } }');
    await running(3);
  });
  const answers = await Promise.all(asked);
  expect(answers.map(({ errors }) => errors)).toEqual([undefined, undefined]);
  expect(answers.map(({ data }) => Object.values(data).length)).toEqual([40, 2]);
});

test('a user with very many searches under way is told so at both doors', async () => {
  const headers = { authorization: `Bearer ${await server.login()}` };
  const asked: Promise<unknown>[] = [];
  await whileSearchesWait(async (running) => {
    // Two run and 38 wait. A few more are let in, also in the place of one that has taken too long meanwhile.
    asked.push(server.graphql(manySearches(40)));
    await running(2);
    const byRest = Array.from({ length: 20 }, async () => {
      const response = await fetch(`${server.httpUrl}/v1/objects/search?text=acme`, { headers });
      return response.status === 429 ? response : Promise.reject(new Error(String(response.status)));
    });
    asked.push(Promise.allSettled(byRest));
    const refused = await Promise.any(byRest);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED', reason: 'SlowDown' });
    const { errors } = await server.graphql(manySearches(20));
    expect(errors).toContainEqual(
      expect.objectContaining({
        message: '40 searches of yours wait already, more than that cannot. Try again in 5 s.',
        extensions: { code: 'RATE_LIMITED', reason: 'SlowDown', retryAfter: 5 },
      }),
    );
  });
  await Promise.all(asked);
});

test('the time that a search may take is that of all its steps, and REST has the same', async () => {
  const locker = new pg.Client({ connectionString: server.settings.databaseUrl });
  await locker.connect();
  try {
    await locker.query('BEGIN; LOCK TABLE search_word IN ACCESS EXCLUSIVE MODE');
    const headers = { authorization: `Bearer ${await server.login()}` };
    const [{ errors }, rest] = await Promise.all([
      server.graphql('{ search(first: 1, text: "invoise") { nodes { key } } }'),
      fetch(`${server.httpUrl}/v1/objects/search?text=invoise`, { headers }),
    ]);
    expect(errors?.[0]?.message).toContain('too much to look through');
    expect(rest.status).toBe(400);
  } finally {
    await locker.end();
  }
});

test('a search says until when it knows everything', async () => {
  const { data } = await server.graphql('{ search(first: 1) { indexedUntil } }');
  expect(Math.abs(Date.parse(data.search.indexedUntil) - Date.now())).toBeLessThan(60_000);
  await indexAll(server);
  const before = Date.now();
  await put(server.s3, { Bucket: 'other', Key: 'later' });
  await new Promise((resolve) => setTimeout(resolve, 5));
  const late = await server.graphql('{ search(first: 1) { indexedUntil } }');
  expect(Date.parse(late.data.search.indexedUntil)).toBeGreaterThanOrEqual(before - 1000);
  expect(Date.parse(late.data.search.indexedUntil)).toBeLessThan(Date.now());
  await indexAll(server);
});
