// Runs the tests under faults of the machine. As root on a Debian-like Linux it installs the programs that they need;
// elsewhere the tests that cannot run are skipped by names that say why.
import { join } from 'node:path';
import { root } from './compile.mjs';
import { installPackages, programFolders } from './install-packages.mjs';

installPackages({
  strace: ['strace'],
  xfs_io: ['xfsprogs'],
  'mkfs.ext4': ['e2fsprogs'],
  faketime: ['faketime'],
});

process.argv.splice(2, 0, '--config', join(root, 'test', 'faults', 'jest.config.mjs'));
process.env.PATH = programFolders.join(':');
await import('./test.mjs');
