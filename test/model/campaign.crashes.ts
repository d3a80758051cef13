import fc from 'fast-check';
import { Figures } from './figures.js';
import { allAtOnce, oneAtATime, type SequenceOptions, Worlds } from './sequences.js';

// scripts/test-crashes.mjs sets these.
const seed = Number(process.env.SEED ?? 1);
const wanted = Number(process.env.CRASHES ?? 5_000);
const limitMs = Number(process.env.LIMIT_SECONDS ?? 900) * 1_000;

/** Sequences of one kind before it is the other's turn. */
const atATime = 5;

/** In a campaign far more processes die than answer, which would leave little to look at in a test of everything else. */
const kinds = [
  { name: 'all at the same time', property: allAtOnce, deathsIn: 6, length: 24 },
  { name: 'one operation at a time', property: oneAtATime, deathsIn: 3, length: 160 },
];

test(
  `processes that die at ${wanted} random steps lose, tear and leak nothing`,
  async () => {
    await using worlds = new Worlds();
    const sums = kinds.map((kind) => ({ ...kind, figures: new Figures() }));
    const crashes = () => sums.reduce((sum, { figures }) => sum + figures.crashes, 0);
    const deadline = performance.now() + limitMs;
    const isOver = () => crashes() >= wanted || performance.now() > deadline;
    try {
      for (let turn = 0; !isOver(); turn += 1) {
        for (const { figures, property, deathsIn, length } of sums) {
          const options: SequenceOptions = { worlds, figures, isOver, deathsIn, length };
          await fc.assert<unknown[]>(property(options), { seed: seed + turn, numRuns: atATime, endOnFailure: true });
        }
      }
    } finally {
      for (const { name, figures } of sums) {
        figures.report(`${name}: SEED=${seed}`);
      }
    }
    expect(crashes()).toBeGreaterThanOrEqual(wanted);
  },
  limitMs + 120_000,
);
