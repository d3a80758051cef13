import fc from 'fast-check';
import { isGranaryError } from '../../src/errors.js';
import { anyContent, fullPart } from './content.js';
import type { Death } from './crash.js';
import type { Figures } from './figures.js';
import type { Model } from './model.js';
import {
  planBrokenPut,
  planCopy,
  planDelete,
  planDeleteVersion,
  planGet,
  planMove,
  planPut,
  planRestore,
} from './object-plans.js';
import { compare, observe } from './observe.js';
import type { Answer, Plan } from './plan.js';
import { planClass, planDamage, planHold } from './storage-plans.js';
import { planExpireUploads, planStray, planTrash, planUpkeep, planVersioning, type Upkeep } from './upkeep-plans.js';
import { planAbort, planComplete, planCreateUpload, planPutPart } from './upload-plans.js';
import type { World } from './world.js';

/** What a command works on beside the model. */
export interface Run {
  readonly world: World;
  readonly figures: Figures;
}

interface Step {
  readonly name: string;
  readonly plan: (model: Model) => Plan | undefined;
}

/** One operation of one process, which may be told to die on the way. */
class StoreCommand implements fc.AsyncCommand<Model, Run> {
  readonly #step: Step;
  readonly #client: number;
  readonly #death: Death;

  constructor(step: Step, { client, death }: { client: number; death: Death }) {
    this.#step = step;
    this.#client = client;
    this.#death = death;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, run: Run): Promise<void> {
    const plan = this.#step.plan(model);
    if (plan === undefined) {
      return;
    }
    run.figures.operations += 1;
    const client = run.world.client(this.#client);
    const before = structuredClone(model);
    const outcome = await client.life.live(() => plan.run(client.context, run.figures), this.#death);
    if (client.life.dead) {
      run.figures.crashes += 1;
      run.figures.steps.add(client.life.diedAt ?? '');
      await run.world.replace(this.#client);
      await adopt({ model, before, plan, run });
    } else {
      judge(plan, outcome, run.figures);
    }
    await plan.after?.(run.world.observer.context);
  }

  toString(): string {
    const death =
      this.#death === null
        ? ''
        : `, dies ${typeof this.#death === 'number' ? `after ${this.#death} steps` : this.#death}`;
    return `${this.#step.name} by ${this.#client}${death}`;
  }
}

type Outcome = { answer: Answer | undefined } | { error: unknown };

function judge(plan: Plan, outcome: Outcome, figures: Figures): void {
  if (plan.refusal !== undefined) {
    if (!('error' in outcome) || !isGranaryError(outcome.error) || outcome.error.reason !== plan.refusal) {
      throw new Error(`Expected the refusal ${plan.refusal}`, {
        cause: 'error' in outcome ? outcome.error : undefined,
      });
    }
    figures.refused += 1;
    return;
  }
  if ('error' in outcome) {
    throw outcome.error;
  }
  plan.apply?.(outcome.answer);
  figures.acknowledged += plan.writes ? 1 : 0;
}

/** An operation without an answer was done or was not; the model goes on with the one that is to be seen. */
async function adopt({
  model,
  before,
  plan,
  run,
}: {
  model: Model;
  before: Model;
  plan: Plan;
  run: Run;
}): Promise<void> {
  const observed = await observe(run.world.observer.context, model);
  const withoutIt = compare(before, observed);
  if (withoutIt.length === 0) {
    Object.assign(model, before);
    return;
  }
  if (plan.refusal === undefined) {
    plan.apply?.(undefined);
  }
  const withIt = compare(model, observed);
  if (withIt.length > 0) {
    run.figures.lost += 1;
    throw new Error(`After a crash there is neither\n${withoutIt.join('\n')}\nnor\n${withIt.join('\n')}`);
  }
  run.figures.adopted += 1;
}

/** Everything that can be listed is as the model has it. */
class CompareCommand implements fc.AsyncCommand<Model, Run> {
  check(): boolean {
    return true;
  }

  async run(model: Model, { world, figures }: Run): Promise<void> {
    await requireEqual(model, { world, figures });
  }

  toString(): string {
    return 'compare';
  }
}

export async function requireEqual(model: Model, { world, figures }: Run): Promise<void> {
  const differences = compare(model, await observe(world.observer.context, model));
  if (differences.length > 0) {
    figures.lost += differences.length;
    throw new Error(differences.join('\n'));
  }
}

const place = fc.record({ bucket: fc.nat(3), key: fc.nat(2) });
const index = fc.nat(6);

function step<T>(
  weight: number,
  name: string,
  input: fc.Arbitrary<T>,
  plan: (model: Model, input: T) => Plan | undefined,
) {
  const arbitrary = input.map((value) => ({
    name: `${name} ${JSON.stringify(value)}`,
    plan: (model: Model) => plan(model, value),
  }));
  return { weight, arbitrary };
}

const usualUpkeep: Upkeep[] = ['purge', 'collect', 'collect', 'collect later', 'sweep', 'sweep later', 'forget'];
const safekeeping: Upkeep[] = ['copy', 'copy', 'copy', 'scrub', 'rotate keys'];
const upkeep = fc.constantFrom(...usualUpkeep, ...safekeeping);
const part = fc.record({
  number: fc.integer({ min: 1, max: 3 }),
  content: fc.oneof({ weight: 30, arbitrary: anyContent }, { weight: 1, arbitrary: fc.constant(fullPart) }),
});

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  step(24, 'put', fc.record({ place, content: anyContent, condition: fc.constant('none') }), (model, i) =>
    planPut(model, i.place, i),
  ),
  step(
    6,
    'put if',
    fc.record({ place, content: anyContent, condition: fc.constantFrom('absent', 'same', 'other') }),
    (model, i) => planPut(model, i.place, i),
  ),
  step(3, 'broken put', fc.record({ place, content: anyContent, how: fc.constantFrom('md5', 'short') }), (model, i) =>
    planBrokenPut(model, i.place, i),
  ),
  step(10, 'get', fc.record({ place, version: fc.option(index), half: fc.boolean() }), (model, i) =>
    planGet(model, i.place, i),
  ),
  step(7, 'copy', fc.record({ place, to: place, version: fc.option(index) }), (model, i) =>
    planCopy(model, i.place, i),
  ),
  step(5, 'move', fc.record({ place, to: place }), (model, i) => planMove(model, i.place, i.to)),
  step(8, 'delete', place, planDelete),
  step(6, 'delete version', fc.record({ place, version: index }), (model, i) =>
    planDeleteVersion(model, i.place, i.version),
  ),
  step(5, 'restore', fc.record({ place, index }), (model, i) => planRestore(model, i.place, i.index)),
  step(5, 'create upload', place, planCreateUpload),
  step(8, 'put part', fc.record({ place, part }), (model, i) => planPutPart(model, i.place, i.part)),
  step(6, 'complete', fc.record({ place, choice: fc.constantFrom('all', 'first', 'last', 'wrong') }), (model, i) =>
    planComplete(model, i.place, i.choice),
  ),
  step(2, 'abort', place, planAbort),
  step(20, 'upkeep', upkeep, (_, kind) => planUpkeep(kind)),
  step(6, 'class', fc.record({ place, version: index, to: fc.constantFrom('STANDARD', 'STANDARD_IA') }), (model, i) =>
    planClass(model, i.place, i),
  ),
  step(4, 'hold', fc.record({ place, version: index, to: fc.constantFrom('ON', 'OFF') }), (model, i) =>
    planHold(model, i.place, i),
  ),
  step(3, 'damage', fc.record({ place, version: index, how: fc.constantFrom('flip', 'remove') }), (model, i) =>
    planDamage(model, i.place, i),
  ),
  step(2, 'versioning', fc.record({ place, to: fc.constantFrom('ENABLED', 'SUSPENDED') }), (model, i) =>
    planVersioning(model, i.place, i.to),
  ),
  step(1, 'trash', fc.record({ place, seconds: fc.constantFrom(0, 3600) }), (model, i) =>
    planTrash(model, i.place, i.seconds),
  ),
);

/** Steps that are several transactions, or none: for them a crash has no two outcomes to choose from. */
const uncrashable: fc.Arbitrary<Step> = fc.oneof(
  step(1, 'expire uploads', fc.constant(null), planExpireUploads),
  step(1, 'stray file', fc.constant(null), planStray),
);

const client = fc.nat(3);

/** What a process does next; how it may die is the caller's to say. */
export function commandsWith(death: fc.Arbitrary<Death>): fc.Arbitrary<fc.AsyncCommand<Model, Run>> {
  return fc.oneof(
    {
      weight: 50,
      arbitrary: fc.record({ step: anyStep, client, death }).map((i) => new StoreCommand(i.step, i)),
    },
    {
      weight: 1,
      arbitrary: fc.record({ step: uncrashable, client }).map((i) => new StoreCommand(i.step, { ...i, death: null })),
    },
    { weight: 3, arbitrary: fc.constant(null).map(() => new CompareCommand()) },
  );
}
