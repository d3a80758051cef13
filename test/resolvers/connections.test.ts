import { startTestServer, type TestServer } from '../support/server.js';
import { putTestObjects } from './objects.js';

let server: TestServer;
const keys = ['a.txt', 'b/1.txt', 'b/2.txt', 'b/c/3.txt', 'd.txt', 'e/4.txt', 'f.txt'];

beforeAll(async () => {
  server = await startTestServer();
  await server.graphql(
    'mutation { createBucket(input: { name: "lists", versioning: ENABLED }) { userErrors { message } } }',
  );
  await putTestObjects(server, 'lists', keys);
});

afterAll(async () => server.stop());

const objectsQuery = `query($first: Int, $after: String, $last: Int, $before: String, $prefix: String) {
  bucket(name: "lists") {
    objects(first: $first, after: $after, last: $last, before: $before, prefix: $prefix) {
      totalCount nodes { key } edges { cursor node { key } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;

async function walk(direction: 'forward' | 'backward', size: number, prefix?: string): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const page = direction === 'forward' ? { first: size, after: cursor } : { last: size, before: cursor };
    const { data, errors } = await server.graphql(objectsQuery, { ...page, prefix });
    expect(errors).toBeUndefined();
    const { nodes, pageInfo } = data.bucket.objects;
    const names = nodes.map(({ key }: { key: string }) => key);
    seen.splice(direction === 'forward' ? seen.length : 0, 0, ...names);
    if (!(direction === 'forward' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) {
      return seen;
    }
    cursor = direction === 'forward' ? pageInfo.endCursor : pageInfo.startCursor;
  }
}

test.each([1, 2, 3, 7, 100])('pages of %d walk over all objects, both ways', async (size) => {
  expect(await walk('forward', size)).toEqual(keys);
  expect(await walk('backward', size)).toEqual(keys);
  expect(await walk('forward', size, 'b/')).toEqual(keys.filter((key) => key.startsWith('b/')));
  expect(await walk('backward', size, 'b/')).toEqual(keys.filter((key) => key.startsWith('b/')));
});

test('a connection counts, and says where it is', async () => {
  const { data } = await server.graphql(objectsQuery, { first: 2, prefix: 'b/' });
  const { totalCount, edges, pageInfo } = data.bucket.objects;
  expect(totalCount).toBe(3);
  expect(pageInfo).toEqual({
    hasNextPage: true,
    hasPreviousPage: false,
    startCursor: edges[0].cursor,
    endCursor: edges[1].cursor,
  });
});

test('folders show one level', async () => {
  const query = `query($folder: String, $first: Int, $after: String) {
    bucket(name: "lists") { entries(folder: $folder, first: $first, after: $after) {
      nodes { __typename ... on Folder { name path } ... on StoredObject { key } } pageInfo { hasNextPage endCursor }
    } }
  }`;
  const top = await server.graphql(query, { first: 100 });
  expect(top.data.bucket.entries.nodes).toEqual([
    { __typename: 'StoredObject', key: 'a.txt' },
    { __typename: 'Folder', name: 'b', path: 'b/' },
    { __typename: 'StoredObject', key: 'd.txt' },
    { __typename: 'Folder', name: 'e', path: 'e/' },
    { __typename: 'StoredObject', key: 'f.txt' },
  ]);
  const paged = await server.graphql(query, { first: 2 });
  const { endCursor } = paged.data.bucket.entries.pageInfo;
  const rest = await server.graphql(query, { first: 100, after: endCursor });
  expect(rest.data.bucket.entries.nodes).toHaveLength(3);
  const inner = await server.graphql(query, { first: 100, folder: 'b' });
  expect(inner.data.bucket.entries.nodes).toEqual([
    { __typename: 'StoredObject', key: 'b/1.txt' },
    { __typename: 'StoredObject', key: 'b/2.txt' },
    { __typename: 'Folder', name: 'c', path: 'b/c/' },
  ]);
});

test('versions are listed both ways, and restored from the trash', async () => {
  await putTestObjects(server, 'lists', ['d.txt', 'd.txt']);
  const query = `query($first: Int, $last: Int, $after: String) { object(bucket: "lists", key: "d.txt") {
    versions(first: $first, last: $last, after: $after) { totalCount nodes { versionId isLatest } pageInfo { endCursor hasNextPage } }
  } }`;
  const all = (await server.graphql(query, { first: 100 })).data.object.versions;
  expect(all).toMatchObject({ totalCount: 3, nodes: [{ isLatest: true }, { isLatest: false }, { isLatest: false }] });
  const last = (await server.graphql(query, { last: 1 })).data.object.versions;
  expect(last.nodes[0].versionId).toBe(all.nodes[2].versionId);
  const first = (await server.graphql(query, { first: 1 })).data.object.versions;
  const next = (await server.graphql(query, { first: 1, after: first.pageInfo.endCursor })).data.object.versions;
  expect(next.nodes[0].versionId).toBe(all.nodes[1].versionId);
});

test('what is in the trash can be taken out again', async () => {
  await server.graphql('mutation { createBucket(input: { name: "bin" }) { userErrors { code } } }');
  await server.graphql(
    'mutation { updateBucket(input: { bucket: "bin", trashSeconds: 60 }) { bucket { trashSeconds } } }',
  );
  await putTestObjects(server, 'bin', ['x', 'y']);
  await server.graphql(
    'mutation { deleteObjects(input: { bucket: "bin", keys: ["x", "y"] }) { deletedCount userErrors { code } } }',
  );
  const trash =
    '{ bucket(name: "bin") { trash(first: 1) { totalCount nodes { key versionId } pageInfo { hasNextPage endCursor } } } }';
  const { data } = await server.graphql(trash);
  expect(data.bucket.trash).toMatchObject({ totalCount: 2, nodes: [{ key: 'x' }], pageInfo: { hasNextPage: true } });
  const restore = `mutation($input: RestoreObjectInput!) { restoreObject(input: $input) { object { key size } userErrors { message } } }`;
  const input = { bucket: 'bin', key: 'x', versionId: data.bucket.trash.nodes[0].versionId };
  expect((await server.graphql(restore, { input })).data.restoreObject).toEqual({
    object: { key: 'x', size: 1 },
    userErrors: [],
  });
});

test('versions and markers of a bucket are walked, also of keys that are gone, and a deletion is undone', async () => {
  await server.graphql(
    'mutation { createBucket(input: { name: "bin-history", versioning: ENABLED }) { userErrors { code } } }',
  );
  await putTestObjects(server, 'bin-history', ['gone', 'gone', 'kept', 'other']);
  await server.graphql('mutation { deleteObject(input: { bucket: "bin-history", key: "gone" }) { versionId } }');
  const query = `query($first: Int, $after: String, $prefix: String) { bucket(name: "bin-history") {
    versions(first: $first, after: $after, prefix: $prefix) { totalCount
      nodes { key isLatest deleteMarker } pageInfo { hasNextPage endCursor } } } }`;
  const page = async (variables: object) => (await server.graphql(query, variables)).data.bucket.versions;
  const seen = [];
  for (let after: string | undefined, more = true; more; ) {
    const { nodes, pageInfo } = await page({ first: 2, after });
    seen.push(...nodes);
    [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
  }
  expect(seen).toEqual([
    { key: 'gone', isLatest: true, deleteMarker: true },
    { key: 'gone', isLatest: false, deleteMarker: false },
    { key: 'gone', isLatest: false, deleteMarker: false },
    { key: 'kept', isLatest: true, deleteMarker: false },
    { key: 'other', isLatest: true, deleteMarker: false },
  ]);
  expect(await page({ first: 9, prefix: 'k' })).toMatchObject({ totalCount: 1, nodes: [{ key: 'kept' }] });
  const wrong = await server.graphql(query, { first: 1, after: Buffer.from('versions:nonsense').toString('base64') });
  expect(wrong.errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);

  const restore =
    'mutation { restoreObject(input: { bucket: "bin-history", key: "gone" }) { object { key size isLatest } userErrors { code } } }';
  expect((await server.graphql(restore)).data.restoreObject).toEqual({
    object: { key: 'gone', size: 1, isLatest: true },
    userErrors: [],
  });
  await server.graphql(
    'mutation { deleteFolder(input: { bucket: "bin-history", folder: "" }) { userErrors { code } } }',
  );
});

test('uploads under way are listed by key, with how far each has come', async () => {
  for (const key of ['film/b', 'film/a', 'song']) {
    const input = { bucket: 'lists', key, size: 7_000_000, partSize: 5_242_880 };
    const start = 'mutation($input: StartUploadInput!) { startUpload(input: $input) { userErrors { code } } }';
    expect((await server.graphql(start, { input })).data.startUpload.userErrors).toEqual([]);
  }
  const query = `query($after: String) { bucket(name: "lists") { uploads(first: 1, prefix: "film/", after: $after) {
    nodes { id key size receivedBytes state } pageInfo { hasNextPage endCursor } } } }`;
  const { nodes, pageInfo } = (await server.graphql(query)).data.bucket.uploads;
  expect(nodes).toMatchObject([{ key: 'film/a', size: 7_000_000, receivedBytes: 0, state: 'OPEN' }]);
  const last = (await server.graphql(query, { after: pageInfo.endCursor })).data.bucket.uploads;
  expect([last.nodes[0].key, last.pageInfo.hasNextPage]).toEqual(['film/b', false]);
  const abort = 'mutation($input: AbortUploadInput!) { abortUpload(input: $input) { userErrors { code } } }';
  await server.graphql(abort, { input: { uploadId: nodes[0].id } });
  expect((await server.graphql(query)).data.bucket.uploads.nodes).toMatchObject([{ key: 'film/b' }]);
});

test('buckets, users, tenants and access keys are walked both ways', async () => {
  await server.graphql(
    'mutation { createUser(input: { username: "zoe", password: "long enough password" }) { userErrors { code } } }',
  );
  await server.graphql('mutation { createTenant(input: { name: "zeta" }) { userErrors { code } } }');
  const query = `query($first: Int, $last: Int) {
    buckets(first: $first, last: $last) { totalCount nodes { name } }
    users(first: $first, last: $last) { totalCount nodes { name: username } }
    tenants(first: $first, last: $last) { totalCount nodes { name } }
    accessKeys(first: $first, last: $last) { totalCount nodes { name: accessKeyId user { username } } }
  }`;
  const first = (await server.graphql(query, { first: 1 })).data;
  const last = (await server.graphql(query, { last: 1 })).data;
  expect(first).toMatchObject({
    buckets: { totalCount: 3, nodes: [{ name: 'bin' }] },
    users: { totalCount: 2, nodes: [{ name: 'admin' }] },
    tenants: { totalCount: 2, nodes: [{ name: 'default' }] },
    accessKeys: { totalCount: 1, nodes: [{ name: server.accessKeyId, user: { username: 'admin' } }] },
  });
  expect(last).toMatchObject({
    buckets: { nodes: [{ name: 'lists' }] },
    users: { nodes: [{ name: 'zoe' }] },
    tenants: { nodes: [{ name: 'zeta' }] },
  });
});

test('a page of any length costs the same number of queries', async () => {
  const query = `query($first: Int) {
    buckets(first: $first) { nodes { id owner { username tenant { name } } tenant { name } usage { bytes } policy } }
    bucket(name: "lists") { objects(first: $first) { nodes { id key bucket { name } owner { username } tags { key } sha256 } } }
  }`;
  const folders = `query($first: Int) { bucket(name: "many-folders") { entries(first: $first) { nodes {
    ... on Folder { path objectCount totalSize lastChangedAt countedAt downloadUrl breadcrumb { path totalSize } }
    ... on StoredObject { key folder { path totalSize } }
  } } } }`;
  await server.graphql('mutation { createBucket(input: { name: "many-folders" }) { userErrors { message } } }');
  await putTestObjects(
    server,
    'many-folders',
    [1, 2, 3, 4, 5, 6].flatMap((number) => [`${number}/x`, `${number}`]),
  );
  const jobs = `query($first: Int) { jobs(first: $first) { nodes {
    id state bucket startedBy { username } errors(first: 5) { nodes { key code } } } } }`;
  const trash = `query($first: Int) { bucket(name: "bin") { trash(first: $first) { nodes { key deletedAt purgeAt deletedBy { username } } } } }`;
  for (let index = 0; index < 7; index++) {
    await putTestObjects(server, 'bin', ['again']);
    await server.graphql('mutation { deleteFolder(input: { bucket: "bin", folder: "" }) { userErrors { message } } }');
  }
  for (const name of ['q-one', 'q-two', 'q-three']) {
    await server.graphql(
      'mutation($input: CreateBucketInput!) { createBucket(input: $input) { userErrors { code } } }',
      { input: { name } },
    );
  }
  for (const asked of [query, folders, jobs, trash]) {
    const counts: number[] = [];
    for (const first of [2, 2, 7]) {
      const ask = async () => expect((await server.graphql(asked, { first })).errors).toBeUndefined();
      // The mutations before are announced to other processes by a query of their own, a moment later.
      const attempts = [
        await countQueries(server, ask),
        await countQueries(server, ask),
        await countQueries(server, ask),
      ];
      counts.push(Math.min(...attempts));
    }
    expect(counts[1]).toBeGreaterThan(1);
    expect(counts[2]).toBe(counts[1]);
  }
});

/** Counts what reaches the connections of the pool, the ORM's own queries too. */
async function countQueries({ granary }: TestServer, work: () => Promise<unknown>): Promise<number> {
  const { pool } = granary.database;
  const acquire = pool.listenerCount('acquire');
  let count = 0;
  const onAcquire = () => {
    count++;
  };
  pool.on('acquire', onAcquire);
  await work();
  pool.off('acquire', onAcquire);
  expect(pool.listenerCount('acquire')).toBe(acquire);
  return count;
}

const briefly = '__typename id key size etag contentType isLatest versionId storageClass createdAt owner { username }';

test('what is asked of a page has the same values however much of it is asked for, and where', async () => {
  const { data, errors } = await server.graphql(
    `query ($whole: Boolean!) {
      bucket(name: "lists") {
        brief: objects(first: 7) { nodes { ${briefly} bucket { name } } }
        whole: objects(first: 7) { nodes { ${briefly} bucket { name } metadata tags { key value } storedSize } }
        inEdges: objects(last: 7) { edges { node { ...Brief ... on StoredObject { sha256 } } } }
        skipped: objects(first: 7) { nodes { ...Brief metadata @include(if: $whole) } }
      }
    }
    fragment Brief on StoredObject { ${briefly} bucket { name } }`,
    { whole: true },
  );
  expect(errors).toBeUndefined();
  const { brief, whole, inEdges, skipped } = data.bucket;
  expect(brief.nodes).toHaveLength(7);
  for (const [i, node] of brief.nodes.entries()) {
    expect(whole.nodes[i]).toEqual({ ...node, metadata: {}, tags: [], storedSize: expect.any(Number) });
    expect(inEdges.edges[i].node).toEqual({ ...node, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(skipped.nodes[i]).toEqual({ ...node, metadata: {} });
  }
});
