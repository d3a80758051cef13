import { Validator } from '@seriousme/openapi-schema-validator';
import pg from 'pg';
import { openTenant } from '../hostile/tenant-member.js';
import { indexAll } from '../operations/search/search-fixture.js';
import { eventually } from '../support/process.js';
import { makeS3User } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';

interface Operation {
  operationId: string;
  responses: Record<string, { content?: Record<string, { schema: JsonSchema }> }>;
}

interface JsonSchema {
  required?: string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  additionalProperties?: unknown;
}

let server: TestServer;
let document: { openapi: string; paths: Record<string, Record<string, Operation>> };
let reader: string;
const answered = new Set<string>();

beforeAll(async () => {
  server = await startTestServer({ maxUploadSize: 1_000_000 });
  document = (await (await fetch(`${server.httpUrl}/v1/openapi.json`)).json()) as typeof document;
  for (const name of ['rest', 'kept']) {
    const { data } = await server.graphql(
      'mutation($input: CreateBucketInput!) { createBucket(input: $input) { userErrors { message } } }',
      { input: { name, ...(name === 'kept' ? { versioning: 'ENABLED', objectLock: {} } : {}) } },
    );
    expect(data.createBucket.userErrors).toEqual([]);
  }
  await makeS3User(server, { username: 'reader', role: 'READ_ONLY' });
  reader = await server.login('reader', 'a long enough password 1');
});

afterAll(() => server?.stop());

// biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of what it asked for.
const bodyOf = (response: Response): Promise<any> => response.json();

/** Sends a request, and notes what of the document it has shown. */
async function send(
  operationId: string,
  path: string,
  { token, ...init }: RequestInit & { token?: string | null; headers?: Record<string, string> } = {},
): Promise<Response> {
  const bearer = token === undefined ? await server.login() : token;
  const [, method, operation] = found(operationId);
  const response = await fetch(`${server.httpUrl}${path}`, {
    method,
    ...init,
    headers: { ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }), ...init.headers },
  });
  const status = operation.responses[response.status] === undefined ? 'default' : String(response.status);
  answered.add(`${operationId} ${status}`);
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  const described = operation.responses[status]?.content?.[type];
  if (type.endsWith('json') && described !== undefined) {
    expectFit(await response.clone().json(), described.schema);
  }
  if (response.status >= 400 && method !== 'HEAD') {
    expect(type).toBe('application/problem+json');
  }
  return response;
}

function found(operationId: string): [path: string, method: string, operation: Operation] {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.operationId === operationId) {
        return [path, method.toUpperCase(), operation];
      }
    }
  }
  throw new Error(`No operation ${operationId}`);
}

function expectFit(value: unknown, schema: JsonSchema): void {
  if (Array.isArray(value)) {
    for (const item of value) {
      expectFit(item, schema.items ?? {});
    }
  } else if (typeof value === 'object' && value !== null && schema.properties !== undefined) {
    expect(Object.keys(value)).toEqual(expect.arrayContaining(schema.required ?? []));
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(value)));
    for (const [name, item] of Object.entries(value)) {
      expectFit(item, schema.properties[name] ?? {});
    }
  }
}

const create = (query: string, init: Parameters<typeof send>[2] = {}) =>
  send('createObject', `/v1/objects?${query}`, { body: 'hello', ...init });

/** Makes an object, and gives its id. */
async function made(query: string, init: Parameters<typeof send>[2] = {}): Promise<string> {
  const response = await create(query, init);
  expect(response.status).toBe(201);
  return (await bodyOf(response)).id;
}

test('the document is one of OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(document.openapi).toBe('3.1.0');
});

test('an object is stored with all that is said of it, and read by id and by key', async () => {
  const kept = {
    ...{ 'cache-control': 'max-age=5', 'content-encoding': 'x-own' },
    ...{ 'content-language': 'de', expires: 'Thu, 01 Jan 2032 00:00:00 GMT' },
  };
  const response = await create(
    'bucket=rest&key=a/b%20c.txt&metadata=author=Ann&tag=team=blue&storageClass=STANDARD_IA',
    {
      headers: { 'content-type': 'text/plain', ...kept },
    },
  );
  expect(response.status).toBe(201);
  const object = await bodyOf(response);
  expect(object).toMatchObject({
    ...{ bucket: 'rest', key: 'a/b c.txt', size: 5, contentType: 'text/plain', storageClass: 'STANDARD_IA' },
    ...{ isLatest: true, versionId: 'null', metadata: { author: 'Ann' }, tags: { team: 'blue' } },
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  });
  expect(response.headers.get('location')).toBe(`${server.httpUrl}/v1/objects/${object.id}`);
  const byId = await send('getObjectById', `/v1/objects/${object.id}`);
  expect(await byId.text()).toBe('hello');
  expect(Object.fromEntries(byId.headers)).toMatchObject(kept);
  expect(byId.headers.get('content-security-policy')).toContain('sandbox');
  expect(byId.headers.get('x-content-type-options')).toBe('nosniff');
  expect(await (await send('getObject', '/v1/objects/rest/a/b%20c.txt')).text()).toBe('hello');
  const details = await send('getObject', '/v1/objects/rest/a/b%20c.txt?view=details');
  expect(await details.json()).toEqual(object);
  expect(await (await send('getObjectById', `/v1/objects/${object.id}?view=details`)).json()).toEqual(object);
});

test('a form is stored as well', async () => {
  const form = new FormData();
  form.set('key', 'über/form.bin');
  form.append('metadata', 'a=1');
  form.append('metadata', 'b=2');
  form.set('contentType', 'image/png');
  form.set('file', new Blob(['content']), 'ignored.txt');
  const response = await create('bucket=rest', { body: form });
  expect(await response.json()).toMatchObject({
    ...{ bucket: 'rest', key: 'über/form.bin', size: 7, contentType: 'image/png', metadata: { a: '1', b: '2' } },
  });
  const without = new FormData();
  without.set('key', 'x');
  expect((await create('bucket=rest', { body: without })).status).toBe(400);
  const unknown = new FormData();
  unknown.set('secret', 'x');
  unknown.set('file', new Blob(['content']));
  expect((await create('bucket=rest', { body: unknown })).status).toBe(400);
  const broken = { body: 'nonsense', headers: { 'content-type': 'multipart/form-data; boundary=x' } };
  expect((await create('bucket=rest&key=x', broken)).status).toBe(400);
  const bare = { body: 'nonsense', headers: { 'content-type': 'multipart/form-data' } };
  expect((await create('bucket=rest&key=x', bare)).status).toBe(400);
});

test('ranges and conditions count for reads, and conditions for writes', async () => {
  const id = await made('bucket=rest&key=conditions');
  const first = await send('getObject', '/v1/objects/rest/conditions', { headers: { range: 'bytes=1-2' } });
  expect([first.status, await first.text(), first.headers.get('content-range')]).toEqual([206, 'el', 'bytes 1-2/5']);
  const etag = first.headers.get('etag') ?? '';
  for (const [name, path] of [
    ['ById', `/v1/objects/${id}`],
    ['', '/v1/objects/rest/conditions'],
  ]) {
    const get = (headers: Record<string, string>) => send(`getObject${name}`, `${path}`, { headers });
    const head = (headers: Record<string, string>) => send(`headObject${name}`, `${path}`, { headers });
    expect((await get({ range: 'bytes=-3' })).status).toBe(206);
    expect((await get({ range: 'bytes=9-' })).status).toBe(416);
    expect((await get({ 'if-none-match': etag })).status).toBe(304);
    expect((await get({ 'if-match': '"other"' })).status).toBe(412);
    const all = await head({});
    expect([all.status, all.headers.get('content-length'), await all.text()]).toEqual([200, '5', '']);
    expect((await head({ 'if-none-match': etag })).status).toBe(304);
    expect((await head({ 'if-match': '"other"' })).status).toBe(412);
  }
  const query = 'bucket=rest&key=conditions';
  expect((await create(query, { headers: { 'if-none-match': '*' } })).status).toBe(412);
  expect((await create(query, { headers: { 'if-match': '"other"' } })).status).toBe(412);
  expect((await create(query, { headers: { 'if-none-match': etag } })).status).toBe(400);
  expect((await create(query, { headers: { 'if-match': etag } })).status).toBe(201);
});

test('what does not fit is refused as a problem, and nothing is stored', async () => {
  const before = await server.granary.database.pool.query('SELECT count(*) FROM object_version');
  for (const query of [
    'bucket=rest',
    'key=x',
    'bucket=rest&key=',
    'bucket=rest&key=a%00b',
    'bucket=rest&key=x&metadata=author',
    'bucket=rest&key=x&tag=a=1&tag=a=2',
    'bucket=rest&key=x&storageClass=PAPER',
    'bucket=rest&key=x&sha256=12',
    `bucket=rest&key=x&sha256=${'0'.repeat(64)}`,
    `bucket=rest&key=${'k'.repeat(1100)}`,
  ]) {
    expect([query, (await create(query)).status]).toEqual([query, 400]);
  }
  expect((await create('bucket=nowhere&key=x')).status).toBe(404);
  expect((await create('bucket=rest&key=x', { token: reader })).status).toBe(403);
  expect((await create('bucket=rest&key=x', { token: null })).status).toBe(401);
  expect((await create('bucket=rest&key=x', { token: 'nonsense' })).status).toBe(401);
  expect((await create('bucket=rest&key=x', { body: 'x'.repeat(1_000_001) })).status).toBe(413);
  const after = await server.granary.database.pool.query('SELECT count(*) FROM object_version');
  expect(after.rows).toEqual(before.rows);
  const problem = await (await create('bucket=nowhere&key=x')).json();
  expect(problem).toMatchObject({ status: 404, reason: 'NoSuchBucket', code: 'NOT_FOUND', title: 'Not Found' });
});

test('lists go page by page, with a link to the next', async () => {
  for (const key of ['list/1', 'list/2', 'list/sub/3', 'list/sub/4', 'list/z']) {
    await made(`bucket=rest&key=${key}`);
  }
  const keys: string[] = [];
  const folders: string[] = [];
  for (
    let path: string | undefined = '/v1/objects?bucket=rest&prefix=list/&delimiter=/&limit=2';
    path !== undefined;
  ) {
    const response = await send('listObjects', path);
    const page = await bodyOf(response);
    keys.push(...page.objects.map(({ key }: { key: string }) => key));
    folders.push(...page.folders);
    path = /<(.*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    expect(path === undefined).toBe(page.nextCursor === null);
  }
  expect({ keys, folders }).toEqual({ keys: ['list/1', 'list/2', 'list/z'], folders: ['list/sub/'] });
  const list = (query: string, token?: string | null) =>
    send('listObjects', `/v1/objects?${query}`, token === undefined ? {} : { token });
  for (const query of ['', 'bucket=rest&limit=0', 'bucket=rest&limit=x', 'bucket=rest&cursor=nonsense']) {
    expect([query, (await list(query)).status]).toEqual([query, 400]);
  }
  expect((await list('bucket=nowhere')).status).toBe(404);
  expect((await list('bucket=rest', null)).status).toBe(401);
  await makeS3User(server, { username: 'nobody' });
  const nobody = await server.login('nobody', 'a long enough password 1');
  expect((await list('bucket=rest', nobody)).status).toBe(403);
  expect((await send('searchObjects', '/v1/objects/search?bucket=rest', { token: nobody })).status).toBe(403);
  for (const operation of ['getObject', 'headObject', 'deleteObject']) {
    expect((await send(operation, '/v1/objects/rest/list/1', { token: nobody })).status).toBe(403);
  }
  expect((await create('bucket=rest&key=list/1', { token: nobody })).status).toBe(403);
});

test('search takes everything that GraphQL takes', async () => {
  await made('bucket=rest&key=found/walrus.png&tag=sea=yes&metadata=note=tusks', {
    headers: { 'content-type': 'image/png' },
  });
  await made('bucket=rest&key=found/walrus.txt', { headers: { 'content-type': 'text/plain' } });
  await indexAll(server);
  const search = async (query: string) => {
    const response = await send('searchObjects', `/v1/objects/search?${query}`);
    expect([query, response.status]).toEqual([query, 200]);
    return (await bodyOf(response)).objects.map(({ key }: { key: string }) => key);
  };
  const png = 'found/walrus.png';
  const txt = 'found/walrus.txt';
  expect(await search('text=walrus&sort=name')).toEqual([png, txt]);
  expect(await search('text=walrus&sort=name&direction=desc')).toEqual([txt, png]);
  expect(await search('text=warlus&sort=name')).toEqual([png, txt]);
  expect(await search('text=warlus&typos=false')).toEqual([]);
  const all = 'key=*walrus*&tag=sea=yes&metadata=Note=tusks&contentType=image/*&minSize=1&maxSize=9&owner=admin';
  expect(
    await search(`${all}&bucket=rest&bucket=kept&createdAfter=2020-01-01T00:00:00Z&storageClass=STANDARD`),
  ).toEqual([png]);
  const first = await send('searchObjects', '/v1/objects/search?text=walrus&sort=name&limit=1');
  const next = /<(.*)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  expect((await bodyOf(await send('searchObjects', next))).objects[0].key).toBe(txt);
  for (const query of ['text=', 'key=**', 'sort=color', 'createdAfter=yesterday', 'tag=x', 'cursor=x', 'limit=101']) {
    expect([query, (await send('searchObjects', `/v1/objects/search?${query}`)).status]).toEqual([query, 400]);
  }
  expect((await send('searchObjects', '/v1/objects/search?bucket=nowhere')).status).toBe(404);
  expect((await send('searchObjects', '/v1/objects/search', { token: null })).status).toBe(401);
});

test('objects are deleted by key, and versions by id', async () => {
  await made('bucket=rest&key=gone');
  expect((await send('deleteObject', '/v1/objects/rest/gone', { token: reader })).status).toBe(403);
  expect((await send('deleteObject', '/v1/objects/rest/gone', { token: null })).status).toBe(401);
  expect((await send('deleteObject', '/v1/objects/rest/gone?versionId=x')).status).toBe(400);
  expect((await send('deleteObject', '/v1/objects/rest/gone')).status).toBe(204);
  expect((await send('deleteObject', '/v1/objects/rest/gone')).status).toBe(404);
  const old = await made('bucket=kept&key=doc', { body: 'old' });
  const current = await made('bucket=kept&key=doc', { body: 'new' });
  expect(await (await send('getObjectById', `/v1/objects/${old}`)).text()).toBe('old');
  expect((await send('deleteObjectById', `/v1/objects/${current}`, { token: reader })).status).toBe(403);
  expect((await send('deleteObjectById', `/v1/objects/${current}`, { token: null })).status).toBe(401);
  expect((await send('deleteObjectById', `/v1/objects/${current}`)).status).toBe(204);
  expect((await send('deleteObjectById', `/v1/objects/${current}`)).status).toBe(404);
  expect(await (await send('getObject', '/v1/objects/kept/doc')).text()).toBe('old');
  const hold =
    'mutation($input: SetObjectLegalHoldInput!) { setObjectLegalHold(input: $input) { userErrors { message } } }';
  const { data, errors } = await server.graphql(hold, { input: { bucket: 'kept', key: 'doc', legalHold: true } });
  expect({ errors, answer: data?.setObjectLegalHold.userErrors }).toEqual({ errors: undefined, answer: [] });
  expect((await send('deleteObjectById', `/v1/objects/${old}`)).status).toBe(423);
  const { versionId } = await bodyOf(await send('getObjectById', `/v1/objects/${old}?view=details`));
  expect((await send('deleteObject', `/v1/objects/kept/doc?versionId=${versionId}`)).status).toBe(423);
});

test('what overwrites an object while it is deleted by its id stays', async () => {
  const id = await made('bucket=rest&key=raced', { body: 'old' });
  await using locker = await holdKey('rest', 'raced');
  const written = create('bucket=rest&key=raced', { body: 'new' });
  await eventually(async () => (await locker.waiting()) === 1);
  // It finds the old one, and has its turn when the new one is written.
  const deleted = send('deleteObjectById', `/v1/objects/${id}`);
  await eventually(async () => (await locker.waiting()) === 2);
  await locker.release();
  expect([(await written).status, (await deleted).status]).toEqual([201, 404]);
  expect(await (await send('getObject', '/v1/objects/rest/raced')).text()).toBe('new');
});

/** Keeps everybody from writing a key for a while, and counts who waits. */
async function holdKey(bucket: string, key: string) {
  const [holder, observer] = [0, 1].map(() => new pg.Client({ connectionString: server.settings.databaseUrl })) as [
    pg.Client,
    pg.Client,
  ];
  await Promise.all([holder.connect(), observer.connect()]);
  await holder.query(`SELECT pg_advisory_lock(hashtextextended('key/' || $2, b.id)) FROM bucket b WHERE b.name = $1`, [
    bucket,
    key,
  ]);
  return {
    waiting: async (): Promise<number> => {
      const { rows } = await observer.query(
        `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`,
      );
      return rows[0].count;
    },
    release: () => holder.query('SELECT pg_advisory_unlock_all()'),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([holder.end(), observer.end()]);
    },
  };
}

test('what is not there, or is of another tenant, is not there', async () => {
  const id = await made('bucket=rest&key=mine');
  const acme = await openTenant(server, 'acme');
  const foreign = { token: acme.token };
  for (const name of ['getObject', 'headObject', 'deleteObject']) {
    for (const [path, init] of [
      ['/v1/objects/nonsense', {}],
      [`/v1/objects/${Buffer.from('StoredObject:999999999').toString('base64url')}`, {}],
      [`/v1/objects/${Buffer.from('Bucket:1').toString('base64url')}`, {}],
      [`/v1/objects/${id}`, foreign],
    ] as const) {
      expect((await send(`${name}ById`, path, init)).status).toBe(404);
    }
    expect((await send(name, '/v1/objects/rest/nothing')).status).toBe(404);
    expect((await send(name, '/v1/objects/rest/mine', foreign)).status).toBe(404);
    expect((await send(name, '/v1/objects/rest/mine?tenant=default', foreign)).status).toBe(404);
    expect((await send(name, '/v1/objects/rest/mine', { token: null })).status).toBe(401);
    expect((await send(`${name}ById`, `/v1/objects/${id}`, { token: null })).status).toBe(401);
  }
  expect((await send('listObjects', '/v1/objects?bucket=rest', foreign)).status).toBe(404);
  expect((await send('searchObjects', '/v1/objects/search?tenant=default', foreign)).status).toBe(404);
  expect((await create('bucket=rest&key=theirs', foreign)).status).toBe(404);
  expect((await create('bucket=rest&key=theirs&tenant=default', foreign)).status).toBe(404);
  expect(await (await send('getObject', '/v1/objects/rest/mine')).text()).toBe('hello');
});

test('API keys sign in, and cookies for pages of this server only', async () => {
  const { data } = await server.graphql(
    'mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret userErrors { message } } }',
    { input: { name: 'rest', scopes: ['FULL'] } },
  );
  const token = data.createApiKey.secret;
  expect((await send('listObjects', '/v1/objects?bucket=rest', { token })).status).toBe(200);
  const cookie = `granary-access=${await server.login()}`;
  const asPage = (headers: Record<string, string>) =>
    create('bucket=rest&key=cookie', { token: null, headers: { cookie, ...headers } });
  expect((await asPage({ origin: server.httpUrl })).status).toBe(201);
  expect((await asPage({ origin: 'https://evil.example' })).status).toBe(401);
  expect((await asPage({ 'sec-fetch-site': 'cross-site' })).status).toBe(401);
});

test('odd requests get an answer', async () => {
  expect((await fetch(`${server.httpUrl}/v1/objects/rest/%ff`)).status).toBe(400);
  expect((await send('getObject', '/v1/objects/rest/a?view=nothing')).status).toBe(400);
  expect((await send('getObjectById', '/v1/objects/x?view=nothing')).status).toBe(400);
  expect((await send('getObject', '/v1/objects/rest/a?versionId=x')).status).toBe(400);
  const many = `${'metadata=a=b&'.repeat(200)}bucket=rest&key=x`;
  expect((await create(many)).status).toBe(400);
  const patched = await fetch(`${server.httpUrl}/v1/objects`, { method: 'PATCH' });
  expect(patched.status).toBe(401);
});

test('too many requests are told so', async () => {
  const limited = await startTestServer({
    rateLimitAddress: { requests: 12, windowMs: 60_000 },
    rateLimitBucket: { requests: 1, windowMs: 60_000 },
  });
  const main = server;
  server = limited;
  try {
    const token = await limited.login();
    await limited.graphql('mutation { createBucket(input: { name: "busy" }) { userErrors { message } } }');
    const list = () => send('listObjects', '/v1/objects?bucket=busy', { token });
    const [, ofBucket] = [await list(), await list()];
    expect([ofBucket.status, Number(ofBucket.headers.get('retry-after')) > 0]).toEqual([429, true]);
    const id = Buffer.from('StoredObject:1').toString('base64url');
    for (let i = 0; i < 12; i++) {
      await fetch(`${limited.httpUrl}/v1/openapi.json`);
    }
    for (const [operation, path] of [
      ['createObject', '/v1/objects'],
      ['listObjects', '/v1/objects?bucket=a'],
      ['searchObjects', '/v1/objects/search'],
      ['getObjectById', `/v1/objects/${id}`],
      ['deleteObjectById', `/v1/objects/${id}`],
      ['getObject', '/v1/objects/a/b'],
      ['deleteObject', '/v1/objects/a/b'],
    ] as const) {
      const response = await send(operation, path, { token });
      expect([response.status, response.headers.has('retry-after')]).toEqual([429, true]);
    }
  } finally {
    server = main;
    await limited.stop();
  }
});

test('every answer of the document was given', () => {
  const documented = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).flatMap(({ operationId, responses }) =>
      Object.keys(responses).map((status) => `${operationId} ${status}`),
    ),
  );
  expect([...answered].toSorted()).toEqual(documented.toSorted());
});

test('a method that an address does not take is a problem that says what it takes, and a wrong parameter is named', async () => {
  const headers = { authorization: `Bearer ${await server.login()}` };
  for (const [method, path, allow] of [
    ['PUT', '/v1/objects/rest/a/b', 'GET, HEAD, DELETE'],
    ['PATCH', '/v1/objects/some-id', 'GET, HEAD, DELETE'],
    ['DELETE', '/v1/objects', 'POST, GET'],
    ['POST', '/v1/objects/search', 'GET'],
  ] as const) {
    const answer = await fetch(`${server.httpUrl}${path}`, {
      method,
      headers,
      ...(method === 'DELETE' ? {} : { body: 'x' }),
    });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toMatchObject({ status: 405, reason: 'MethodNotAllowed' });
  }
  for (const method of ['PUT', 'PATCH', 'DELETE']) {
    const type = method === 'DELETE' ? {} : { 'content-type': 'application/xml' };
    const body = method === 'DELETE' ? {} : { body: '<a/>' };
    const answer = await fetch(`${server.httpUrl}/graphql`, { method, headers: { ...headers, ...type }, ...body });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS']);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_SUPPORTED' } }] });
  }
  expect((await fetch(`${server.httpUrl}/graphql?query={__typename}`, { method: 'HEAD', headers })).status).toBe(400);
  const untyped = `${server.httpUrl}/v1/objects?bucket=rest&key=untyped`;
  const stored = await fetch(untyped, { method: 'POST', headers, body: new Uint8Array([1, 2]) });
  expect(await stored.json()).toMatchObject({ contentType: 'binary/octet-stream' });
  for (const [query, field] of [
    ['bucket=rest&limit=500', 'limit'],
    ['limit=5', 'bucket'],
  ]) {
    const answer = await fetch(`${server.httpUrl}/v1/objects?${query}`, { headers });
    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ field })]);
  }
});
