/** Every slot costs some 0.15 ms for its messages and its write, which at 1 MiB is a twentieth of hashing it. */
export const SLOT_SIZE = 1024 * 1024;

/** Slots that lie idle for the next upload: 16 MiB in all. */
const KEPT = 16;

/** Pieces of shared memory, used again and again: new ones cost page faults, and their garbage is collected late. */
export class SlotPool {
  readonly #idle: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#idle.pop() ?? new Uint8Array(new SharedArrayBuffer(SLOT_SIZE));
  }

  /** Gives a slot back which nobody reads or writes any more. */
  release(slot: Uint8Array): void {
    if (this.#idle.length < KEPT) this.#idle.push(slot);
  }
}
