import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { FolderCounter } from '../../../src/operations/folders/folder-counter.js';
import { recountFolders } from '../../../src/operations/folders/recount-folders.js';
import { FolderJobRunner } from '../../../src/operations/folders/run-folder-jobs.js';
import { purgeVersions } from '../../../src/operations/objects/purge-versions.js';
import { makeS3User } from '../../support/s3-user.js';
import { startTestServer, type TestServer } from '../../support/server.js';

let server: TestServer;
let runner: FolderJobRunner;

beforeAll(async () => {
  server = await startTestServer();
  runner = new FolderJobRunner(server.granary);
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

const jobFields = `id kind state total done skipped failed bytes message bucket folder targetBucket targetFolder conflict
  startedAt finishedAt startedBy { username } errors(first: 100) { nodes { key code message versionId } pageInfo { hasNextPage } }`;

const run = async () => {
  while (await runner.runNext()) {
    // The next turn.
  }
};

/** A turn that has planned its batch and is over before any of it is done; the next one may begin at once. */
async function planOnly() {
  await new FolderJobRunner(server.granary, { leaseSeconds: 0 }).runNext();
  expect(server.problems.splice(0)).toEqual([expect.stringContaining('The turn took too long.')]);
  await server.granary.database.pool.query('UPDATE folder_job SET due_at = now()');
}

async function begin(mutation: string, input: object, token?: string) {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const { data, errors } = await server.graphql(
    `mutation($input: ${type}!) { ${mutation}(input: $input) { job { ${jobFields} } userErrors { code field message } } }`,
    { input },
    token,
  );
  expect(errors).toBeUndefined();
  return data[mutation];
}

async function jobOf(id: string, token?: string) {
  const { data, errors } = await server.graphql(`query($id: ID!) { job(id: $id) { ${jobFields} } }`, { id }, token);
  expect(errors).toBeUndefined();
  return data.job;
}

/** Begins a job, works on it to its end, and looks at it. */
async function finish(mutation: string, input: object, token?: string) {
  const { job, userErrors } = await begin(mutation, input, token);
  expect(userErrors).toEqual([]);
  await run();
  return jobOf(job.id, token);
}

const put = (Bucket: string, Key: string, Body = Key, tags?: string) =>
  server.s3.send(new PutObjectCommand({ Bucket, Key, Body, Tagging: tags }));
const bucketNamed = (Bucket: string) => server.s3.send(new CreateBucketCommand({ Bucket }));

async function keysOf(Bucket: string): Promise<string[]> {
  const { Contents = [] } = await server.s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

async function filled(bucket: string, keys: string[]): Promise<void> {
  await bucketNamed(bucket);
  for (const key of keys) {
    await put(bucket, key);
  }
}

async function withTrash(bucket: string, trashSeconds = 3600): Promise<void> {
  await server.graphql(
    'mutation($input: UpdateBucketInput!) { updateBucket(input: $input) { userErrors { message } } }',
    { input: { bucket, trashSeconds } },
  );
}

test('a folder is copied object by object, without a byte, and what it holds is counted', async () => {
  const keys = Array.from({ length: 120 }, (_, index) => `a/b/${String(index).padStart(3, '0')}`);
  await filled('copies', ['a/', ...keys, 'ab/x']);
  const blobs = async () => (await server.granary.database.pool.query('SELECT count(*)::int AS n FROM blob')).rows[0].n;
  const before = await blobs();
  const { job } = await begin('copyFolder', {
    bucket: 'copies',
    folder: 'a',
    target: { bucket: 'copies', folder: 'c' },
  });
  expect(job).toMatchObject({ kind: 'COPY_FOLDER', state: 'QUEUED', total: null, done: 0, targetFolder: 'c/' });
  await runner.runNext();
  expect(await jobOf(job.id)).toMatchObject({ state: 'RUNNING', total: 121, done: 50 });
  await run();
  expect(await jobOf(job.id)).toMatchObject({
    ...{ state: 'COMPLETED', total: 121, done: 121, skipped: 0, failed: 0, startedBy: { username: 'admin' } },
    bytes: ['a/', ...keys].join('').length,
  });
  expect(await keysOf('copies')).toEqual(['a/', ...keys, 'ab/x', ...['a/', ...keys].map((key) => `c/${key.slice(2)}`)]);
  expect(await blobs()).toBe(before);
  const { data } = await server.graphql(
    '{ bucket(name: "copies") { folder(path: "c/") { objectCount totalSize } } jobs(first: 5) { totalCount nodes { id } } }',
  );
  expect(data.bucket.folder).toEqual({ objectCount: 121, totalSize: ['a/', ...keys].join('').length });
  expect(data.jobs.nodes).toContainEqual({ id: job.id });
});

test('a folder is moved, also to its own parent and to another bucket', async () => {
  await filled('moves', ['p/q/1', 'p/q/2', 'p/q/q/1', 'z']);
  await bucketNamed('elsewhere');
  const up = await finish('moveFolder', { bucket: 'moves', folder: 'p/q/', target: { bucket: 'moves', folder: 'p' } });
  expect(up).toMatchObject({ state: 'COMPLETED', total: 3, done: 2, failed: 1 });
  // `p/q/q/1` would come to lie where the folder is that is being moved.
  expect(up.errors.nodes).toMatchObject([{ key: 'p/q/q/1', code: 'CONFLICT' }]);
  expect(await keysOf('moves')).toEqual(['p/1', 'p/2', 'p/q/q/1', 'z']);
  const all = await finish('moveFolder', {
    bucket: 'moves',
    folder: '',
    target: { bucket: 'elsewhere', folder: 'in/' },
  });
  expect(all).toMatchObject({ state: 'COMPLETED', total: 4, done: 4 });
  expect(await keysOf('moves')).toEqual([]);
  expect(await keysOf('elsewhere')).toEqual(['in/p/1', 'in/p/2', 'in/p/q/q/1', 'in/z']);
});

test('a folder goes to the root without its own marker, which has no name there', async () => {
  await filled('to-root', ['mk/', 'mk/1', 'mk/s/', 'only/']);
  const target = { bucket: 'to-root', folder: '' };
  const moved = await finish('moveFolder', { bucket: 'to-root', folder: 'mk/', target });
  expect(moved).toMatchObject({ state: 'COMPLETED', total: 3, done: 2, skipped: 1, failed: 0 });
  expect(await keysOf('to-root')).toEqual(['1', 'mk/', 'only/', 's/']);
  const copied = await finish('copyFolder', { bucket: 'to-root', folder: 'only', target });
  expect(copied).toMatchObject({ state: 'COMPLETED', total: 1, done: 0, skipped: 1 });
  const chosen = { bucket: 'to-root', keys: ['mk/', 's/'], folder: '', target: { bucket: 'to-root', folder: 'in' } };
  expect(await finish('moveSelection', chosen)).toMatchObject({ state: 'COMPLETED', done: 2 });
  expect(await keysOf('to-root')).toEqual(['1', 'in/mk/', 'in/s/', 'only/']);
});

test('what is overwritten after its turn was planned is neither moved, copied nor tagged', async () => {
  for (const mutation of ['moveFolder', 'copyFolder', 'tagFolder']) {
    const bucket = `later-${mutation.toLowerCase()}`;
    await filled(bucket, ['in/a', 'in/b']);
    const what =
      mutation === 'tagFolder' ? { tags: [{ key: 'k', value: 'v' }] } : { target: { bucket, folder: 'out' } };
    const { job } = await begin(mutation, { bucket, folder: 'in', ...what });
    await planOnly();
    await put(bucket, 'in/a', 'new');
    await run();
    expect(await jobOf(job.id)).toMatchObject({ state: 'COMPLETED', total: 2, done: 1, skipped: 1, failed: 0 });
    expect(await keysOf(bucket)).toEqual(
      { moveFolder: ['in/a', 'out/b'], copyFolder: ['in/a', 'in/b', 'out/b'], tagFolder: ['in/a', 'in/b'] }[mutation],
    );
    const { TagSet } = await server.s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: 'in/a' }));
    expect(TagSet).toEqual([]);
  }
});

test('what is in the way fails, is skipped or overwritten, as was asked', async () => {
  await filled('ways', ['s/1', 's/2', 't/1']);
  await put('ways', 't/1', 'old');
  const to = { bucket: 'ways', folder: 's', target: { bucket: 'ways', folder: 't' } };
  const failed = await finish('copyFolder', to);
  expect(failed).toMatchObject({ state: 'COMPLETED', done: 1, failed: 1, conflict: 'FAIL' });
  expect(failed.errors.nodes).toEqual([
    { key: 's/1', code: 'CONFLICT', message: 'There is an object in its place already.', versionId: 'null' },
  ]);
  expect(await finish('copyFolder', { ...to, conflict: 'SKIP' })).toMatchObject({ done: 0, skipped: 2, failed: 0 });
  expect(await finish('moveFolder', { ...to, conflict: 'OVERWRITE' })).toMatchObject({ done: 2, failed: 0, bytes: 6 });
  expect(await keysOf('ways')).toEqual(['t/1', 't/2']);
});

test('what cannot be is refused at once', async () => {
  await filled('refused', ['f/1']);
  const into = (folder: string) =>
    begin('copyFolder', { bucket: 'refused', folder: 'f', target: { bucket: 'refused', folder } });
  for (const folder of ['f', 'f/', 'f/g']) {
    expect((await into(folder)).userErrors).toMatchObject([
      { code: 'INVALID_INPUT', field: ['input', 'target', 'folder'] },
    ]);
  }
  const none = { bucket: 'refused', folder: 'none', target: { bucket: 'refused', folder: 'x' } };
  expect((await begin('moveFolder', none)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  expect(
    (await begin('moveFolder', { ...none, folder: 'f', target: { bucket: 'nowhere', folder: '' } })).userErrors,
  ).toMatchObject([{ code: 'NOT_FOUND' }]);
  expect((await begin('deleteFolder', { bucket: 'refused', folder: 'x\0' })).userErrors).toMatchObject([
    { code: 'INVALID_INPUT' },
  ]);
  expect((await begin('deleteFolder', { bucket: 'refused', folder: 'x'.repeat(1024) })).userErrors).toMatchObject([
    { code: 'INVALID_INPUT' },
  ]);
  expect((await begin('cancelJob', { id: 'nothing' })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  expect(await jobOf('nothing')).toBeNull();
});

test('a deleted folder comes back from the trash, but for what took its place', async () => {
  await filled('bin', ['d/1', 'd/2', 'd/3', 'other']);
  await withTrash('bin');
  await put('bin', 'd/2', 'second');
  expect(await finish('deleteFolder', { bucket: 'bin', folder: 'd' })).toMatchObject({ state: 'COMPLETED', done: 3 });
  expect(await keysOf('bin')).toEqual(['other']);
  await put('bin', 'd/3', 'new');
  const query = `{ bucket(name: "bin") { usage { trashBytes } trash(first: 10, prefix: "d/") { totalCount nodes { key size deletedAt purgeAt deletedBy { username } } } } }`;
  const { bucket } = (await server.graphql(query)).data;
  expect(bucket.trash.nodes.map(({ key, size }: { key: string; size: number }) => [key, size])).toEqual([
    ['d/1', 3],
    ['d/2', 6],
    ['d/2', 3],
    ['d/3', 3],
  ]);
  for (const { deletedAt, purgeAt, deletedBy } of bucket.trash.nodes) {
    expect(deletedBy).toEqual({ username: 'admin' });
    expect(Date.parse(purgeAt) - Date.parse(deletedAt)).toBe(3_600_000);
  }
  const failed = await begin('restoreFolder', { bucket: 'bin', folder: 'd', conflict: 'FAIL' });
  await run();
  expect(await jobOf(failed.job.id)).toMatchObject({
    done: 2,
    failed: 1,
    errors: { nodes: [{ key: 'd/3', code: 'CONFLICT' }] },
  });
  expect(await finish('restoreFolder', { bucket: 'bin', folder: 'd' })).toMatchObject({
    total: 0,
    done: 0,
    skipped: 0,
  });
  const listed = await server.s3.send(new ListObjectsV2Command({ Bucket: 'bin', Prefix: 'd/' }));
  expect(listed.Contents?.map(({ Size }) => Size)).toEqual([3, 6, 3]);
  const emptied = await finish('emptyTrash', { bucket: 'bin' });
  expect(emptied).toMatchObject({ kind: 'EMPTY_TRASH', state: 'COMPLETED', total: 2, done: 2, failed: 0 });
  expect((await server.graphql(query)).data.bucket.trash.totalCount).toBe(0);
  await purgeVersions(server.granary, { graceSeconds: 0 });
  expect((await server.graphql(query)).data.bucket.usage.trashBytes).toBe(0);
});

test('one version is restored, undone or deleted for good', async () => {
  await bucketNamed('undo');
  await withTrash('undo');
  await put('undo', 'k', 'first');
  await put('undo', 'k', 'second!');
  const restore = async (input: object) => {
    const { data } = await server.graphql(
      'mutation($input: RestoreObjectInput!) { restoreObject(input: $input) { object { size } userErrors { code message } } }',
      { input: { bucket: 'undo', key: 'k', ...input } },
    );
    return data.restoreObject;
  };
  expect((await restore({ ifNoneMatch: '*' })).userErrors).toMatchObject([{ code: 'PRECONDITION_FAILED' }]);
  expect(await restore({})).toMatchObject({ object: { size: 5 }, userErrors: [] });
  // Undone once more.
  expect(await restore({})).toMatchObject({ object: { size: 7 }, userErrors: [] });
  const { data } = await server.graphql('{ bucket(name: "undo") { trash(first: 5) { nodes { versionId size } } } }');
  expect(data.bucket.trash.nodes).toMatchObject([{ size: 5 }]);
  const { versionId } = data.bucket.trash.nodes[0];
  const purge = async () =>
    (
      await server.graphql(
        'mutation($input: DeleteFromTrashInput!) { deleteFromTrash(input: $input) { versionId userErrors { code } } }',
        { input: { bucket: 'undo', key: 'k', versionId } },
      )
    ).data.deleteFromTrash;
  expect(await purge()).toEqual({ versionId, userErrors: [] });
  expect(await purge()).toEqual({ versionId: null, userErrors: [{ code: 'NOT_FOUND' }] });
  expect((await restore({})).userErrors).toMatchObject([
    { code: 'NOT_FOUND', message: 'Nothing of this key is in the trash.' },
  ]);
});

test('where versioning is on, a folder is deleted by markers, restored behind them, or deleted with all its versions', async () => {
  await bucketNamed('kept');
  await server.s3.send(
    new PutBucketVersioningCommand({ Bucket: 'kept', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  for (const body of ['1', '22', '333']) {
    await put('kept', 'v/a', body);
  }
  await put('kept', 'v/b', 'b');
  const counts = async () => {
    const { Versions = [], DeleteMarkers = [] } = await server.s3.send(
      new ListObjectVersionsCommand({ Bucket: 'kept' }),
    );
    return [Versions.length, DeleteMarkers.length];
  };
  expect(await finish('deleteFolder', { bucket: 'kept', folder: 'v' })).toMatchObject({ done: 2 });
  expect(await counts()).toEqual([4, 2]);
  const later = new Date(Date.now() + 60_000).toISOString();
  expect(await finish('restoreFolder', { bucket: 'kept', folder: 'v', deletedAfter: later })).toMatchObject({
    total: 0,
  });
  expect(await finish('restoreFolder', { bucket: 'kept', folder: 'v' })).toMatchObject({ done: 2, failed: 0 });
  expect(await keysOf('kept')).toEqual(['v/a', 'v/b']);
  expect(await counts()).toEqual([6, 2]);
  const versions = `{ object(bucket: "kept", key: "v/a") { size versions(first: 10) { nodes { versionId size } } } }`;
  const { object } = (await server.graphql(versions)).data;
  expect(object.size).toBe(3);
  const promote = async (input: object) =>
    (
      await server.graphql(
        'mutation($input: PromoteVersionInput!) { promoteVersion(input: $input) { object { size isLatest } userErrors { code } } }',
        { input: { bucket: 'kept', key: 'v/a', ...input } },
      )
    ).data.promoteVersion;
  const oldest = object.versions.nodes.at(-1);
  expect(oldest.size).toBe(1);
  expect(await promote({ versionId: oldest.versionId })).toEqual({
    object: { size: 1, isLatest: true },
    userErrors: [],
  });
  expect(await promote({})).toMatchObject({ object: { size: 3 } });
  expect((await promote({ versionId: '00000000000fffff' })).userErrors).toEqual([{ code: 'NOT_FOUND' }]);
  await server.s3.send(new DeleteObjectCommand({ Bucket: 'kept', Key: 'v/a' }));
  expect(await promote({})).toMatchObject({ object: { size: 3, isLatest: true } });
  const all = await finish('deleteFolder', { bucket: 'kept', folder: 'v', versions: 'ALL' });
  expect(all).toMatchObject({ state: 'COMPLETED', failed: 0, skipped: 0, total: all.done });
  expect(await counts()).toEqual([0, 0]);
});

test('batch by batch a folder comes back from the trash and from behind delete markers, each key once', async () => {
  const keys = Array.from({ length: 120 }, (_, index) => `d/${String(index).padStart(3, '0')}`);
  await bucketNamed('both');
  await withTrash('both');
  await Promise.all(keys.filter((_, index) => index % 2 === 0).map((key) => put('both', key)));
  await put('both', 'd/000', 'newest');
  expect(await finish('deleteFolder', { bucket: 'both', folder: 'd' })).toMatchObject({ done: 60, failed: 0 });
  await server.s3.send(
    new PutBucketVersioningCommand({ Bucket: 'both', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  await Promise.all(keys.filter((_, index) => index % 2 === 1).map((key) => put('both', key)));
  expect(await finish('deleteFolder', { bucket: 'both', folder: 'd' })).toMatchObject({ done: 60, failed: 0 });
  // What is there again is left alone, also between others.
  await put('both', 'd/002', 'there');
  const { job } = await begin('restoreFolder', { bucket: 'both', folder: 'd' });
  await runner.runNext();
  expect(await jobOf(job.id)).toMatchObject({ state: 'RUNNING', total: 119, done: 50, failed: 0 });
  await run();
  expect(await jobOf(job.id)).toMatchObject({ state: 'COMPLETED', total: 119, done: 119, skipped: 0, failed: 0 });
  expect(await keysOf('both')).toEqual(keys);
  const { Contents = [] } = await server.s3.send(new ListObjectsV2Command({ Bucket: 'both' }));
  expect(Contents.slice(0, 3).map(({ Size }) => Size)).toEqual([6, 5, 5]);
});

test('a folder is tagged, beside or instead of the tags that are there', async () => {
  await bucketNamed('tags');
  await put('tags', 't/1', 'x', 'a=1&b=2');
  await put('tags', 't/2');
  const tagsOf = async (Key: string) => {
    const { TagSet = [] } = await server.s3.send(new GetObjectTaggingCommand({ Bucket: 'tags', Key }));
    return Object.fromEntries(TagSet.map(({ Key: name = '', Value }) => [name, Value]));
  };
  const input = { bucket: 'tags', folder: 't', tags: [{ key: 'b', value: '3' }] };
  expect(await finish('tagFolder', input)).toMatchObject({ done: 2, failed: 0 });
  expect([await tagsOf('t/1'), await tagsOf('t/2')]).toEqual([{ a: '1', b: '3' }, { b: '3' }]);
  expect(await finish('tagFolder', { ...input, mode: 'REPLACE' })).toMatchObject({ done: 2 });
  expect(await tagsOf('t/1')).toEqual({ b: '3' });
});

test('objects that were chosen are copied, moved and deleted by a job, each with its own error', async () => {
  const keys = Array.from({ length: 60 }, (_, index) => `l/${String(index).padStart(2, '0')}`);
  await filled('chosen', [...keys, 'l/sub/x', 'other']);
  const chosen = [...keys.slice(5), 'l/gone', 'l/sub/x', 'l/05'];
  const { job } = await begin('copySelection', {
    ...{ bucket: 'chosen', keys: chosen },
    target: { bucket: 'chosen', folder: 'l/copies' },
  });
  expect(job).toMatchObject({ kind: 'COPY_SELECTION', folder: 'l/', targetFolder: 'l/copies/', total: null });
  await runner.runNext();
  expect(await jobOf(job.id)).toMatchObject({ state: 'RUNNING', total: 57, done: 50 });
  await run();
  const copied = await jobOf(job.id);
  expect(copied).toMatchObject({ state: 'COMPLETED', total: 57, done: 56, skipped: 0, failed: 1 });
  expect(copied.errors.nodes).toEqual([
    { key: 'l/gone', code: 'NOT_FOUND', message: 'There is no such object.', versionId: null },
  ]);
  const copies = [...keys.slice(5), 'l/sub/x'].map((key) => key.replace('l/', 'l/copies/'));
  expect(await keysOf('chosen')).toEqual([...keys, ...copies, 'l/sub/x', 'other']);
  await bucketNamed('chosen-2');
  const whole = { keys: ['l/00', 'other'], folder: '', target: { bucket: 'chosen-2', folder: 'm' } };
  expect(await finish('moveSelection', { bucket: 'chosen', ...whole })).toMatchObject({ done: 2, failed: 0, bytes: 9 });
  expect(await keysOf('chosen-2')).toEqual(['m/l/00', 'm/other']);
  const deleted = await finish('deleteSelection', { bucket: 'chosen', keys: ['l/01', 'l/gone', 'l/02'] });
  expect(deleted).toMatchObject({ state: 'COMPLETED', total: 3, done: 2, skipped: 1, failed: 0 });
  expect(await keysOf('chosen')).toEqual([...keys.slice(3), ...copies, 'l/sub/x']);
  const left = await server.granary.database.pool.query('SELECT count(*)::int AS n FROM folder_job_key');
  expect(left.rows[0].n).toBe(0);
});

test('objects that were chosen are restored and tagged, and deleted with all their versions', async () => {
  await filled('picked', ['p/1', 'p/2', 'p/3']);
  await withTrash('picked');
  const of = (keys: string[], rest: object = {}) => ({ bucket: 'picked', keys, ...rest });
  await put('picked', 'p/1', 'second');
  await finish('deleteSelection', of(['p/1', 'p/2']));
  expect(await keysOf('picked')).toEqual(['p/3']);
  const restored = await finish('restoreSelection', of(['p/1', 'p/3', 'p/none']));
  expect(restored).toMatchObject({ kind: 'RESTORE_SELECTION', state: 'COMPLETED', total: 3, done: 1, failed: 2 });
  const nothing = { code: 'NOT_FOUND', message: 'Nothing of this key can be restored.' };
  expect(restored.errors.nodes).toMatchObject([
    { key: 'p/3', ...nothing },
    { key: 'p/none', ...nothing },
  ]);
  expect(await keysOf('picked')).toEqual(['p/1', 'p/3']);
  expect(await finish('restoreSelection', of(['p/1']))).toMatchObject({ done: 0, skipped: 1, failed: 0 });
  const tagged = await finish('tagSelection', of(['p/1', 'p/3'], { tags: [{ key: 'a', value: 'b' }] }));
  expect(tagged).toMatchObject({ done: 2, failed: 0 });
  const { TagSet } = await server.s3.send(new GetObjectTaggingCommand({ Bucket: 'picked', Key: 'p/3' }));
  expect(TagSet).toEqual([{ Key: 'a', Value: 'b' }]);
  await server.s3.send(
    new PutBucketVersioningCommand({ Bucket: 'picked', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  for (let version = 0; version < 60; version++) {
    await put('picked', 'p/3', `${version}`);
  }
  await server.s3.send(new DeleteObjectCommand({ Bucket: 'picked', Key: 'p/3' }));
  const behind = await finish('restoreSelection', of(['p/3']));
  expect(behind).toMatchObject({ done: 1, failed: 0 });
  const all = await finish('deleteSelection', of(['p/3'], { versions: 'ALL' }));
  expect(all).toMatchObject({ state: 'COMPLETED', total: 63, done: 63, failed: 0 });
  const { Versions = [] } = await server.s3.send(new ListObjectVersionsCommand({ Bucket: 'picked' }));
  expect(Versions.map(({ Key }) => Key)).toEqual(['p/1']);
});

test('what no selection can be is refused at once, and what is overwritten or cancelled meanwhile stays', async () => {
  await filled('selection', ['s/1', 's/2']);
  const target = { bucket: 'selection', folder: 'out' };
  const refused = async (input: object) =>
    (await begin('copySelection', { bucket: 'selection', target, ...input })).userErrors;
  for (const [keys, field] of [
    [[], ['input', 'keys']],
    [Array.from({ length: 10_001 }, (_, index) => `s/${index}`), ['input', 'keys']],
    [
      ['s/1', ''],
      ['input', 'keys', '1'],
    ],
    [
      ['s/1', 'x\0'],
      ['input', 'keys', '1'],
    ],
    [
      ['s/1', 'x'.repeat(1025)],
      ['input', 'keys', '1'],
    ],
  ] as const) {
    expect(await refused({ keys })).toMatchObject([{ code: 'INVALID_INPUT', field }]);
  }
  expect(await refused({ keys: ['s/1', 't/1'], folder: 's' })).toMatchObject([{ field: ['input', 'keys', '1'] }]);
  expect(await refused({ keys: ['s/1'], target: { ...target, folder: 's' } })).toMatchObject([
    { code: 'INVALID_INPUT', field: ['input', 'target', 'folder'] },
  ]);
  const { job } = await begin('moveSelection', { bucket: 'selection', keys: ['s/1', 's/2'], target });
  await planOnly();
  await put('selection', 's/1', 'new');
  await run();
  expect(await jobOf(job.id)).toMatchObject({ state: 'COMPLETED', total: 2, done: 1, skipped: 1, failed: 0 });
  const waiting = await begin('deleteSelection', { bucket: 'selection', keys: ['s/1'] });
  await put('selection', 's/1', 'newer');
  await run();
  expect(await jobOf(waiting.job.id)).toMatchObject({ state: 'COMPLETED', done: 0, skipped: 1 });
  const cancelled = await begin('deleteSelection', { bucket: 'selection', keys: ['s/1'] });
  expect((await begin('cancelJob', { id: cancelled.job.id })).job).toMatchObject({ state: 'CANCELLED' });
  await run();
  expect(await keysOf('selection')).toEqual(['out/2', 's/1']);
  const left = await server.granary.database.pool.query('SELECT count(*)::int AS n FROM folder_job_key');
  expect(left.rows[0].n).toBe(0);
});

test('keys that begin with slashes are chosen like any others, and looked at only for who may list them', async () => {
  await filled('slashes', ['/a', '//x', '/b/c', 'b', 'y']);
  for (const [keys, folder] of [
    [['/a', 'b'], ''],
    [['//x', 'y'], ''],
    [['//x', '/a'], '/'],
    [['/b/c'], '/b/'],
  ] as const) {
    const { job } = await begin('tagSelection', { bucket: 'slashes', keys, tags: [{ key: 'k', value: 'v' }] });
    expect(job).toMatchObject({ folder });
  }
  await run();
  const deleted = await finish('deleteSelection', { bucket: 'slashes', keys: ['/a', '//x', 'b'] });
  expect(deleted).toMatchObject({ state: 'COMPLETED', done: 3, folder: '' });
  expect(await keysOf('slashes')).toEqual(['/b/c', 'y']);
  await makeS3User(server, { username: 'stranger' });
  const stranger = await server.login('stranger', 'a long enough password 1', 'default');
  for (const keys of [['/a', 'b'], ['//x', 'x\0'], ['x'.repeat(1025)]]) {
    const { userErrors } = await begin('deleteSelection', { bucket: 'slashes', keys }, stranger);
    expect(userErrors).toMatchObject([{ code: 'DENIED' }]);
  }
});

test('no chosen object is copied or moved onto another one that was chosen with it', async () => {
  const keys = ['d/1', 'd/d/1'];
  await filled('nested', keys);
  await bucketNamed('nested-2');
  const input = { bucket: 'nested', keys, folder: 'd/', target: { bucket: 'nested', folder: 'd/d/' } };
  for (const conflict of ['OVERWRITE', 'SKIP', 'FAIL']) {
    for (const mutation of ['moveSelection', 'copySelection']) {
      const { job, userErrors } = await begin(mutation, { ...input, conflict });
      expect(job).toBeNull();
      expect(userErrors).toMatchObject([
        { code: 'INVALID_INPUT', field: ['input', 'target', 'folder'], message: expect.stringContaining('d/d/1') },
      ]);
    }
  }
  expect(await keysOf('nested')).toEqual(keys);
  const target = { bucket: 'nested-2', folder: 'd/d/' };
  expect(await finish('copySelection', { ...input, target })).toMatchObject({ done: 2, failed: 0 });
  const alone = await finish('moveSelection', { ...input, keys: ['d/1'], conflict: 'OVERWRITE' });
  expect(alone).toMatchObject({ state: 'COMPLETED', done: 1 });
  expect(await keysOf('nested')).toEqual(['d/d/1']);
});

test('a job is cancelled while it waits, and between two batches', async () => {
  await filled(
    'cancelled',
    Array.from({ length: 60 }, (_, index) => `c/${index}`),
  );
  const waiting = await begin('deleteFolder', { bucket: 'cancelled', folder: 'c' });
  expect((await begin('cancelJob', { id: waiting.job.id })).job).toMatchObject({ state: 'CANCELLED' });
  await run();
  const { job } = await begin('deleteFolder', { bucket: 'cancelled', folder: 'c' });
  await runner.runNext();
  expect((await begin('cancelJob', { id: job.id })).job).toMatchObject({ state: 'RUNNING', done: 50 });
  await run();
  expect(await jobOf(job.id)).toMatchObject({ state: 'CANCELLED', done: 50 });
  expect(await keysOf('cancelled')).toHaveLength(10);
  expect((await begin('cancelJob', { id: job.id })).job).toMatchObject({ state: 'CANCELLED' });
});

test('a job that cannot go on turn after turn has failed, and says why', async () => {
  await filled('stuck', ['s/1']);
  const { job } = await begin('deleteFolder', { bucket: 'stuck', folder: 's' });
  for (let turn = 1; turn <= 10; turn++) {
    await planOnly();
    expect((await jobOf(job.id)).state).toBe('RUNNING');
  }
  await planOnly();
  const message = 'It was tried 11 times in vain, the last time because of: The turn took too long.';
  expect(await jobOf(job.id)).toMatchObject({ state: 'FAILED', message, done: 0, failed: 0 });
  expect(await runner.runNext()).toBe(false);
  expect(await keysOf('stuck')).toEqual(['s/1']);
});

test('jobs take turns, tenant by tenant', async () => {
  const keys = Array.from({ length: 120 }, (_, index) => `k/${index}`);
  await filled('turns', keys);
  const first = await begin('tagFolder', { bucket: 'turns', folder: 'k', tags: [] });
  const second = await begin('copyFolder', { bucket: 'turns', folder: 'k', target: { bucket: 'turns', folder: 'l' } });
  const done = async () => [(await jobOf(first.job.id)).done, (await jobOf(second.job.id)).done];
  await runner.runNext();
  await runner.runNext();
  expect(await done()).toEqual([50, 50]);
  await run();
  expect(await done()).toEqual([120, 120]);
});

test('a user begins 50 jobs at most, and a tenant 100, however many are asked for at once', async () => {
  await filled('slots', ['s/1']);
  const tokens = await Promise.all(
    ['slot-a', 'slot-b', 'slot-c'].map(async (username) => {
      await makeS3User(server, { username, role: 'TENANT_ADMINISTRATOR' });
      return server.login(username, 'a long enough password 1');
    }),
  );
  const beginMany = async (count: number, token = '') => {
    const aliases = Array.from(
      { length: 20 },
      (_, index) => `j${index}: tagFolder(input: $input) { userErrors { code message } }`,
    );
    const answers = await Promise.all(
      Array.from({ length: count / 20 }, () =>
        server.graphql(
          `mutation($input: TagFolderInput!) { ${aliases.join(' ')} }`,
          { input: { bucket: 'slots', folder: 's', tags: [] } },
          token,
        ),
      ),
    );
    return answers.flatMap(({ data }) =>
      (Object.values(data) as { userErrors: { message: string }[] }[]).map(({ userErrors }) => userErrors[0]?.message),
    );
  };
  const ofUser = 'At most 50 jobs of a user can be queued or running at once.';
  const ofTenant = 'At most 100 jobs of a tenant can be queued or running at once.';
  const [first = [], second = []] = await Promise.all([beginMany(80, tokens[0]), beginMany(80, tokens[1])]);
  for (const answers of [first, second]) {
    expect(answers.filter((message) => message === undefined)).toHaveLength(50);
    expect(answers.filter((message) => message === ofUser)).toHaveLength(30);
  }
  expect(await beginMany(20, tokens[2])).toEqual(Array(20).fill(ofTenant));
  const open = `state IN ('QUEUED', 'RUNNING')`;
  const { rows } = await server.granary.database.pool.query(`DELETE FROM folder_job WHERE ${open} RETURNING id`);
  expect(rows).toHaveLength(100);
});

test('the rights of whoever began it are asked for at each object, while it runs', async () => {
  const { data } = await server.graphql(
    'mutation { createUser(input: { username: "jo", password: "a long enough password 1" }) { userErrors { code } } }',
  );
  expect(data.createUser.userErrors).toEqual([]);
  const jo = await server.login('jo', 'a long enough password 1', 'default');
  await filled(
    'rights',
    Array.from({ length: 100 }, (_, index) => `r/${String(index).padStart(2, '0')}`),
  );
  const allow = async (statements: object[]) => {
    const Statement = statements.map((each) => ({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::default:user/jo' },
      ...each,
    }));
    const answer = await server.graphql(
      'mutation($input: PutBucketPolicyInput!) { putBucketPolicy(input: $input) { userErrors { message } } }',
      { input: { bucket: 'rights', policy: { Version: '2012-10-17', Statement } } },
    );
    expect(answer.data.putBucketPolicy.userErrors).toEqual([]);
  };
  const list = { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::rights' };
  const remove = { Action: 's3:DeleteObject', Resource: 'arn:aws:s3:::rights/*' };
  const input = { bucket: 'rights', folder: 'r' };
  expect((await begin('deleteFolder', input, jo)).userErrors).toMatchObject([{ code: 'DENIED' }]);
  await allow([list, remove]);
  const { job } = await begin('deleteFolder', input, jo);
  await runner.runNext();
  await allow([list, { ...remove, Resource: 'arn:aws:s3:::rights/r/9*' }]);
  await run();
  const ended = await jobOf(job.id, jo);
  expect(ended).toMatchObject({ state: 'COMPLETED', total: 100, done: 60, failed: 40, startedBy: { username: 'jo' } });
  expect(new Set(ended.errors.nodes.map(({ code }: { code: string }) => code))).toEqual(new Set(['DENIED']));
  // Without the right to list, and once disabled, it goes no further.
  const listless = await begin('deleteFolder', input, jo);
  await allow([remove]);
  await run();
  expect(await jobOf(listless.job.id, jo)).toMatchObject({ state: 'FAILED', done: 0 });
  await allow([list, remove]);
  const disabled = await begin('deleteFolder', input, jo);
  await server.graphql('mutation { disableUser(input: { username: "jo" }) { userErrors { message } } }');
  await run();
  const { state, message } = await jobOf(disabled.job.id);
  expect([state, message]).toEqual(['FAILED', 'Whoever began it is disabled or gone.']);
  expect(await keysOf('rights')).toHaveLength(40);
});

test('jobs are seen by whoever began them and by administrators, and nobody else', async () => {
  await makeS3User(server, { username: 'mia' });
  await makeS3User(server, { username: 'moe' });
  const [mia, moe] = [
    await server.login('mia', 'a long enough password 1', 'default'),
    await server.login('moe', 'a long enough password 1', 'default'),
  ];
  await server.graphql('mutation { createBucket(input: { name: "of-mia" }) { userErrors { code } } }', {}, mia);
  const { job } = await begin('deleteFolder', { bucket: 'of-mia', folder: '' }, mia);
  await run();
  expect(await jobOf(job.id, mia)).toMatchObject({ state: 'COMPLETED', total: 0 });
  expect(await jobOf(job.id, moe)).toBeNull();
  const node = 'query($id: ID!) { node(id: $id) { __typename id ... on Job { state } } }';
  expect((await server.graphql(node, { id: job.id }, moe)).data.node).toBeNull();
  expect((await server.graphql(node, { id: job.id }, mia)).data.node).toMatchObject({ __typename: 'Job', id: job.id });
  expect((await begin('cancelJob', { id: job.id }, moe)).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  const own = await server.graphql('{ jobs(first: 10) { totalCount nodes { id } } }', {}, mia);
  expect(own.data.jobs).toEqual({ totalCount: 1, nodes: [{ id: job.id }] });
  const all = '{ jobs(first: 100, tenant: "default") { nodes { id } } }';
  expect((await server.graphql(all, {}, moe)).errors?.[0]?.extensions?.code).toBe('DENIED');
  expect((await server.graphql(all)).data.jobs.nodes).toContainEqual({ id: job.id });
  const mias = await server.graphql('{ jobs(last: 10, username: "mia") { nodes { id } } }');
  expect(mias.data.jobs.nodes).toEqual([{ id: job.id }]);
});

test('after all of it every folder is counted right', async () => {
  const counter = new FolderCounter(server.granary);
  while (await counter.run()) {
    // The next events.
  }
  expect(await recountFolders(server.granary)).toMatchObject({ wrong: 0 });
});
