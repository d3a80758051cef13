/** How long a refusal may take on the machine that {@link usualMs} is of. */
const limitMs = 50;
const rounds = 7;

/** What {@link fixedWork} takes of the processor where the project's tests usually run. */
const usualMs = 5.5;

export interface Turns {
  attack(round: number): Promise<void>;
  ordinary(): Promise<void>;
  /** Of this process alone, the server's and the test's own; or of the clock, where the work is PostgreSQL's. */
  by: 'processor time' | 'clock';
}

const clocks: Record<Turns['by'], () => number> = { 'processor time': processorMs, clock: () => performance.now() };

/**
 * Measures an attack beside an ordinary request, in turns, and fails unless it is answered within 50 ms. On a machine
 * that is slow at a fixed piece of work as well, it may take longer by as much, or three times as long as what is
 * ordinary. Of each the quickest counts: what others do on the machine only adds.
 */
export async function expectQuick({ attack, ordinary, by }: Turns): Promise<void> {
  const clock = clocks[by];
  const attacks: number[] = [];
  const ordinaries: number[] = [];
  const fixed: number[] = [];
  await ordinary();
  for (let round = 0; round < rounds; round++) {
    fixed.push(await timeOf(clock, async () => fixedWork()));
    ordinaries.push(await timeOf(clock, ordinary));
    attacks.push(await timeOf(clock, () => attack(round)));
  }
  const slowness = Math.max(1, Math.min(...fixed) / usualMs);
  expect(Math.min(...attacks)).toBeLessThan(Math.max(limitMs * slowness, 3 * Math.min(...ordinaries)));
}

/** How much of the processor this process takes meanwhile, in milliseconds: a machine that is busy does not add to it. */
export function processorTimeOf(work: () => Promise<void>): Promise<number> {
  return timeOf(processorMs, work);
}

async function timeOf(clock: () => number, work: () => Promise<void>): Promise<number> {
  const start = clock();
  await work();
  return clock() - start;
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const document = JSON.stringify(Array.from({ length: 10_000 }, (_, n) => ({ name: `name ${n}`, values: [n, { n }] })));

/** What parsers do: it makes many small objects of a text. */
function fixedWork(): void {
  JSON.parse(document);
}
