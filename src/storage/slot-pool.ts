import { MAX_UPDATE, TARGET_SIZE } from './format/blob-encoder.js';

/** Content that goes through a slot. Each costs some 0.15 ms for its messages and its write: a twentieth of hashing 1 MiB. */
export const SLOT_SIZE = MAX_UPDATE;

/** Slots beyond the first that each upload or read has: with so many in use, nobody gets a further one. */
const SHARED = 48;

/** Slots that lie idle for the next upload when nobody uses any. */
const KEPT = 16;

/**
 * Pieces of shared memory, used again and again: new ones cost page faults, and their garbage is collected late. Each
 * has room for what encoding `SLOT_SIZE` bytes of content may give; what is not touched takes no memory.
 */
export class SlotPool {
  readonly #idle: Uint8Array[] = [];
  #used = 0;

  /** For whoever has none: always gives one. */
  take(): Uint8Array {
    this.#used += 1;
    return this.#idle.pop() ?? new Uint8Array(new SharedArrayBuffer(TARGET_SIZE));
  }

  /** For whoever has one and would be faster with more: undefined when the process has enough of them in use. */
  takeMore(): Uint8Array | undefined {
    return this.#used < SHARED ? this.take() : undefined;
  }

  /** Gives a slot back which nobody reads or writes any more. */
  release(slot: Uint8Array): void {
    this.#used -= 1;
    this.#idle.push(slot);
    const kept = this.#used === 0 ? KEPT : SHARED;
    if (this.#idle.length > kept) this.#idle.length = kept;
  }
}
