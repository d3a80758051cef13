import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSettings } from '../../src/config/settings.js';
import { Installation } from '../cli/installation.js';
import { temporaryDirectory } from '../support/directory.js';

test.each([
  ['GRANARY_MASTER_KEY', '0'.repeat(64)],
  ['GRANARY_MASTER_KEY', Buffer.alloc(32).toString('base64')],
  ['GRANARY_MASTER_KEY', 'changeme'],
  ['GRANARY_MASTER_KEY', ','],
  ['GRANARY_METRICS_TOKEN', 'changeme'],
  ['GRANARY_ADMIN_PASSWORD', 'admin'],
  ['GRANARY_ROOT_SECRET_KEY', 'secret'],
])('23: with %s=%s the server refuses to start', (variable, value) => {
  const pair = variable === 'GRANARY_ROOT_SECRET_KEY' ? { GRANARY_ROOT_ACCESS_KEY: 'ROOT' } : {};
  expect(() => loadSettings({ ...pair, [variable]: value })).toThrow(variable);
});

test('23: a file of master keys that is empty is refused, and never replaced by a new key', async () => {
  await using installation = await Installation.make('migrated');
  const keys = join(installation.dataDir, 'keys');
  await mkdir(keys, { recursive: true });
  await writeFile(join(keys, 'master.key'), '\n');
  expect(await installation.failToStart()).toContain('is empty');
  expect(await readFile(join(keys, 'master.key'), 'utf8')).toBe('\n');
});

test('23: without any setting the secrets are random, so no two installations share one', async () => {
  await using directory = await temporaryDirectory();
  const settings = loadSettings({ GRANARY_DATA_DIR: directory.path });
  const { masterKeys, adminPassword, rootAccessKey, rootSecretKey, metricsToken } = settings;
  expect([masterKeys, adminPassword, rootAccessKey, rootSecretKey, metricsToken]).toEqual(Array(5).fill(undefined));
});
