/** What the machine's noise may at most make of a refusal that takes no time. */
const limitMs = 50;
const rounds = 7;

/**
 * Measures an attack beside an ordinary request, in turns, and fails unless it is answered within 50 ms. On a machine
 * so busy that ordinary requests take as long, it may take three of them. Of each the quickest counts: what others do
 * on the machine only adds.
 */
export async function expectQuick(
  attack: (round: number) => Promise<void>,
  ordinary: () => Promise<void>,
): Promise<void> {
  const attacks: number[] = [];
  const ordinaries: number[] = [];
  await ordinary();
  for (let round = 0; round < rounds; round++) {
    ordinaries.push(await timeOf(ordinary));
    attacks.push(await timeOf(() => attack(round)));
  }
  expect(Math.min(...attacks)).toBeLessThan(Math.max(limitMs, 3 * Math.min(...ordinaries)));
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
