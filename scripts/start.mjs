// Builds what has changed, then becomes the server: one process, so that signals go straight to it.
import { build } from './build.mjs';

if (await build()) {
  await import('../dist/src/main.js');
} else {
  process.exitCode = 1;
}
