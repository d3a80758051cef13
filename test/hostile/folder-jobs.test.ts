import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
} from '@aws-sdk/client-s3';
import { recountFolders } from '../../src/operations/folders/recount-folders.js';
import { FolderJobRunner } from '../../src/operations/folders/run-folder-jobs.js';
import { purgeVersions } from '../../src/operations/objects/purge-versions.js';
import { eventually, TestProcess } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  expect(await recountFolders(server.granary)).toMatchObject({ wrong: 0 });
  await server.stop();
});

const fields = 'id state total done skipped failed message errors(first: 100) { nodes { key code } }';

async function begin(mutation: string, input: object): Promise<string> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const { data, errors } = await server.graphql(
    `mutation($input: ${type}!) { ${mutation}(input: $input) { job { id } userErrors { code message } } }`,
    { input },
  );
  expect(errors ?? data[mutation].userErrors).toEqual([]);
  return data[mutation].job.id;
}

async function jobOf(id: string) {
  return (await server.graphql(`query($id: ID!) { job(id: $id) { ${fields} } }`, { id })).data.job;
}

/** Works on all jobs, by so many at once. */
async function run(runners = 1): Promise<void> {
  const work = async () => {
    const runner = new FolderJobRunner(server.granary);
    while (await runner.runNext()) {
      // The next turn.
    }
  };
  await Promise.all(Array.from({ length: runners }, work));
}

async function finish(mutation: string, input: object) {
  const id = await begin(mutation, input);
  await run();
  return jobOf(id);
}

const put = (Bucket: string, Key: string, Body = 'x') => server.s3.send(new PutObjectCommand({ Bucket, Key, Body }));

async function filled(Bucket: string, keys: readonly string[], more: object = {}): Promise<void> {
  await server.s3.send(new CreateBucketCommand({ Bucket, ...more }));
  for (let at = 0; at < keys.length; at += 10) {
    await Promise.all(keys.slice(at, at + 10).map((key) => put(Bucket, key)));
  }
}

async function keysOf(Bucket: string): Promise<string[]> {
  const { Contents = [] } = await server.s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

const numbered = (count: number, folder: string) =>
  Array.from({ length: count }, (_, index) => `${folder}${String(index).padStart(3, '0')}`);

test('77 a process that is killed while it copies and moves leaves each object done once, and another goes on', async () => {
  const keys = numbered(250, 'from/');
  await filled('killed', keys);
  await filled('copied', []);
  await server.s3.send(
    new PutBucketVersioningCommand({ Bucket: 'copied', VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const into = (folder: string) => ({ bucket: 'killed', folder: 'from', target: { bucket: 'copied', folder } });
  const jobs = [await begin('copyFolder', into('c')), await begin('moveFolder', into('m'))];
  const env = {
    ...{ DATABASE_URL: server.settings.databaseUrl, GRANARY_DATA_DIR: server.settings.dataDir },
    ...{ GRANARY_HTTP_PORT: '0', GRANARY_S3_PORT: '0' },
  };
  const done = async () => {
    const states = await Promise.all(jobs.map(jobOf));
    return states.reduce((sum, job) => sum + job.done, 0);
  };
  for (const least of [1, 120]) {
    const worker = new TestProcess(['test/hostile/doomed-folder-jobs.mjs'], { env });
    await worker.prints(/working/);
    await eventually(async () => (await done()) >= least, 60_000);
    worker.signalGroup('SIGKILL');
    await worker.exited;
  }
  await eventually(async () => {
    await run();
    return (await Promise.all(jobs.map(jobOf))).every(({ state }) => state === 'COMPLETED');
  }, 60_000);
  for (const id of jobs) {
    // What the move took away first the copy could not have.
    const { total, done: count, skipped, failed } = await jobOf(id);
    expect([count + skipped, failed]).toEqual([total, 0]);
  }
  const { Versions = [] } = await server.s3.send(new ListObjectVersionsCommand({ Bucket: 'copied' }));
  const written = Versions.map(({ Key = '' }) => Key);
  expect(new Set(written).size).toBe(written.length);
  expect(written.filter((key) => key.startsWith('m/'))).toEqual(keys.map((key) => key.replace('from/', 'm/')));
  expect(await keysOf('killed')).toEqual([]);
  const copied = await jobOf(jobs[0] as string);
  expect(written.filter((key) => key.startsWith('c/'))).toHaveLength(copied.done);
}, 120_000);

test('24 keys with dots, empty segments and nothing but slashes are copied and moved as they are', async () => {
  const odd = ['/lead', '//', 'a//b', 'a/../b', '../up', './x', '%2e%2e/k', '/'.repeat(1000), 'ü\u0301/\u{1f600}'];
  await filled('odd', odd);
  const copied = await finish('copyFolder', {
    bucket: 'odd',
    folder: '',
    target: { bucket: 'odd-2', folder: '' },
  }).catch(() => null);
  expect(copied).toBeNull();
  await filled('odd-2', []);
  const all = { bucket: 'odd', folder: '', target: { bucket: 'odd-2', folder: '../odd/' } };
  expect(await finish('copyFolder', all)).toMatchObject({ state: 'COMPLETED', done: odd.length, failed: 0 });
  expect((await keysOf('odd-2')).toSorted()).toEqual(odd.map((key) => `../odd/${key}`).toSorted());
  const deeper = { bucket: 'odd', folder: '', target: { bucket: 'odd-2', folder: 'd'.repeat(100) } };
  const moved = await finish('moveFolder', deeper);
  expect(moved).toMatchObject({ state: 'COMPLETED', done: odd.length - 1, failed: 1 });
  expect(moved.errors.nodes).toEqual([{ key: '/'.repeat(1000), code: 'INVALID_INPUT' }]);
  expect(await keysOf('odd')).toEqual(['/'.repeat(1000)]);
  expect(await finish('deleteFolder', { bucket: 'odd', folder: '/' })).toMatchObject({ done: 1 });
});

test('37 what object lock keeps is neither moved, deleted nor emptied by a job, which says so', async () => {
  await filled('locked', ['l/free'], { ObjectLockEnabledForBucket: true });
  await put('locked', 'l/held', 'kept');
  await server.s3.send(new PutObjectLegalHoldCommand({ Bucket: 'locked', Key: 'l/held', LegalHold: { Status: 'ON' } }));
  const deleted = await finish('deleteFolder', { bucket: 'locked', folder: 'l', versions: 'ALL' });
  expect(deleted).toMatchObject({ state: 'COMPLETED', done: 1, failed: 1 });
  expect(deleted.errors.nodes).toEqual([{ key: 'l/held', code: 'LOCKED' }]);
  const { Body } = await server.s3.send(new GetObjectCommand({ Bucket: 'locked', Key: 'l/held' }));
  expect(await Body?.transformToString()).toBe('kept');
  // A move adds a delete marker, as it may; the version stays behind it.
  await finish('moveFolder', { bucket: 'locked', folder: 'l', target: { bucket: 'locked', folder: 'm' } });
  await finish('emptyTrash', { bucket: 'locked' });
  await purgeVersions(server.granary, { graceSeconds: 0 });
  const { Versions = [] } = await server.s3.send(new ListObjectVersionsCommand({ Bucket: 'locked', Prefix: 'l/' }));
  expect(Versions.map(({ Key }) => Key)).toEqual(['l/held']);
});

test('a quota ends what a copy adds, object by object', async () => {
  await filled('narrow', numbered(6, 'q/'));
  await server.graphql(
    'mutation { setBucketQuota(input: { bucket: "narrow", quota: { objects: 8 } }) { userErrors { message } } }',
  );
  const copied = await finish('copyFolder', {
    bucket: 'narrow',
    folder: 'q',
    target: { bucket: 'narrow', folder: 'r' },
  });
  expect(copied).toMatchObject({ state: 'COMPLETED', done: 2, failed: 4 });
  expect(copied.errors.nodes[0]).toMatchObject({ code: 'QUOTA_EXCEEDED' });
  expect(await keysOf('narrow')).toHaveLength(8);
});

test('jobs over the same folder at once end, and no object goes two ways', async () => {
  const keys = numbered(150, 'd/');
  await filled('raced', keys);
  const jobs = [
    await begin('moveFolder', { bucket: 'raced', folder: 'd', target: { bucket: 'raced', folder: 'one' } }),
    await begin('moveFolder', { bucket: 'raced', folder: 'd', target: { bucket: 'raced', folder: 'two' } }),
    await begin('deleteFolder', { bucket: 'raced', folder: 'd' }),
  ];
  await run(3);
  const ended = await Promise.all(jobs.map(jobOf));
  for (const { state, total, done, skipped, failed } of ended) {
    expect([state, done + skipped + failed]).toEqual(['COMPLETED', total]);
  }
  const left = await keysOf('raced');
  const [one, two, deleted] = ended.map(({ done }) => done);
  expect(left.filter((key) => key.startsWith('one/'))).toHaveLength(one);
  expect(left.filter((key) => key.startsWith('two/'))).toHaveLength(two);
  expect(one + two + deleted).toBe(keys.length);
  expect(left).toHaveLength(one + two);
});

test('a job that is cancelled while several processes are at it stops once, and counts what it did', async () => {
  await filled('stopped', numbered(200, 's/'));
  const id = await begin('deleteFolder', { bucket: 'stopped', folder: '' });
  const cancel = async () => {
    await eventually(async () => (await jobOf(id)).done > 0);
    const mutation = 'mutation($id: ID!) { cancelJob(input: { id: $id }) { job { state } userErrors { code } } }';
    const answers = await Promise.all([1, 2, 3].map(() => server.graphql(mutation, { id })));
    expect(answers.map(({ data }) => data.cancelJob.userErrors)).toEqual([[], [], []]);
  };
  await Promise.all([run(3), cancel()]);
  await run();
  const { state, done } = await jobOf(id);
  expect(['CANCELLED', 'COMPLETED']).toContain(state);
  expect(await keysOf('stopped')).toHaveLength(200 - done);
});
