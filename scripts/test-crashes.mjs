// Kills processes at random steps until CRASHES (5,000) died, on as many cores as there are (at most 4), within
// LIMIT_SECONDS (900). SEED repeats a campaign; with other cores it is divided otherwise.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { compile, root } from './compile.mjs';

const mostRunners = 4;
/** Between the seeds of two runners; each counts up from its own. */
const seedStep = 100_000;

const crashes = Number(process.env.CRASHES ?? 5_000);
const limitSeconds = Number(process.env.LIMIT_SECONDS ?? 900);
const seed = Number(process.env.SEED ?? randomInt(2 ** 30));
const runners = Math.min(mostRunners, availableParallelism());

/** One jest with a PostgreSQL of its own. */
function run(index) {
  const child = spawn(
    process.execPath,
    [join(root, 'scripts', 'test.mjs'), '--config', join(root, 'test', 'model', 'jest.config.mjs')],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        SEED: String(seed + index * seedStep),
        CRASHES: String(Math.ceil(crashes / runners)),
        LIMIT_SECONDS: String(limitSeconds),
      },
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) =>
    child.on('close', (code) => {
      // Of one that found nothing only its figures.
      process.stdout.write(code === 0 ? output.replaceAll(/^(?!.*SEED=).*\n/gm, '') : output);
      resolve({ code, output });
    }),
  );
}

/** What all runners' lines say of one figure together. */
function total(outputs, pattern) {
  return outputs.flatMap((output) => [...output.matchAll(pattern)]).reduce((sum, [, count]) => sum + Number(count), 0);
}

process.stdout.write(`SEED=${seed} CRASHES=${crashes}, ${runners} at once, at most ${limitSeconds} s\n`);
const startedAt = performance.now();
await compile();
const results = await Promise.all(Array.from({ length: runners }, (_, index) => run(index)));
const outputs = results.map(({ output }) => output);
const seconds = Math.round((performance.now() - startedAt) / 1000);
const figures = [
  `${total(outputs, /(\d+) crashes/g)} crashes`,
  `${total(outputs, /(\d+) acknowledged writes/g)} acknowledged writes`,
  ...['lost', 'torn', 'leaked'].map((what) => `${total(outputs, new RegExp(`(\\d+) ${what}`, 'g'))} ${what}`),
];
process.stdout.write(`SEED=${seed}, ${seconds} s, ${figures.join(', ')}\n`);
process.exitCode = results.every(({ code }) => code === 0) ? 0 : 1;
