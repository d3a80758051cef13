import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { createBucket } from '../../src/operations/create-bucket.js';
import { updateBucket } from '../../src/operations/update-bucket.js';
import { anyCommand, requireEqual } from './commands.js';
import { anyScript, checkHistory, perform } from './concurrent.js';
import { Figures } from './figures.js';
import { finish } from './finish.js';
import { type BucketModel, keys, type Model, newBucket, versionsOf } from './model.js';
import { planGet } from './object-plans.js';
import { addressOf } from './observe.js';
import { otherTenant, World } from './world.js';

// A failing run says its seed; `SEED=1 RUNS=200 npm test -- test/model` repeats or prolongs one.
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
const runs = Number(process.env.RUNS ?? 100);
/** Without RUNS there are as many as fit into this time. */
const budgetMs = process.env.RUNS === undefined ? 14_000 : Number.POSITIVE_INFINITY;
const jestLimitMs = process.env.RUNS === undefined ? 120_000 : 60_000 + 10_000 * runs;

/** The world of all sequences, as long as none failed in it. */
let world: World | undefined;
let sequence = 0;

afterEach(closeWorld);

async function closeWorld(): Promise<void> {
  await world?.close();
  world = undefined;
}

async function inWorld(work: (world: World) => Promise<void>, deadline: number): Promise<void> {
  if (performance.now() > deadline) {
    return;
  }
  world ??= await World.open(4);
  sequence += 1;
  try {
    await work(world);
  } catch (error) {
    await closeWorld();
    throw error;
  }
}

async function makeBuckets({ observer }: World): Promise<BucketModel[]> {
  const buckets = [
    newBucket(`plain-${sequence}`, { versioning: 'UNVERSIONED', trashSeconds: 0 }),
    newBucket(`versions-${sequence}`, { versioning: 'ENABLED', trashSeconds: 0 }),
    newBucket(`trash-${sequence}`, { tenant: otherTenant, versioning: 'UNVERSIONED', trashSeconds: 3600 }),
  ];
  for (const bucket of buckets) {
    await createBucket(observer.context, { ...addressOf(bucket), versioning: bucket.versioning });
    await updateBucket(observer.context, { ...addressOf(bucket), trashSeconds: bucket.trashSeconds });
  }
  return buckets;
}

/** Every version that the model has, visible or not, reads back with its bytes. */
async function readEverything(model: Model, { world, figures }: { world: World; figures: Figures }): Promise<void> {
  for (const [bucket, found] of model.buckets.entries()) {
    for (const [key, name] of keys.entries()) {
      for (const [version, { marker }] of versionsOf(found, name).entries()) {
        if (!marker) {
          const plan = planGet(model, { bucket, key }, { version, half: false });
          await plan.run(world.observer.context, figures);
        }
      }
    }
  }
}

function report(what: string, figures: Figures, startedAt: number): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${what}: SEED=${seed}, ${seconds} s, ${figures}\n`);
}

test(
  'the store does what a simple model does, whatever process dies at whatever step',
  async () => {
    const figures = new Figures();
    const startedAt = performance.now();
    const commands = fc.commands([anyCommand], { maxCommands: 120, size: 'max' });
    const property = fc.asyncProperty(commands, (steps) =>
      inWorld(async (world) => {
        figures.sequences += 1;
        const model: Model = { buckets: await makeBuckets(world), strays: 0 };
        await fc.asyncModelRun(() => ({ model, real: { world, figures } }), steps);
        await requireEqual(model, { world, figures });
        await readEverything(model, { world, figures });
        await finish(world, { buckets: model.buckets.map(addressOf), figures, strays: model.strays });
      }, startedAt + budgetMs),
    );
    try {
      await fc.assert(property, { seed, numRuns: runs });
    } finally {
      report('one operation at a time', figures, startedAt);
    }
  },
  jestLimitMs,
);

test(
  "processes that work at the same time see each other's writes in one order, and lose none",
  async () => {
    const figures = new Figures();
    const startedAt = performance.now();
    const property = fc.asyncProperty(anyScript, (script) =>
      inWorld(async (world) => {
        figures.sequences += 1;
        const steady = await makeBuckets(world);
        const restless = newBucket(`restless-${sequence}`, { versioning: 'ENABLED', trashSeconds: 0 });
        await createBucket(world.observer.context, { ...addressOf(restless), versioning: 'ENABLED' });
        const buckets = [...steady, restless];
        const history = await perform(script, { world, buckets, figures });
        await checkHistory(history, { world, buckets: steady, figures });
        await finish(world, { buckets: buckets.map(addressOf), figures, strays: 'any' });
      }, startedAt + budgetMs),
    );
    try {
      // Time decides here, too: a smaller script is another race, so that shrinking would only take long.
      await fc.assert(property, { seed, numRuns: runs, endOnFailure: true });
    } finally {
      report('all at the same time', figures, startedAt);
    }
  },
  jestLimitMs,
);
