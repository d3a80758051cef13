import {
  CancelJob,
  CopyFolder,
  CopySelection,
  CreateBucket,
  CreateShareLink,
  createClient,
  DeleteBucket,
  DeleteFolder,
  DeleteFromTrash,
  DeleteObject,
  DeleteSelection,
  EmptyTrash,
  fieldErrors,
  GetBucket,
  GetFolder,
  GetJob,
  GranaryError,
  gql,
  isGranaryError,
  JobProgress,
  ListBucketShareLinks,
  ListBuckets,
  ListBucketVersions,
  ListJobs,
  ListShareLinks,
  ListTrash,
  ListUploads,
  MoveFolder,
  MoveSelection,
  MutationError,
  memoryStore,
  NetworkError,
  PromoteVersion,
  pages,
  paginate,
  RestoreFolder,
  RestoreSelection,
  RevokeShareLink,
  Search,
  SetBucketVersioning,
  StartUpload,
  signIn,
  subscribe,
  TagFolder,
  TagSelection,
  UpdateBucket,
  UpdateShareLink,
  UploadObject,
  upload,
  Viewer,
} from '../../packages/client/src/index.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server?.stop());

async function signedIn() {
  const client = createClient({ url: server.httpUrl });
  await signIn(client, { username: 'admin', password: server.adminPassword });
  return client;
}

test('typed operations of the package and of one’s own are answered', async () => {
  const client = await signedIn();
  const { createBucket } = await client.mutate(CreateBucket, { input: { name: 'typed' } });
  expect(createBucket.bucket).toMatchObject({ name: 'typed', versioning: 'UNVERSIONED' });
  const { bucket } = await client.query(GetBucket, { name: 'typed' });
  expect(bucket?.usage.objects).toBe(0);
  const { viewer } = await client.query(Viewer);
  expect(viewer.user.username).toBe('admin');
  const own = gql<{ bucket: { createdAt: string } | null }, { name: string }>(
    'query Own($name: String!) { bucket(name: $name) { createdAt } }',
  );
  expect((await client.query(own, { name: 'typed' })).bucket?.createdAt).toBe(bucket?.createdAt);
  expect(await client.query('{ viewer { roles } }')).toEqual({ viewer: { roles: ['ADMINISTRATOR'] } });
});

test('what callers expect to go wrong is a MutationError with the fields, or stays in the payload', async () => {
  const client = await signedIn();
  const failure = await client.mutate(CreateBucket, { input: { name: 'X' } }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(MutationError);
  expect(failure).toMatchObject({ code: 'INVALID_INPUT', data: { createBucket: { bucket: null } } });
  expect(fieldErrors(failure)).toEqual({ name: expect.stringContaining('bucket name') });
  const input = { bucket: 'there-is-none' };
  const { deleteBucket } = await client.mutate(DeleteBucket, { input }, { userErrors: 'return' });
  expect(deleteBucket.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
});

test('a document that does not fit the schema is a GranaryError with the server’s code', async () => {
  const client = await signedIn();
  const failure = await client.query('{ nonsense }').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(GranaryError);
  expect(failure).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED', status: 400 });
});

test('without signing in, and with a wrong API key, the code is UNAUTHENTICATED', async () => {
  for (const options of [{}, { auth: { apiKey: 'gr_nonsense' } }]) {
    const client = createClient({ url: server.httpUrl, ...options });
    await expect(client.query(Viewer)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  }
});

test('lists are gone through item by item and page by page', async () => {
  const client = await signedIn();
  await Promise.all(
    Array.from({ length: 7 }, (_, index) => client.mutate(CreateBucket, { input: { name: `list-${index}` } })),
  );
  const names: string[] = [];
  for await (const { name } of paginate(client, ListBuckets, { first: 3 }, ({ buckets }) => buckets)) {
    names.push(name);
  }
  expect(names.filter((name) => name.startsWith('list-'))).toHaveLength(7);
  const sizes: number[] = [];
  for await (const { nodes } of pages(client, ListBuckets, { first: 3 }, ({ buckets }) => buckets)) {
    sizes.push(nodes.length);
  }
  expect(sizes.slice(0, 2)).toEqual([3, 3]);
  const none = paginate(client, ListBuckets, {}, () => null);
  expect((await none.next()).done).toBe(true);
});

test('a Blob among the variables is sent as a file, also several times over', async () => {
  const client = await signedIn();
  await client.mutate(CreateBucket, { input: { name: 'files' } });
  const sent: number[] = [];
  const file = new Blob(['Hello, file'], { type: 'text/plain' });
  const { uploadObject } = await client.mutate(
    UploadObject,
    { input: { bucket: 'files', key: 'a.txt', file } },
    { onSent: (bytes) => sent.push(bytes) },
  );
  expect(uploadObject.object).toMatchObject({ size: 11, contentType: 'text/plain' });
  expect(sent.at(-1)).toBeGreaterThan(11);
  const many = gql<{ uploadObjects: { objects: { key: string; size: number }[] } }, { files: object[] }>(
    `mutation($files: [UploadFileInput!]!) { uploadObjects(input: { bucket: "files", files: $files }) {
      objects { key size } userErrors { message } } }`,
  );
  const files = [
    { key: 'one', file },
    { key: 'two', file: new Blob(['22']) },
  ];
  const { uploadObjects } = await client.mutate(many, { files });
  expect(uploadObjects.objects).toEqual([
    { key: 'one', size: 11 },
    { key: 'two', size: 2 },
  ]);
});

test('folders and what a search finds come with their types', async () => {
  const client = await signedIn();
  await client.mutate(CreateBucket, { input: { name: 'searched' } });
  const file = new Blob(['four']);
  await client.mutate(UploadObject, { input: { bucket: 'searched', key: 'reports/2026/june.txt', file } });
  const { bucket } = await client.query(GetFolder, { bucket: 'searched', path: 'reports/2026/' });
  expect(bucket?.folder?.breadcrumb.map(({ path }) => path)).toContain('reports/');
  const { search } = await client.query(Search, { text: 'june', filter: { buckets: ['searched'] } });
  expect(search.nodes.every(({ key, bucket: found }) => key.includes('june') && found?.name === 'searched')).toBe(true);
});

describe('what is sent again', () => {
  /** Answers so many requests itself, and lets the rest through. */
  function failing(times: number, answer: () => Response) {
    let left = times;
    const asked: string[] = [];
    const fetching: typeof fetch = async (url, init) => {
      asked.push(String(init?.body));
      left -= 1;
      return left >= 0 ? answer() : fetch(url, init);
    };
    return { fetch: fetching, asked };
  }
  const unreachable = (): Response => {
    throw new TypeError('fetch failed');
  };

  async function clientWith(fetching: typeof fetch, retries = 3) {
    const store = memoryStore();
    await signIn(createClient({ url: server.httpUrl, auth: { store } }), {
      username: 'admin',
      password: server.adminPassword,
    });
    return createClient({ url: server.httpUrl, auth: { store }, fetch: fetching, retries });
  }

  test.each([
    ['a connection that fails', unreachable],
    ['a proxy that says 502', () => new Response('<html>Bad gateway</html>', { status: 502 })],
    ['a server that stops', () => Response.json({ errors: [{ message: '', extensions: { code: 'UNAVAILABLE' } }] })],
  ])('a query after %s', async (_what, answer) => {
    const { fetch: fetching, asked } = failing(2, answer);
    const client = await clientWith(fetching);
    expect((await client.query(Viewer)).viewer.user.username).toBe('admin');
    expect(asked).toHaveLength(3);
  });

  test('a mutation only when it was turned away, or may be repeated', async () => {
    const create = { input: { name: 'once' } };
    const lost = failing(1, unreachable);
    const failure = await (await clientWith(lost.fetch)).mutate(CreateBucket, create).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NetworkError);
    expect(lost.asked).toHaveLength(1);
    const errors = [{ message: 'Slow down', extensions: { code: 'RATE_LIMITED', retryAfter: 0 } }];
    const limited = failing(1, () => Response.json({ errors }, { status: 429 }));
    await (await clientWith(limited.fetch)).mutate(CreateBucket, create);
    expect(limited.asked).toHaveLength(2);
    const repeatable = failing(1, unreachable);
    const client = await clientWith(repeatable.fetch);
    await client.mutate(DeleteBucket, { input: { bucket: 'once' } }, { repeatable: true });
    expect(repeatable.asked).toHaveLength(2);
  });

  test('nothing without end, nothing that is wrong, and nothing after an abort', async () => {
    const down = failing(100, unreachable);
    await expect((await clientWith(down.fetch, 1)).query(Viewer)).rejects.toMatchObject({ code: 'NETWORK' });
    expect(down.asked).toHaveLength(2);
    const wrong = failing(1, () => Response.json({ nothing: true }));
    await expect((await clientWith(wrong.fetch)).query(Viewer)).rejects.toMatchObject({ code: 'BAD_RESPONSE' });
    const away = failing(100, unreachable);
    const signal = AbortSignal.timeout(20);
    const aborted = await (await clientWith(away.fetch)).query(Viewer, {}, { signal }).catch((error: unknown) => error);
    expect(isGranaryError(aborted)).toBe(false);
    expect(aborted).toMatchObject({ name: 'TimeoutError' });
  });
});

test('share links are made, listed, changed and revoked', async () => {
  const client = await signedIn();
  await client.mutate(CreateBucket, { input: { name: 'shared' } });
  await upload(client, { bucket: 'shared', key: 'photos/a', source: new Blob(['a']) }).done;
  const input = { bucket: 'shared', folder: 'photos', description: 'for the club' };
  const { createShareLink } = await client.mutate(CreateShareLink, { input });
  expect(createShareLink.url).toContain(createShareLink.token);
  const { id } = createShareLink.shareLink ?? { id: '' };
  const { bucket } = await client.query(ListBucketShareLinks, { bucket: 'shared' });
  expect(bucket?.shareLinks?.nodes).toMatchObject([{ id, folder: 'photos/', kind: 'FOLDER', state: 'ACTIVE' }]);
  const { updateShareLink } = await client.mutate(UpdateShareLink, { input: { id, description: 'for all' } });
  expect(updateShareLink.shareLink).toMatchObject({ id, description: 'for all' });
  const { revokeShareLink } = await client.mutate(RevokeShareLink, { input: { id } });
  expect(revokeShareLink.shareLink?.state).toBe('REVOKED');
  const { shareLinks } = await client.query(ListShareLinks, {});
  expect(shareLinks.nodes).toMatchObject([{ id, state: 'REVOKED', bucket: { name: 'shared' } }]);
});

test('folders are copied, moved and deleted by jobs that can be followed and cancelled', async () => {
  const client = await signedIn();
  await client.mutate(CreateBucket, { input: { name: 'folders' } });
  await upload(client, { bucket: 'folders', key: 'from/a', source: new Blob(['a']) }).done;
  const place = { bucket: 'folders', folder: 'from' };
  const target = { bucket: 'folders', folder: 'to' };
  const { copyFolder } = await client.mutate(CopyFolder, { input: { ...place, target } });
  expect(copyFolder.job).toMatchObject({ kind: 'COPY_FOLDER', folder: 'from/', targetFolder: 'to/' });
  const { id } = copyFolder.job ?? { id: '' };
  const { cancelJob } = await client.mutate(CancelJob, { input: { id } });
  expect(cancelJob.job).toMatchObject({ id });
  for await (const { jobProgress } of subscribe(client, JobProgress, { id })) {
    expect(jobProgress.id).toBe(id);
    break;
  }
  await client.mutate(MoveFolder, { input: { ...place, target } });
  await client.mutate(DeleteFolder, { input: place });
  const { job } = await client.query(GetJob, { id });
  expect(job).toMatchObject({ id, errors: { nodes: [] } });
  const chosen = { bucket: 'folders', keys: ['to/a'] };
  const tags = [{ key: 'a', value: 'b' }];
  await client.mutate(CopySelection, { input: { ...chosen, target: place } });
  await client.mutate(MoveSelection, { input: { ...chosen, target: place } });
  await client.mutate(TagSelection, { input: { ...chosen, tags } });
  await client.mutate(RestoreSelection, { input: chosen });
  const { deleteSelection } = await client.mutate(DeleteSelection, { input: chosen });
  expect(deleteSelection.job).toMatchObject({ kind: 'DELETE_SELECTION', folder: 'to/' });
  await client.mutate(RestoreFolder, { input: place });
  await client.mutate(TagFolder, { input: { ...place, tags } });
  await client.mutate(EmptyTrash, { input: { bucket: 'folders' } });
  expect((await client.query(ListJobs)).jobs.nodes.map(({ kind }) => kind)).toEqual([
    'EMPTY_TRASH',
    'TAG_FOLDER',
    'RESTORE_FOLDER',
    'DELETE_SELECTION',
    'RESTORE_SELECTION',
    'TAG_SELECTION',
    'MOVE_SELECTION',
    'COPY_SELECTION',
    'DELETE_FOLDER',
    'MOVE_FOLDER',
    'COPY_FOLDER',
  ]);
});

test('versions, the trash and uploads under way of a bucket are listed, and versions promoted and deleted for good', async () => {
  const client = await signedIn();
  const bucket = 'kept';
  await client.mutate(CreateBucket, { input: { name: bucket } });
  await client.mutate(UpdateBucket, { input: { bucket, trashSeconds: 3600 } });
  await upload(client, { bucket, key: 'a', source: new Blob(['first']) }).done;
  await client.mutate(DeleteObject, { input: { bucket, key: 'a' } });
  const [trashed] = (await client.query(ListTrash, { bucket })).bucket?.trash?.nodes ?? [];
  const versionId = trashed?.versionId ?? '';
  const { deleteFromTrash } = await client.mutate(DeleteFromTrash, { input: { bucket, key: 'a', versionId } });
  expect(deleteFromTrash.versionId).toBe(versionId);

  await client.mutate(SetBucketVersioning, { input: { bucket, versioning: 'ENABLED' } });
  const former = await upload(client, { bucket, key: 'b', source: new Blob(['one']) }).done;
  await upload(client, { bucket, key: 'b', source: new Blob(['second']) }).done;
  const input = { bucket, key: 'b', versionId: former.versionId };
  expect((await client.mutate(PromoteVersion, { input })).promoteVersion.object).toMatchObject({ size: 3 });
  const versions = await client.query(ListBucketVersions, { bucket });
  expect(versions.bucket?.versions?.nodes.map(({ key, size }) => [key, size])).toEqual([
    ['b', 3],
    ['b', 6],
    ['b', 3],
  ]);
  const { startUpload } = await client.mutate(StartUpload, { input: { bucket, key: 'c', size: 10 } });
  const uploads = await client.query(ListUploads, { bucket });
  expect(uploads.bucket?.uploads?.nodes).toEqual([startUpload.upload]);
});
