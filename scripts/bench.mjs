// Builds, then measures: npm run bench [-- section ...]
import { build } from './build.mjs';

if (await build()) {
  await import('../bench/main.mjs');
} else {
  process.exitCode = 1;
}
