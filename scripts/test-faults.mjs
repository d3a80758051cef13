// Runs the tests under faults of the machine. As root on a Debian-like Linux it installs the programs that they need;
// elsewhere the tests that cannot run are skipped by names that say why.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './compile.mjs';

const packages = { strace: 'strace', xfs_io: 'xfsprogs', 'mkfs.ext4': 'e2fsprogs', faketime: 'faketime' };
const installLimitMs = 120_000;
const folders = (process.env.PATH ?? '').split(':').concat('/usr/sbin', '/sbin');

function isInstalled(program) {
  return folders.some((folder) => existsSync(join(folder, program)));
}

function install(names) {
  const options = { stdio: ['ignore', 'ignore', 'inherit'], timeout: installLimitMs };
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-q'], { ...options, env });
  const { status } = spawnSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...names], {
    ...options,
    env,
  });
  if (status !== 0) {
    process.stderr.write(`apt-get could not install ${names.join(', ')}: tests that need them are skipped\n`);
  }
}

const missing = Object.entries(packages).flatMap(([program, name]) => (isInstalled(program) ? [] : [name]));
if (missing.length > 0 && process.platform === 'linux' && process.getuid?.() === 0 && isInstalled('apt-get')) {
  install(missing);
}

process.argv.splice(2, 0, '--config', join(root, 'test', 'faults', 'jest.config.mjs'));
process.env.PATH = folders.join(':');
await import('./test.mjs');
