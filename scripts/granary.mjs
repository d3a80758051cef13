#!/usr/bin/env node
// Commands for those who run a server: npx granary --help. Builds what has changed first, as `npm start` does.
import { compile } from './compile.mjs';

const { problems } = await compile();
for (const problem of problems) {
  process.stderr.write(`${problem}\n`);
}
if (problems.length === 0) {
  await import('../dist/src/command.js');
} else {
  process.exitCode = 1;
}
