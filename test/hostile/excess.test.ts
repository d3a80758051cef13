import { sendForm } from '../http/multipart.js';
import { sendSigned } from '../s3/raw-request.js';
import type { TestServer } from '../support/server.js';
import { expectQuick } from './response-time.js';
import { expectRefused, openBesiegedServer, withstand } from './siege.js';

let server: TestServer;

beforeAll(async () => {
  server = await openBesiegedServer();
  await server.login();
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

function repeat(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join(' ');
}

const fanOut = repeat(30, (n) => `fragment F${n} on Viewer { ...F${n + 1} ...F${n + 1} }`);

const excesses: [name: string, query: string][] = [
  ['1,000 aliases', `{ ${repeat(1000, (n) => `a${n}: viewer { roles }`)} }`],
  ['1,000 aliases of a meta field', `{ ${repeat(1000, (n) => `a${n}: __typename`)} }`],
  [
    '1,000 aliases of a mutation',
    `mutation { ${repeat(1000, (n) => `a${n}: createBucket(input: {name: "b${n}"}) { bucket { name } }`)} }`,
  ],
  [
    '1,000 aliases of a login',
    `mutation { ${repeat(1000, (n) => `a${n}: login(input: {username: "a", password: "${n}"}) { accessToken }`)} }`,
  ],
  [
    '100 aliases of a login',
    `mutation { ${repeat(100, (n) => `a${n}: login(input: {username: "a", password: "${n}"}) { accessToken }`)} }`,
  ],
  [
    'aliases in fragments',
    `{ ${repeat(100, () => '...A')} } fragment A on Query { ${repeat(20, (n) => `a${n}: viewer { roles }`)} }`,
  ],
  ['a fan-out of fragments', `{ viewer { ...F0 } } ${fanOut} fragment F30 on Viewer { roles }`],
  [
    'a fan-out of fields',
    `{ viewer { ...F0 } } ${fanOut.replaceAll('Viewer {', 'Viewer { x: roles')} fragment F30 on Viewer { roles }`,
  ],
  ['fragments in a circle', '{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }'],
  ['depth 100', `${'{ a '.repeat(100)}${'}'.repeat(100)}`],
  ['depth 100 of inline fragments', `${'{ viewer { user { ... on User '.repeat(33)} { id } ${'}}}'.repeat(33)}`],
  ['depth 1,000', `${'{ a '.repeat(1000)}${'}'.repeat(1000)}`],
  ['a list value of depth 1,900', `{ node(id: ${'['.repeat(1900)}${']'.repeat(1900)}) { id } }`],
  ['500 directives', `{ viewer { roles ${'@include(if: true) '.repeat(500)} } }`],
  ['20,000 tokens', `{ ${'viewer { roles } '.repeat(5000)} }`],
  [
    'pages inside pages',
    '{ buckets(first: 100) { nodes { objects(first: 100) { nodes { versions(first: 100) { nodes { key } } } } } } }',
  ],
  [
    'breadcrumbs inside breadcrumbs',
    '{ bucket(name: "a") { folder(path: "b/") { breadcrumb { breadcrumb { name } } } } }',
  ],
  [
    'groups of members of groups',
    `{ group(name: "a") { ${'members(first: 1) { nodes { groups { '.repeat(3)} name ${'} } } '.repeat(3)} } }`,
  ],
];

async function ordinary(): Promise<void> {
  expect((await server.graphql('{ viewer { roles } buckets(first: 10) { nodes { name } } }')).errors).toBeUndefined();
}

/** What is refused before its validation. The rest is refused by it. */
const notTooComplex: Record<string, string> = { 'a list value of depth 1,900': 'GRAPHQL_VALIDATION_FAILED' };

test.each(excesses)('66: %s are refused within 50 ms', async (name, query) => {
  const attack = async (round: number) => {
    // No two of them alike: what was refused once may be remembered.
    const { data, errors } = await server.graphql(`${query} # ${round}`);
    expect(data ?? null).toBeNull();
    expect(errors?.[0]?.extensions?.code).toBe(notTooComplex[name] ?? 'QUERY_TOO_COMPLEX');
  };
  await withstand(server, () => attack(-1));
  await expectQuick({ attack, ordinary, by: 'processor time' });
});

test('66: nobody in particular gets no further', async () => {
  for (const [name, query] of excesses) {
    const { data, errors } = await server.graphql(query, {}, null);
    expect([name, data ?? null, typeof errors?.[0]?.extensions?.code]).toEqual([name, null, 'string']);
  }
  await withstand(server, async () => undefined);
});

test('66: an answer of more items than one may have is an error, and quickly', async () => {
  await sendSigned(server, { method: 'PUT', path: '/deep' });
  const path = 'a/'.repeat(511);
  await sendSigned(server, { method: 'PUT', path: `/deep/${path}x`, body: 'x' });
  const folder = `folder(path: "${path}") { breadcrumb { name } }`;
  const { data } = await server.graphql(`{ bucket(name: "deep") { ${folder} } }`);
  expect(data.bucket.folder.breadcrumb.length).toBe(511);
  const folders = repeat(40, (n) => `a${n}: ${folder}`);
  for (const round of [1, 2]) {
    const answer = await withstand(server, () => server.graphql(`{ bucket(name: "deep") { ${folders} } } # ${round}`));
    expect(answer.data).toBeNull();
    expect(answer.errors).toEqual([
      {
        message: 'The answer has more than 20000 items in its lists: ask for less at once.',
        extensions: { code: 'QUERY_TOO_COMPLEX' },
      },
    ]);
  }
});

test('66: nor does it help to send it as a form', async () => {
  for (const [, query] of excesses.slice(0, 3)) {
    const form = [
      { name: 'operations', content: JSON.stringify({ query, variables: { file: null } }) },
      { name: 'map', content: '{"0":["variables.file"]}' },
      { name: '0', content: 'x', filename: 'x' },
    ];
    const { status, errors } = await withstand(server, () => sendForm(server, form));
    expect([status, errors?.[0]?.extensions?.code]).toEqual([400, 'QUERY_TOO_COMPLEX']);
  }
});

describe('67: pages larger than there may be', () => {
  const count = 1005;

  beforeAll(async () => {
    await sendSigned(server, { method: 'PUT', path: '/many' });
    const left = Array.from({ length: count }, (_, index) => index).values();
    const writer = async () => {
      for (const index of left) {
        await sendSigned(server, { method: 'PUT', path: `/many/${String(index).padStart(5, '0')}`, body: 'x' });
      }
    };
    await Promise.all(Array.from({ length: 8 }, writer));
  }, 60_000);

  test.each([
    ['list-type=2', 'max-keys', 'Contents'],
    ['', 'max-keys', 'Contents'],
    ['versions=', 'max-keys', 'Version'],
  ])('67: %s with %s 2^31 and more is capped at 1,000', async (list, name, entry) => {
    for (const size of ['2147483647', '2147483648', '4294967296', '9007199254740993', '9'.repeat(40), '1001']) {
      const { status, body } = await sendSigned(server, { path: `/many?${name}=${size}&${list}`.replace(/&$/, '') });
      expect(status).toBe(200);
      expect(body).toContain('<MaxKeys>1000</MaxKeys>');
      expect(body).toContain('<IsTruncated>true</IsTruncated>');
      expect(body.split(`<${entry}>`).length - 1).toBe(1000);
    }
    await withstand(server, async () => undefined);
  });

  test('67: so are pages of uploads and of parts', async () => {
    const uploads = await sendSigned(server, { path: '/many?uploads=&max-uploads=2147483648' });
    expect([uploads.status, /<MaxUploads>(\d+)</.exec(uploads.body)?.[1]]).toEqual([200, '1000']);
    const { body } = await sendSigned(server, { method: 'POST', path: '/many/big?uploads=' });
    const uploadId = /<UploadId>(\w+)</.exec(body)?.[1];
    const parts = await sendSigned(server, { path: `/many/big?uploadId=${uploadId}&max-parts=2147483648` });
    expect([parts.status, /<MaxParts>(\d+)</.exec(parts.body)?.[1]]).toEqual([200, '1000']);
  });

  test.each(['-1', '-2147483649', '1e9', '0x10', 'NaN', '1.5', '%00', '१'])(
    '67: max-keys %s is InvalidArgument',
    async (size) => {
      for (const list of ['&list-type=2', '', '&versions=']) {
        const path = `/many?max-keys=${encodeURIComponent(decodeURIComponent(size))}${list}`;
        const answer: [number, string] = size === '%00' ? [400, 'InvalidURI'] : [400, 'InvalidArgument'];
        await expectRefused(server, () => sendSigned(server, { path }), answer);
      }
    },
  );

  test('67: GraphQL refuses a page of more than 100', async () => {
    for (const first of [101, 2 ** 31 - 1, -1, 0]) {
      const query = `{ bucket(name: "many") { objects(first: ${first}) { nodes { key } } } }`;
      const { data, errors } = await withstand(server, () => server.graphql(query));
      expect(data?.bucket ?? null).toBeNull();
      expect(errors?.[0]?.extensions?.code).toMatch(/^(INVALID_INPUT|QUERY_TOO_COMPLEX)$/);
    }
    const { errors } = await server.graphql('{ buckets(first: 2147483648) { nodes { name } } }');
    expect(errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});
