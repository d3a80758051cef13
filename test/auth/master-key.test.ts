import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMasterKey } from '../../src/auth/master-key.js';
import { SecretBox } from '../../src/auth/secret-box.js';
import { TokenSigner } from '../../src/auth/tokens.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { entities } from '../../src/entities/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let testDatabase: TestDatabase;
let database: Database;
let dataDir: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase({ url: testDatabase.url, poolSize: 4, entities });
});

afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'granary-key-'));
  await database.pool.query('DELETE FROM signing_key');
});

afterEach(() => rm(dataDir, { recursive: true }));

const keyPath = () => join(dataDir, 'keys', 'master.key');
const load = (masterKey?: Buffer) => loadMasterKey({ masterKey, dataDir }, database);

/** Puts a secret into the database that is sealed with the key. */
async function sealSomething(masterKey: Buffer): Promise<void> {
  const signer = new TokenSigner({ database, secretBox: new SecretBox(masterKey), accessTokenSeconds: 60 });
  await signer.issueAccessToken({ userId: 1, tenantId: 1 });
}

test('the first start makes a key that only the owner reads, and every later one finds it', async () => {
  const key = await load();
  expect(key).toHaveLength(32);
  expect((await stat(keyPath())).mode & 0o777).toBe(0o600);
  expect((await stat(join(dataDir, 'keys'))).mode & 0o777).toBe(0o700);
  await sealSomething(key);
  expect(await load()).toEqual(key);
});

test('processes that start at once agree on one key and leave nothing else behind', async () => {
  const keys = await Promise.all(Array.from({ length: 8 }, () => load()));
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
  expect(await readdir(join(dataDir, 'keys'))).toEqual(['master.key']);
});

test('the setting comes before the file, and then none is made', async () => {
  const key = randomBytes(32);
  expect(await load(key)).toEqual(key);
  expect(await readdir(dataDir)).toEqual([]);
});

test('a key in hex is read as well', async () => {
  await load();
  const key = randomBytes(32);
  await writeFile(keyPath(), `${key.toString('hex')}\n`);
  expect(await load()).toEqual(key);
});

test.each(['', 'short', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')])(
  'a key file that holds %j is refused and left alone',
  async (content) => {
    await load();
    await writeFile(keyPath(), content);
    await expect(load()).rejects.toMatchObject({ kind: 'InvalidInput', reason: 'InvalidMasterKey' });
    expect(await readFile(keyPath(), 'utf8')).toBe(content);
  },
);

test('a key that is missing while the database holds secrets is not replaced by another', async () => {
  await sealSomething(await load());
  await rm(keyPath());
  await expect(load()).rejects.toMatchObject({ kind: 'InvalidInput', message: expect.stringContaining(keyPath()) });
  await expect(stat(keyPath())).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a key that does not fit what the database holds is refused at the start', async () => {
  await sealSomething(await load());
  await expect(load(randomBytes(32))).rejects.toMatchObject({
    kind: 'InvalidInput',
    message: expect.stringContaining('GRANARY_MASTER_KEY'),
  });
});
