import type { Caller } from '../../auth/caller.js';
import { withoutDeadline } from '../../database/deadline.js';
import { type Asker, FairTurns } from '../../turns/fair-turns.js';

/** Each reads a whole object, for hours where it is large: nobody has all places, and whoever asks for many waits. */
const limits = {
  running: { all: 3, tenant: 2, user: 2 },
  waiting: { all: 10_000, tenant: 2000, user: 1000 },
};

/** For whom digests are computed that nobody asked for. */
const nobody: Asker = { tenantId: 0, userId: 0 };

/** Computes digests in turn, each once for all who ask for it meanwhile. */
export class DigestsUnderWay<Key> {
  readonly #turns = new FairTurns('digests', limits);
  readonly #underWay = new Map<Key, Promise<Buffer>>();

  /** It goes on when who asked first waits no longer, for others may. Without a caller it is background work. */
  digest(key: Key, caller: Caller | undefined, read: () => Promise<Buffer>): Promise<Buffer> {
    const known = this.#underWay.get(key);
    if (known !== undefined) {
      return known;
    }
    const turn = withoutDeadline(() => this.#turns.run(askerOf(caller), read));
    const digest = turn.finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, digest);
    return digest;
  }
}

function askerOf(caller: Caller | undefined): Asker {
  if (caller === undefined) {
    return nobody;
  }
  return { tenantId: caller.tenantId, userId: caller.kind === 'user' ? caller.userId : nobody.userId };
}
