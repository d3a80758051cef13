// Runs all checks of the sources' text: the types, which take longest, beside the others. What each says comes whole.
import { spawn } from 'node:child_process';
import { root } from './compile.mjs';

const lanes = [
  ['npm run --silent types'],
  ['biome check .', 'eslint --max-warnings 0 schema.graphql', 'npm run --silent layers', 'knip'],
];

/** Resolves with whether the command found nothing wrong. */
function run(command) {
  const child = spawn(command, { cwd: root, shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on('close', (code) => {
      process.stdout.write(output);
      resolve(code === 0);
    });
  });
}

async function runAll(commands) {
  let isGood = true;
  for (const command of commands) {
    isGood = (await run(command)) && isGood;
  }
  return isGood;
}

const results = await Promise.all(lanes.map(runAll));
process.exitCode = results.every(Boolean) ? 0 : 1;
