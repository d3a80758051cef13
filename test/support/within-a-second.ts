import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

const limitMs = 1000;

/**
 * Asks until a change holds, and fails when a question that began a second or more after it was still answered as before.
 * How long the machine takes for an answer does not count.
 * @param changedAt by `performance.now()`.
 */
export async function expectWithinASecond(changedAt: number, holds: () => Promise<boolean>): Promise<void> {
  let last = changedAt;
  for (;;) {
    const began = performance.now();
    if (await holds()) {
      break;
    }
    last = began;
    if (last - changedAt > 10 * limitMs) {
      break;
    }
    await delay(5);
    // When this process stood still, what has come in meanwhile goes first.
    await nextTurn();
  }
  expect(last - changedAt).toBeLessThan(limitMs);
}
