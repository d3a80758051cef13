import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataKeys } from '../../src/auth/data-keys.js';
import { DownloadLinks } from '../../src/auth/download-link.js';
import { announceMasterKeys, followMasterKeys, loadMasterKeys } from '../../src/auth/master-key.js';
import { retiredKeyPath, writeKeyFile } from '../../src/auth/master-key-file.js';
import { MasterKey, MasterKeys } from '../../src/auth/master-keys.js';
import { SecretBox } from '../../src/auth/secret-box.js';
import { TokenSigner } from '../../src/auth/tokens.js';
import { type Database, openDatabase } from '../../src/database/database.js';
import { entities } from '../../src/entities/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/process.js';

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
const load = (...keys: Buffer[]) =>
  loadMasterKeys({ masterKeys: keys.length === 0 ? undefined : keys, dataDir }, database);
const idOf = (key: Buffer) => new MasterKey(key).id;

/** Puts a secret into the database that is sealed with the current key. */
async function sealSomething(masterKeys: MasterKeys): Promise<void> {
  const signer = new TokenSigner({ database, secretBox: new SecretBox(masterKeys), accessTokenSeconds: 60 });
  await signer.issueAccessToken({ userId: 1, tenantId: 1, sessionId: randomUUID() });
}

test('the first start makes a key that only the owner reads, and every later one finds it', async () => {
  const keys = await load();
  expect(keys.all).toHaveLength(1);
  expect((await stat(keyPath())).mode & 0o777).toBe(0o600);
  expect((await stat(join(dataDir, 'keys'))).mode & 0o777).toBe(0o700);
  await sealSomething(keys);
  expect((await load()).current.equals(keys.current)).toBe(true);
});

test('processes that start at once agree on one key and leave nothing else behind', async () => {
  const loaded = await Promise.all(Array.from({ length: 8 }, () => load()));
  expect(new Set(loaded.map((keys) => keys.current.id.toString('hex'))).size).toBe(1);
  expect(await readdir(join(dataDir, 'keys'))).toEqual(['master.key']);
});

test('the setting comes before the file, and then none is made', async () => {
  const key = randomBytes(32);
  expect((await load(key)).current.id).toEqual(idOf(key));
  expect(await readdir(dataDir)).toEqual([]);
});

test('a key in hex is read as well', async () => {
  await load();
  const key = randomBytes(32);
  await writeFile(keyPath(), `${key.toString('hex')}\n`);
  expect((await load()).current.id).toEqual(idOf(key));
});

test('of several keys the first one seals, and each opens what it sealed', async () => {
  await sealSomething(await load());
  const older = await readFile(keyPath(), 'utf8');
  const key = randomBytes(32);
  await writeFile(keyPath(), `${key.toString('base64')}\n\n${older}`);
  const keys = await load();
  expect(keys.current.id).toEqual(idOf(key));
  await new TokenSigner({ database, secretBox: new SecretBox(keys), accessTokenSeconds: 60 }).issueAccessToken({
    userId: 1,
    tenantId: 1,
    sessionId: randomUUID(),
  });
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

test('what is sealed with another key than the newest secret still needs that key', async () => {
  const known = await load();
  await sealSomething(known);
  const foreign = new MasterKeys([randomBytes(32)]);
  const tenant = `INSERT INTO tenant (name, display_name, canonical_id) VALUES ('t', 't', 't') RETURNING id`;
  const { rows } = await database.pool.query(tenant);
  const sealed = new SecretBox(foreign).seal(randomBytes(32), 'encryption_key/x');
  await database.pool.query(
    `INSERT INTO encryption_key (id, tenant_id, name, key_sealed) VALUES (gen_random_uuid(), $1, 'k', $2)`,
    [rows[0].id, sealed],
  );
  await expect(load()).rejects.toMatchObject({ message: expect.stringContaining(foreign.current.id.toString('hex')) });
  await database.pool.query('DELETE FROM encryption_key');
});

test('a blob whose key is wrapped keeps the server from starting without the master key', async () => {
  const keys = await load();
  const { wrapped } = new DataKeys(keys).create({ kind: 'master' });
  await database.pool.query(
    `INSERT INTO blob (id, scope, address, size, stored_size, state, wrapped_key)
     VALUES (gen_random_uuid(), 1, '\\x00', 1, 1, 'live', $1)`,
    [wrapped],
  );
  await rm(keyPath());
  await expect(load()).rejects.toMatchObject({
    kind: 'InvalidInput',
    message: expect.stringContaining('granary keys import'),
  });
  await database.pool.query('DELETE FROM blob');
});

test('a process follows a change of the key file when it is told', async () => {
  const keys = await load();
  const problems: unknown[] = [];
  const unfollow = await followMasterKeys({
    settings: { masterKeys: undefined, dataDir },
    database,
    masterKeys: keys,
    onProblem: (error) => problems.push(error),
  });
  const key = randomBytes(32);
  await writeKeyFile(dataDir, keyPath(), [key]);
  await announceMasterKeys(database);
  await eventually(() => keys.current.id.equals(idOf(key)));
  await unfollow();
  expect(problems).toEqual([]);
});

test('a process that was not told finds a key that it does not know, and one that was retired, in their files', async () => {
  const keys = await load();
  const [key, retired] = [randomBytes(32), randomBytes(32)];
  await writeKeyFile(dataDir, keyPath(), [key]);
  await writeKeyFile(dataDir, retiredKeyPath(dataDir), [retired]);
  expect(keys.find(idOf(retired))?.id).toEqual(idOf(retired));
  expect(keys.current.id).toEqual(idOf(key));
  expect(keys.all).toHaveLength(1);
  expect(keys.find(idOf(randomBytes(32)))).toBeUndefined();
});

test('a download link that was signed before a rotation is good until its key is retired', async () => {
  const [older, newer] = [randomBytes(32), randomBytes(32)];
  const keys = new MasterKeys([older]);
  const links = new DownloadLinks(new SecretBox(keys));
  const exp = Math.floor(Date.now() / 1000) + 60;
  const link = {
    kind: 'object',
    userId: 1,
    tenantId: 1,
    bucketId: 1,
    key: 'k',
    versionId: null,
    exp,
    limits: [],
  } as const;
  const token = links.sign(link);
  keys.replace([newer, older]);
  expect(links.verify(token)).toEqual(link);
  expect(links.sign(link)).not.toBe(token);
  keys.replace([newer]);
  expect(() => links.verify(token)).toThrow(expect.objectContaining({ reason: 'InvalidLink' }));
});
