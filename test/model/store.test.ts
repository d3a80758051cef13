import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { Figures } from './figures.js';
import { allAtOnce, oneAtATime, Worlds } from './sequences.js';

// A failing run says its seed; `SEED=1 RUNS=200 npm test -- test/model` repeats or prolongs one.
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
const runs = Number(process.env.RUNS ?? 100);
/** Without RUNS there are as many as fit into this time. */
const budgetMs = process.env.RUNS === undefined ? 14_000 : Number.POSITIVE_INFINITY;
const jestLimitMs = process.env.RUNS === undefined ? 120_000 : 60_000 + 10_000 * runs;

function endOfBudget(): () => boolean {
  const deadline = performance.now() + budgetMs;
  return () => performance.now() > deadline;
}

test(
  'the store does what a simple model does, whatever process dies at whatever step',
  async () => {
    await using worlds = new Worlds();
    const figures = new Figures();
    const property = oneAtATime({ worlds, figures, isOver: endOfBudget(), deathsIn: 12, length: 120 });
    try {
      await fc.assert(property, { seed, numRuns: runs });
    } finally {
      figures.report(`one operation at a time: SEED=${seed}`);
    }
  },
  jestLimitMs,
);

test(
  "processes that work at the same time see each other's writes in one order, and lose none",
  async () => {
    await using worlds = new Worlds();
    const figures = new Figures();
    const property = allAtOnce({ worlds, figures, isOver: endOfBudget(), deathsIn: 36, length: 16 });
    try {
      // Time decides here, too: a smaller script is another race, so that shrinking would only take long.
      await fc.assert(property, { seed, numRuns: runs, endOnFailure: true });
    } finally {
      figures.report(`all at the same time: SEED=${seed}`);
    }
  },
  jestLimitMs,
);
