// Runs the tests under faults of the machine. The programs that they need are installed with those of all tests.
import { join } from 'node:path';
import { root } from './compile.mjs';
import { programFolders } from './install-packages.mjs';

process.argv.splice(2, 0, '--config', join(root, 'test', 'faults', 'jest.config.mjs'));
process.env.PATH = programFolders.join(':');
await import('./test.mjs');
