import fc from 'fast-check';
import { isGranaryError } from '../../src/errors.js';
import { listVersions } from '../../src/operations/objects/list-versions.js';
import { type Action, concurrentActions, type Scene } from './concurrent-actions.js';
import { anyContent, type Content } from './content.js';
import type { Death } from './crash.js';
import type { Figures } from './figures.js';
import { type Effect, type Entry, isLinearizable, type SeenVersion } from './history.js';
import { type BucketModel, keys } from './model.js';
import { addressOf } from './observe.js';
import type { World } from './world.js';

/** One action of one process. */
export interface Move {
  action: keyof typeof concurrentActions;
  bucket: number;
  key: number;
  toBucket: number;
  toKey: number;
  content: Content;
  death: Death;
}

const anyMove = (death: fc.Arbitrary<Death>): fc.Arbitrary<Move> =>
  fc.record({
    action: fc.constantFrom(...(Object.keys(concurrentActions) as (keyof typeof concurrentActions)[])),
    bucket: fc.nat(3),
    key: fc.nat(1),
    toBucket: fc.nat(3),
    toKey: fc.nat(1),
    content: anyContent,
    death,
  });

/** What each process does, one action after the other, while the others do theirs. */
export function anyScript(of: { death: fc.Arbitrary<Death>; length: number }): fc.Arbitrary<Move[][]> {
  const moves = fc.array(anyMove(of.death), { minLength: 6, maxLength: of.length, size: 'max' });
  return fc.array(moves, { minLength: 4, maxLength: 4 });
}

/** All operations on all keys, with the time in which they were under way. */
export class History {
  readonly #entries = new Map<string, Entry[]>();
  #clock = 0;

  tick(): number {
    this.#clock += 1;
    return this.#clock;
  }

  add(bucket: BucketModel, key: string, entry: Entry): void {
    const place = `${bucket.name}/${key}`;
    this.#entries.set(place, [...(this.#entries.get(place) ?? []), entry]);
  }

  of(bucket: BucketModel, key: string): Entry[] {
    return this.#entries.get(`${bucket.name}/${key}`) ?? [];
  }
}

/** Lets every process do its script at the same time. */
export async function perform(
  script: Move[][],
  { world, buckets, figures }: { world: World; buckets: BucketModel[]; figures: Figures },
): Promise<History> {
  const history = new History();
  const results = await Promise.allSettled(
    script.map(async (moves, client) => {
      const scene: Scene = { buckets, figures, written: [] };
      for (const move of moves) {
        await makeMove(move, { scene, history, world, client });
      }
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
  return history;
}

async function makeMove(
  move: Move,
  { scene, history, world, client }: { scene: Scene; history: History; world: World; client: number },
): Promise<void> {
  const { life, context } = world.client(client);
  const action: Action = concurrentActions[move.action](scene, move);
  scene.figures.operations += 1;
  const start = history.tick();
  const outcome = await life.live(() => action.run(context), move.death);
  const end = history.tick();
  const record = (effects: Touched[], answered: boolean) => {
    for (const { bucket, key, effect } of effects) {
      history.add(bucket, key, { effect, start, end, answered });
    }
  };
  if (life.dead) {
    scene.figures.crashes += 1;
    scene.figures.steps.add(life.diedAt ?? '');
    await world.replace(client);
    record(action.unanswered, false);
  } else if ('answer' in outcome) {
    scene.figures.acknowledged += action.unanswered.length > 0 ? 1 : 0;
    record(outcome.answer, true);
    for (const { bucket, key, effect } of outcome.answer) {
      if (effect.kind === 'put' && effect.rowId !== undefined) {
        scene.written.push({ bucket, key, rowId: effect.rowId });
      }
    }
  } else {
    record(refused(action, outcome.error), true);
    scene.figures.refused += 1;
  }
}

type Touched = Action['unanswered'][number];

/** What a refusal tells of the key; anything that is no refusal of the operation's own is a fault. */
function refused(action: Action, error: unknown): Touched[] {
  if (isGranaryError(error)) {
    const told = action.refusals[error.reason];
    if (told !== undefined) {
      return told;
    }
    // Nothing was done, and the client is asked to try again.
    if (error.kind === 'Unavailable') {
      return [];
    }
  }
  throw error;
}

/** The answers and what is to be seen in the end fit together. */
export async function checkHistory(
  history: History,
  { world, buckets, figures }: { world: World; buckets: BucketModel[]; figures: Figures },
): Promise<void> {
  for (const bucket of buckets) {
    const listed = await listVersions(world.observer.context, { ...addressOf(bucket), limit: 1000 });
    for (const key of keys) {
      const versions = listed.entries.flatMap((entry): SeenVersion[] =>
        entry.kind === 'version' && entry.object.key === key
          ? [{ etag: entry.object.deleteMarker ? null : entry.object.etag, rowId: entry.object.id }]
          : [],
      );
      const effect: Effect = { kind: 'listed', versions: versions.reverse() };
      const entries = [
        ...history.of(bucket, key),
        { effect, start: history.tick(), end: history.tick(), answered: true },
      ];
      if (!isLinearizable(entries, bucket.versioning)) {
        figures.lost += 1;
        const told = entries.map((entry) => JSON.stringify(entry)).join('\n');
        throw new Error(`No order of what was done to ${bucket.name}/${key} explains what was seen:\n${told}`);
      }
    }
  }
}
