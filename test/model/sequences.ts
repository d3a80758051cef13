import fc from 'fast-check';
import { createBucket } from '../../src/operations/buckets/create-bucket.js';
import { setBucketPlacement } from '../../src/operations/buckets/set-bucket-placement.js';
import { updateBucket } from '../../src/operations/buckets/update-bucket.js';
import { commandsWith, type Run, requireEqual } from './commands.js';
import { anyScript, checkHistory, type Move, perform } from './concurrent.js';
import { anyDeath } from './crash.js';
import type { Figures } from './figures.js';
import { finish } from './finish.js';
import { type BucketModel, keys, type Model, newBucket, newModel, versionsOf } from './model.js';
import { planGet } from './object-plans.js';
import { addressOf } from './observe.js';
import { otherTenant, World } from './world.js';

/** After so many sequences there is so much history in the database that looking through it takes its time. */
const sequencesPerWorld = 40;

/** The world that sequences happen in, one after the other, as long as none failed in it. */
export class Worlds implements AsyncDisposable {
  #world: World | undefined;
  #sequence = 0;

  async use(work: (world: World, sequence: number) => Promise<void>): Promise<void> {
    this.#world ??= await World.open(4);
    this.#sequence += 1;
    try {
      await work(this.#world, this.#sequence);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
    if (this.#sequence % sequencesPerWorld === 0) {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const world = this.#world;
    this.#world = undefined;
    await world?.close();
  }
}

export interface SequenceOptions {
  worlds: Worlds;
  figures: Figures;
  /** When it is true, sequences that are left are passed over. */
  isOver: () => boolean;
  /** Four of so many and four more operations are to die. */
  deathsIn: number;
  /** Most operations of a process. */
  length: number;
}

/** The store does what the model does, one operation after the other. */
export function oneAtATime(options: SequenceOptions): fc.IAsyncProperty<[Iterable<fc.AsyncCommand<Model, Run>>]> {
  const { worlds, figures, isOver, deathsIn, length } = options;
  const commands = fc.commands([commandsWith(anyDeath({ of: deathsIn }))], { maxCommands: length, size: 'max' });
  return fc.asyncProperty(commands, async (steps) => {
    if (isOver()) {
      return;
    }
    await worlds.use(async (world, sequence) => {
      figures.sequences += 1;
      const lockable = { lockable: true, versioning: 'ENABLED', trashSeconds: 0 } as const;
      const model = newModel(await makeBuckets(world, sequence, newBucket(`locked-${sequence}`, lockable)));
      await fc.asyncModelRun(() => ({ model, real: { world, figures } }), steps);
      await requireEqual(model, { world, figures });
      await readEverything(model, { world, figures });
      await finish(world, { buckets: model.buckets.map(addressOf), figures, setAside: model });
    });
  });
}

/** The answers that processes get which work at the same time can be explained by one order. */
export function allAtOnce(options: SequenceOptions): fc.IAsyncProperty<[Move[][]]> {
  const { worlds, figures, isOver, deathsIn, length } = options;
  return fc.asyncProperty(anyScript({ death: anyDeath({ of: deathsIn }), length }), async (script) => {
    if (isOver()) {
      return;
    }
    await worlds.use(async (world, sequence) => {
      figures.sequences += 1;
      const restless = newBucket(`restless-${sequence}`, { versioning: 'ENABLED', trashSeconds: 0 });
      const buckets = await makeBuckets(world, sequence, restless);
      const history = await perform(script, { world, buckets, figures });
      await checkHistory(history, { world, buckets: buckets.filter((bucket) => bucket !== restless), figures });
      const setAside = { strays: 'any', spoiled: new Set<string>() } as const;
      await finish(world, { buckets: buckets.map(addressOf), figures, setAside });
    });
  });
}

async function makeBuckets(world: World, sequence: number, last: BucketModel): Promise<BucketModel[]> {
  const plain = newBucket(`plain-${sequence}`, { versioning: 'UNVERSIONED', trashSeconds: 0 });
  const buckets = [
    plain,
    newBucket(`versions-${sequence}`, { versioning: 'ENABLED', trashSeconds: 0 }),
    newBucket(`trash-${sequence}`, { tenant: otherTenant, versioning: 'UNVERSIONED', trashSeconds: 3600 }),
    last,
  ];
  for (const bucket of buckets) {
    await makeBucket(world, bucket);
  }
  // Its content gets a second copy.
  await setBucketPlacement(world.observer.context, { ...addressOf(plain), rules: [{ copies: ['cold'] }] });
  return buckets;
}

async function makeBucket({ observer: { context } }: World, bucket: BucketModel): Promise<void> {
  const address = addressOf(bucket);
  await createBucket(context, {
    ...address,
    versioning: bucket.versioning,
    ...(bucket.lockable ? { objectLock: { enabled: true } } : {}),
  });
  await updateBucket(context, { ...address, trashSeconds: bucket.trashSeconds });
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
