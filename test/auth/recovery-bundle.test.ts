import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { importKeys } from '../../src/auth/import-keys.js';
import { masterKeyPath, writeKeyFile } from '../../src/auth/master-key-file.js';
import { openRecoveryBundle, sealRecoveryBundle } from '../../src/auth/recovery-bundle.js';
import { temporaryDirectory } from '../support/directory.js';

const passphrase = 'correct horse battery';
const keys = [randomBytes(32), randomBytes(32)];
const bundle = sealRecoveryBundle(keys, passphrase);

test('a bundle gives back all keys in their order for the passphrase it was sealed with', async () => {
  expect(await openRecoveryBundle(await bundle, passphrase)).toEqual(keys);
});

test('a passphrase opens however its accents were typed', async () => {
  const sealed = await sealRecoveryBundle(keys, 'caf\u00e9 cr\u00e8me br\u00fbl\u00e9e');
  expect(await openRecoveryBundle(sealed, 'cafe\u0301 cre\u0300me bru\u0302le\u0301e')).toEqual(keys);
});

test('a bundle says which keys it has and how its passphrase was stretched, and nothing of the keys', async () => {
  const text = await bundle;
  const header = JSON.parse(text.split('\n')[0]?.replace(/^\S+ /, '') ?? '');
  expect(header).toMatchObject({ version: 1, kdf: { name: 'argon2id', memoryKiB: 65_536, passes: 3 } });
  expect(header.keyIds).toHaveLength(2);
  for (const key of keys) {
    expect(text).not.toContain(key.toString('base64'));
    expect(text).not.toContain(key.toString('hex'));
  }
});

test('a wrong passphrase is told as such', async () => {
  await expect(openRecoveryBundle(await bundle, `${passphrase}x`)).rejects.toMatchObject({
    kind: 'DigestMismatch',
    message: expect.stringContaining('passphrase is wrong'),
  });
});

test('a passphrase of less than twelve characters is refused', async () => {
  await expect(sealRecoveryBundle(keys, 'elevenchars')).rejects.toMatchObject({ kind: 'InvalidInput' });
});

test.each([
  ['a changed header', (text: string) => text.replace(/"createdAt":"2/, '"createdAt":"3')],
  ['a changed key', (text: string) => text.replace(/\n(.)/, (_, first) => `\n${first === 'A' ? 'B' : 'A'}`)],
])('a bundle with %s does not open', async (_what, change) => {
  await expect(openRecoveryBundle(change(await bundle), passphrase)).rejects.toMatchObject({ kind: 'DigestMismatch' });
});

test.each([
  ['nothing', () => ''],
  ['another text', () => 'master key: 0000'],
  ['half of it', (text: string) => text.slice(0, -20)],
  ['a header that asks for too much memory', (text: string) => text.replace('65536', '99999999')],
  ['a later version', (text: string) => text.replace('"version":1', '"version":2')],
])('%s is no bundle', async (_what, change) => {
  await expect(openRecoveryBundle(change(await bundle), passphrase)).rejects.toMatchObject({
    kind: 'InvalidInput',
    reason: 'InvalidRecoveryBundle',
  });
});

test('an import makes the key file, changes nothing when repeated, and does not overwrite other keys', async () => {
  await using directory = await temporaryDirectory();
  const dataDir = directory.path;
  expect(await importKeys(dataDir, keys, 'keep')).toMatchObject({ added: 2 });
  const written = await readFile(masterKeyPath(dataDir), 'utf8');
  expect(written).toBe(keys.map((key) => `${key.toString('base64')}\n`).join(''));
  expect(await importKeys(dataDir, keys, 'keep')).toMatchObject({ added: 0 });

  await expect(importKeys(dataDir, [randomBytes(32)], 'keep')).rejects.toMatchObject({ kind: 'Conflict' });
  expect(await readFile(masterKeyPath(dataDir), 'utf8')).toBe(written);
});

test('with merge the keys that were there come first', async () => {
  await using directory = await temporaryDirectory();
  const own = randomBytes(32);
  await writeKeyFile(directory.path, masterKeyPath(directory.path), [own]);
  const merged = await importKeys(directory.path, keys, 'merge');
  expect(merged).toMatchObject({ added: 2 });
  const lines = (await readFile(masterKeyPath(directory.path), 'utf8')).trim().split('\n');
  expect(lines[0]).toBe(own.toString('base64'));
  expect(lines).toHaveLength(3);
});

test('a key file that holds no keys is not replaced by an import', async () => {
  await using directory = await temporaryDirectory();
  await writeKeyFile(directory.path, masterKeyPath(directory.path), keys);
  await writeFile(masterKeyPath(directory.path), 'scribbles\n');
  await expect(importKeys(directory.path, keys, 'merge')).rejects.toMatchObject({ reason: 'InvalidMasterKey' });
  expect(await readFile(masterKeyPath(directory.path), 'utf8')).toBe('scribbles\n');
});
