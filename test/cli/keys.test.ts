import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { MasterKey } from '../../src/auth/master-keys.js';
import { programProblem, testUnless } from '../support/programs.js';
import { BusyClients, bucket, expectReadable, put, readDigest, withEach } from './busy-clients.js';
import { Installation } from './installation.js';

interface KeyUse {
  id: string;
  state: string;
  rows: number;
}

const listKeys = async (installation: Installation): Promise<KeyUse[]> =>
  (await installation.facts(['keys', 'list'])).keys;

/** Small and large objects, under SSE-S3 and SSE-KMS. */
async function fill(s3: S3Client, count: number): Promise<Map<string, string>> {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const digests = new Map<string, string>();
  await withEach(Array(count).keys(), async (index) => {
    digests.set(`kept/${index}`, await put(s3, `kept/${index}`, randomBytes(index % 3 === 0 ? 70_000 : 900)));
  });
  const sealed = { Bucket: bucket, Key: 'kms', Body: 'by a named key', ServerSideEncryption: 'aws:kms' } as const;
  await s3.send(new PutObjectCommand(sealed));
  digests.set('kms', await readDigest(s3, 'kms'));
  return digests;
}

test('64: the master key is rotated and the old one retired while clients read and write, and none of them notices', async () => {
  await using installation = await Installation.make('migrated');
  const s3 = await installation.start();
  const digests = await fill(s3, 60);
  const [first] = await listKeys(installation);
  expect(first?.rows).toBeGreaterThan(60);
  const busy = new BusyClients(s3, 6);
  await delay(500);
  const rotated = await installation.facts(['keys', 'rotate']);
  expect(rotated).toMatchObject({ olderKeyIds: [first?.id], unopened: 0 });
  expect(rotated.dataKeys).toBeGreaterThan(60);
  // Of the administrator's access key, the key of access tokens, and the key that signs the audit log.
  expect(rotated.secrets).toBe(3);
  await delay(500);
  // What an upload that was under way wrapped with the old key.
  const again = await installation.facts(['keys', 'rotate']);
  expect(again).toMatchObject({ madeKeyId: null, keyId: rotated.madeKeyId });
  expect((await installation.granary(['keys', 'retire', first?.id ?? ''])).code).toBe(0);
  await delay(500);
  await busy.stop();
  expect(busy.errors).toEqual([]);
  expect(busy.acts).toBeGreaterThan(50);
  await installation.stop();

  await rm(join(installation.dataDir, 'keys', 'retired.key'));
  expect(await listKeys(installation)).toEqual([{ id: rotated.madeKeyId, state: 'current', rows: expect.any(Number) }]);
  const restarted = await installation.start();
  await expectReadable(restarted, digests);
  const written = [...busy.acknowledged].flatMap(([key, digest]) => (digest === null ? [] : [[key, digest] as const]));
  await expectReadable(restarted, new Map(written));
}, 180_000);

test('a rotation that is killed again and again loses nothing, the next one ends it, and one more has nothing to do', async () => {
  await using installation = await Installation.make('migrated');
  const s3 = await installation.start();
  const digests = await fill(s3, 300);
  const keyFile = join(installation.dataDir, 'keys', 'master.key');
  for (const lateByMs of [0, 5, 10, 20, 40, 80]) {
    const before = await readFile(keyFile, 'utf8');
    const killWhen = async () => (await readFile(keyFile, 'utf8')) !== before && (await delay(lateByMs, true));
    await installation.granary(['keys', 'rotate', '--another'], { killWhen });
  }
  await expectReadable(s3, digests);
  await installation.facts(['keys', 'rotate']);
  const ended = await readFile(keyFile, 'utf8');
  const again = await installation.facts(['keys', 'rotate']);
  expect(again).toMatchObject({ madeKeyId: null, dataKeys: 0, secrets: 0, unopened: 0 });
  expect(await readFile(keyFile, 'utf8')).toBe(ended);
  const [current, ...older] = await listKeys(installation);
  expect(current).toMatchObject({ state: 'current' });
  expect(older.every(({ rows }) => rows === 0)).toBe(true);
  for (const { id } of older) {
    await installation.facts(['keys', 'retire', id]);
  }
  await installation.stop();
  await expectReadable(await installation.start(), digests);
  const files = await readdir(join(installation.dataDir, 'keys'));
  expect(files.filter((name) => !name.startsWith('master.key.'))).toEqual(['master.key', 'retired.key']);
}, 180_000);

test('a key is not retired while it is the current one, while rows need it, or when there is none of that id', async () => {
  await using installation = await Installation.make('migrated');
  await installation.start();
  const retire = (id: string) => installation.granary(['keys', 'retire', id]);
  const [current] = await listKeys(installation);
  const refused = await retire(current?.id ?? '');
  expect(refused).toMatchObject({ code: 1, errors: expect.stringContaining('is the current key') });
  expect((await retire('00000000')).errors).toBe('granary: There is no key 00000000. See: granary keys list\n');

  await installation.stop();
  const path = join(installation.dataDir, 'keys', 'master.key');
  await writeFile(path, `${randomBytes(32).toString('base64')}\n${await readFile(path, 'utf8')}`);
  expect((await retire(current?.id ?? '')).errors).toMatch(/^granary: \d+ rows? still needs? the key .{8}\. Run first/);
}, 180_000);

test('with keys from the setting a rotation seals with the first of them, and touches no file', async () => {
  await using installation = await Installation.make('migrated');
  const [older, newer] = [randomBytes(32), randomBytes(32)];
  installation.env.GRANARY_MASTER_KEY = older.toString('base64');
  const digests = await fill(await installation.start(), 10);
  await installation.stop();

  installation.env.GRANARY_MASTER_KEY = `${newer.toString('hex')}, ${older.toString('base64')}`;
  const s3 = await installation.start();
  const id = new MasterKey(newer).id.toString('hex');
  expect(await installation.facts(['keys', 'rotate'])).toMatchObject({ madeKeyId: null, keyId: id, unopened: 0 });
  await expectReadable(s3, digests);
  const retired = await installation.granary(['keys', 'retire', new MasterKey(older).id.toString('hex')]);
  expect(retired.errors).toContain('take it out there');
  await installation.stop();

  installation.env.GRANARY_MASTER_KEY = newer.toString('hex');
  await expectReadable(await installation.start(), digests);
  expect(await readdir(installation.dataDir)).not.toContain('keys');
}, 180_000);

test('a recovery bundle brings the keys back, and the server starts again with what it had', async () => {
  await using installation = await Installation.make('migrated');
  const digests = await fill(await installation.start(), 5);
  await installation.stop();
  const bundle = join(installation.directory, 'bundle');
  const secret = join(installation.directory, 'passphrase');
  await writeFile(secret, 'a passphrase of some length\n');
  await installation.facts(['keys', 'export', '--to', bundle, '--passphrase-file', secret]);
  expect((await stat(bundle)).mode & 0o777).toBe(0o600);
  const again = await installation.granary(['keys', 'export', '--to', bundle, '--passphrase-file', secret]);
  expect(again).toMatchObject({ code: 1, errors: expect.stringContaining('is there already') });

  await rm(join(installation.dataDir, 'keys'), { recursive: true });
  expect(await installation.failToStart()).toMatch(/Granary cannot start:\n {2}The database holds what was sealed/);
  const from = ['keys', 'import', '--from', bundle, '--passphrase-file'];
  const wrong = await installation.granary([...from, '-'], { input: 'another passphrase\n' });
  expect(wrong).toEqual({
    code: 1,
    output: '',
    errors: 'granary: The bundle does not open: the passphrase is wrong, or it was changed.\n',
  });
  await installation.facts([...from, '-'], { input: 'a passphrase of some length' });
  await expectReadable(await installation.start(), digests);
}, 180_000);

describe('beside a server that runs', () => {
  let installation: Installation;

  beforeAll(async () => {
    installation = await Installation.make('migrated');
    await installation.start();
  }, 180_000);

  afterAll(() => installation?.[Symbol.asyncDispose]());

  testUnless(
    programProblem('python3'),
    'a passphrase that is typed twice at a terminal is not shown, and seals a bundle that opens with it',
    async () => {
      const bundle = join(installation.directory, 'bundle');
      const secret = 'typed at a terminal';
      const typed = await installation.atTerminal(
        ['keys', 'export', '--to', bundle],
        [
          ['Passphrase: ', secret],
          ['Once more: ', secret],
        ],
      );
      expect(typed).toMatchObject({ code: 0, output: expect.stringContaining('holds the master keys') });
      expect(typed.output).not.toContain(secret);
      const merge = ['keys', 'import', '--merge', '--from', bundle, '--passphrase-file', '-', '--json'];
      expect(await installation.granary(merge, { input: secret })).toMatchObject({ code: 0, errors: '' });
      const other = join(installation.directory, 'other');
      const differing = await installation.atTerminal(
        ['keys', 'export', '--to', other],
        [
          ['Passphrase: ', secret],
          ['Once more: ', 'something else'],
        ],
      );
      expect(differing).toMatchObject({ code: 1, output: expect.stringContaining('The two passphrases differ.') });
      expect(existsSync(other)).toBe(false);
    },
    180_000,
  );

  test('a short passphrase, and none where nobody can be asked, are refused in one line', async () => {
    const before = await readdir(installation.directory);
    const to = ['keys', 'export', '--to', join(installation.directory, 'refused')];
    const short = await installation.granary([...to, '--passphrase-file', '-'], { input: 'short\n' });
    expect(short.errors).toBe('granary: The passphrase must have at least 12 characters.\n');
    const none = await installation.granary(to);
    expect(none.errors).toBe('granary: There is no terminal to ask for the passphrase. Give --passphrase-file.\n');
    expect(await readdir(installation.directory)).toEqual(before);
  }, 180_000);
});
