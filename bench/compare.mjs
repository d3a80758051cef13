// Two servers under the same load, one after the other.
import { drive } from './raw-client.mjs';

const rounds = 3;

/** The two take turns, so that what else the machine does meets both; the best round of each counts. */
export async function compare(count, { ours, bare }, concurrency) {
  const best = { ours: 0, bare: 0 };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, side] of Object.entries({ ours, bare })) {
      const requests = side.make?.(round) ?? side.requests;
      const { perSecond } = await drive({
        port: side.port,
        requests,
        count: round === 0 ? count / 4 : count,
        concurrency,
      });
      // The first round warms up.
      best[name] = round === 0 ? 0 : Math.max(best[name], perSecond);
    }
  }
  return best;
}

/** As the bench prints it. */
export function figure(what, { ours, bare }, aim) {
  return { what, value: ours.toFixed(0), bare: bare.toFixed(0), ratio: ours / bare, aim: `>= ${aim}` };
}
