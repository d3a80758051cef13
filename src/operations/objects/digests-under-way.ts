import { WorkGate } from '../../auth/work-gate.js';
import { withoutDeadline } from '../../database/deadline.js';

// Each reads a whole object; whoever asks for many of them waits.
const gate = new WorkGate({ running: 2, waiting: 1000 });

/** Computes digests in turn, each once for all who ask for it meanwhile. */
export class DigestsUnderWay<Key> {
  readonly #underWay = new Map<Key, Promise<Buffer>>();

  /** It goes on when who asked first waits no longer, for others may. */
  digest(key: Key, read: () => Promise<Buffer>): Promise<Buffer> {
    const known = this.#underWay.get(key);
    if (known !== undefined) {
      return known;
    }
    const digest = withoutDeadline(() => gate.run(read)).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, digest);
    return digest;
  }
}
