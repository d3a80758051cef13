import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SharedLock } from '../../src/database/snapshot.js';
import { collectGarbage } from '../../src/operations/blobs/collect-garbage.js';
import { purgeVersions } from '../../src/operations/objects/purge-versions.js';
import { temporaryDirectory } from '../support/directory.js';
import { startTestServer } from '../support/server.js';
import { BusyClients, bucket, expectReadable, listKeys, put, readDigest, withEach } from './busy-clients.js';
import { type Ended, Installation } from './installation.js';

async function filesUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function countFiles(directory: string): Promise<number> {
  return existsSync(directory) ? (await filesUnder(directory)).length : 0;
}

async function fill(s3: S3Client, prefix: string, count: number): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  await withEach(Array(count).keys(), async (index) => {
    const key = `${prefix}/${index}`;
    digests.set(key, await put(s3, key, randomBytes(index % 2 === 0 ? 60_000 : 700)));
  });
  return digests;
}

/** An installation with a few objects, half of them in files. */
async function filled(): Promise<{ installation: Installation; s3: S3Client; digests: Map<string, string> }> {
  const installation = await Installation.make('migrated');
  const s3 = await installation.start();
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  return { installation, s3, digests: await fill(s3, 'kept', 20) };
}

interface BackedUp {
  source: Installation;
  digests: Map<string, string>;
  backups: string;
  /** What the backup has said of itself. */
  made: { id: string; masterKeyIds: [string, ...string[]] };
}

/** An installation with a backup, both of which tests leave as they are. */
let backedUp: BackedUp;

beforeAll(async () => {
  const { installation: source, digests } = await filled();
  const backups = join(source.directory, 'backups');
  backedUp = { source, digests, backups, made: await source.facts(['backup', backups]) };
}, 180_000);

afterAll(() => backedUp?.source[Symbol.asyncDispose]());

/** An installation with nothing in it but the keys of another. */
async function emptyWithKeysOf(source: Installation): Promise<Installation> {
  const target = await Installation.make();
  await cp(join(source.dataDir, 'keys'), join(target.dataDir, 'keys'), { recursive: true });
  return target;
}

/** Runs a command that is killed. When it was done before it could be, it is run anew, after what it did is undone. */
async function killed(run: () => Promise<Ended>, undo: () => Promise<void>): Promise<void> {
  for (let attempt = 1; (await run()).code !== 'SIGKILL'; attempt++) {
    expect(attempt).toBeLessThan(5);
    await undo();
  }
}

test('a backup of a busy server has everything that was acknowledged before, nothing torn, and restores elsewhere', async () => {
  const { installation, s3, digests } = await filled();
  await using source = installation;
  const backups = join(source.directory, 'backups');
  const busy = new BusyClients(s3, 6);
  await delay(2000);
  const sentBefore = new Map(busy.acknowledged);
  const made = await source.facts(['backup', backups, '--verify']);
  expect(made).toMatchObject({ missing: [], verified: { flaws: [] } });
  await delay(500);
  await busy.stop();
  expect(busy.errors).toEqual([]);

  await using target = await emptyWithKeysOf(source);
  const restored = await target.facts(['restore', backups]);
  expect(restored).toMatchObject({
    id: made.id,
    rows: made.rows,
    files: made.files,
    missingKeyIds: [],
    verified: { findings: [] },
  });
  expect(restored.verified.blobs).toBeGreaterThan(0);
  const copy = await target.start();
  await expectReadable(copy, digests);
  const keys = await listKeys(copy);
  for (const key of keys.filter((name) => name.startsWith('busy'))) {
    expect(busy.sent.get(key)).toContain(await readDigest(copy, key));
  }
  // A key that nobody touched since its acknowledgement reads back as that.
  for (const [key, digest] of sentBefore) {
    if (digest !== null && busy.acknowledged.get(key) === digest) {
      expect([key, await readDigest(copy, key)]).toEqual([key, digest]);
    }
  }
  await put(copy, 'after', Buffer.from('the restored server writes'));
}, 180_000);

test('a second backup copies only what is new, and what no backup needs goes with the backups that are not kept', async () => {
  const { installation, s3, digests } = await filled();
  await using source = installation;
  const backups = join(source.directory, 'backups');
  const first = await source.facts(['backup', backups]);
  expect(first).toMatchObject({ files: 10, newFiles: 10 });
  await fill(s3, 'new', 6);
  const second = await source.facts(['backup', backups]);
  expect(second).toMatchObject({ files: 13, newFiles: 3 });
  expect(await source.facts(['backup', backups])).toMatchObject({ newFiles: 0, newBytes: 0, pruned: { files: 0 } });

  for (const key of digests.keys()) {
    await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }
  // The jobs run every few minutes; what they would do is done here.
  await source.stop();
  await using server = await stoppable({ databaseUrl: source.databaseUrl, dataDir: source.dataDir });
  await purgeVersions(server.granary);
  await server.granary.database.pool.query('UPDATE blob SET review_at = now() WHERE review_at IS NOT NULL');
  await collectGarbage(server.granary, { graceSeconds: 0 });
  const last = await source.facts(['backup', backups, '--keep', '2']);
  expect(last).toMatchObject({ files: 3, newFiles: 0, pruned: { generations: [first.id, second.id], files: 0 } });
  const only = await source.facts(['backup', backups, '--keep', '1', '--verify']);
  expect(only).toMatchObject({ files: 3, pruned: { files: 10 }, verified: { flaws: [] } });
  expect(await filesUnder(join(backups, 'blobs'))).toHaveLength(3);
}, 180_000);

test('while a backup runs no bytes are removed, and afterwards they are', async () => {
  await using server = await stoppable({});
  const { s3, granary, settings } = server;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await put(s3, 'key', randomBytes(60_000));
  const blobs = join(settings.dataDir, 'blobs');
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'key' }));
  await purgeVersions(granary);
  await granary.database.pool.query('UPDATE blob SET review_at = now() WHERE review_at IS NOT NULL');
  {
    await using _backup = await SharedLock.take(granary.database.url, 'backup');
    expect(await collectGarbage(granary, { graceSeconds: 0 })).toEqual({ condemned: 1, forgotten: 0 });
    expect(await filesUnder(blobs)).toHaveLength(1);
  }
  expect(await collectGarbage(granary, { graceSeconds: 0 })).toEqual({ condemned: 0, forgotten: 1 });
  expect(await filesUnder(blobs)).toHaveLength(0);
}, 180_000);

test('a backup that is killed leaves none, and a restore that is killed nothing that a server starts on', async () => {
  const { installation, s3, digests } = await filled();
  await using source = installation;
  const backups = join(source.directory, 'backups');
  for (const [key, digest] of await fill(s3, 'more', 200)) {
    digests.set(key, digest);
  }
  for (const count of [1, 20, 60]) {
    const killWhen = async () => (await countFiles(join(backups, 'blobs'))) >= count;
    await killed(
      () => source.granary(['backup', backups], { killWhen }),
      () => rm(backups, { recursive: true }),
    );
  }
  const made = await source.facts(['backup', backups, '--keep', '1', '--verify']);
  expect(made.verified.flaws).toEqual([]);
  expect(await readdir(join(backups, 'generations'))).toEqual([made.id]);

  await using targets = new AsyncDisposableStack();
  let target = targets.use(await emptyWithKeysOf(source));
  const isBegun = () => existsSync(join(target.dataDir, 'restoring'));
  for (const count of [0, 1, 50, 105]) {
    const killWhen = async () => isBegun() && (await countFiles(join(target.dataDir, 'blobs'))) >= count;
    await killed(
      () => target.granary(['restore', backups], { killWhen }),
      async () => {
        target = targets.use(await emptyWithKeysOf(source));
      },
    );
    expect(await target.failToStart()).toContain('was not finished');
  }
  await target.facts(['restore', backups]);
  await expectReadable(await target.start(), digests);
}, 300_000);

test('a restore needs an empty directory, an empty database and the keys, and says which', async () => {
  const { source, digests, backups } = backedUp;
  const { masterKeyIds } = backedUp.made;
  const onto = await source.granary(['restore', backups]);
  expect(onto).toMatchObject({ code: 1, errors: expect.stringContaining('is not empty') });

  await using target = await Installation.make();
  const without = await target.granary(['restore', backups]);
  expect(without).toMatchObject({ code: 1, errors: expect.stringContaining(masterKeyIds[0]) });
  const anyway = await target.facts(['restore', backups, '--without-keys'], { code: 3 });
  expect(anyway).toMatchObject({ missingKeyIds: masterKeyIds });
  expect(await target.failToStart()).toContain(masterKeyIds[0]);
  await cp(join(source.dataDir, 'keys'), join(target.dataDir, 'keys'), { recursive: true });
  await expectReadable(await target.start(), digests);

  await using other = await emptyWithKeysOf(source);
  other.env.DATABASE_URL = target.databaseUrl;
  const intoRows = await other.granary(['restore', backups]);
  expect(intoRows).toMatchObject({ code: 1, errors: expect.stringContaining('The database is not empty') });
  await using nothing = await temporaryDirectory();
  expect((await other.granary(['restore', nothing.path])).errors).toContain('There is no finished backup');
}, 180_000);

test('what is damaged in a backup is found by --verify, and is not restored', async () => {
  const { source } = backedUp;
  const { id } = backedUp.made;
  await using directory = await temporaryDirectory();
  const backups = join(directory.path, 'backups');
  await cp(backedUp.backups, backups, { recursive: true });
  const [file = ''] = await filesUnder(join(backups, 'blobs'));
  const bytes = await readFile(file);
  await writeFile(file, bytes.with(1000, (bytes[1000] ?? 0) ^ 1));
  const checked = await source.facts(['backup', backups, '--verify'], { code: 3 });
  expect(checked.verified.flaws).toEqual([{ file, problem: 'changed' }]);
  await using target = await emptyWithKeysOf(source);
  const restore = () => target.granary(['restore', backups, '--backup', id]);
  expect((await restore()).errors).toContain(`granary: The backup is damaged: ${file} is changed.\n`);
  expect(await target.failToStart()).toContain('was not finished');

  await writeFile(file, bytes);
  await writeFile(join(backups, 'generations', id, 'object_version.copy.zst'), 'x');
  expect((await restore()).errors).toContain('object_version.copy.zst is changed');
}, 180_000);

test('bytes that no store has are told of, and the rest is backed up', async () => {
  const { source } = backedUp;
  await using directory = await temporaryDirectory();
  const [file = ''] = await filesUnder(join(source.dataDir, 'blobs'));
  const elsewhere = join(directory.path, 'lost');
  await rename(file, elsewhere);
  const { code, output } = await source.granary(['backup', join(directory.path, 'backups')]);
  await rename(elsewhere, file);
  expect(code).toBe(3);
  expect(output).toContain(`MISSING: ${file.slice(join(source.dataDir, 'blobs').length + 1)} is in no store`);
  expect(output).toContain('9 files');
}, 180_000);

test('a directory with something else in it is not made a backup of, and wrong usage ends with 2', async () => {
  const { source } = backedUp;
  const refused = await source.granary(['backup', source.dataDir]);
  expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('holds something else') });
  expect(await source.granary(['backup'])).toMatchObject({
    code: 2,
    errors: expect.stringContaining("argument 'dir'"),
  });
  expect(await source.granary(['backup', 'x', '--keep', '0'])).toMatchObject({ code: 2 });
  expect(await source.granary(['--help'])).toMatchObject({ code: 0, errors: '' });
}, 180_000);

async function stoppable(overrides: Parameters<typeof startTestServer>[0]) {
  const server = await startTestServer(overrides);
  return { ...server, [Symbol.asyncDispose]: () => server.stop() };
}
