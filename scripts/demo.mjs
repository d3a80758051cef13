// Puts real files through both doors and reads each back through the other: npm run demo [-- --all] [-- --large 5GiB]
//
//   --all          every file of node_modules instead of a few hundred
//   --large SIZE   one file of this size besides, for example 5GiB
//   --parallel N   transfers at once, 8 by default
import { parseArgs } from 'node:util';
import { build } from './build.mjs';

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    large: { type: 'string' },
    parallel: { type: 'string', default: '8' },
  },
});

if (await build()) {
  const { demonstrate } = await import('../demo/demonstrate.mjs');
  process.exitCode = (await demonstrate(values)) ? 0 : 1;
} else {
  process.exitCode = 1;
}
