import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { GranaryError } from '../errors.js';

/** The length of a master key in bytes. */
export const MASTER_KEY_LENGTH = 32;

/** The length of a master key's id in bytes. */
export const KEY_ID_LENGTH = 4;

/** One master key. It is never used itself: every purpose has a key derived from it (HKDF with SHA-256, RFC 5869). */
export class MasterKey {
  /** Tells which key something was sealed with, and nothing of the key. */
  readonly id: Buffer;
  readonly #bytes: Buffer;
  readonly #derived = new Map<string, Buffer>();
  readonly #keyObjects = new Map<string, KeyObject>();

  /** @throws GranaryError InvalidInput unless it has 32 bytes. */
  constructor(bytes: Buffer) {
    if (bytes.length !== MASTER_KEY_LENGTH) {
      throw new GranaryError('InvalidInput', `The master key has ${bytes.length} bytes; it must have 32.`);
    }
    this.#bytes = bytes;
    this.id = this.derive('key-id').subarray(0, KEY_ID_LENGTH);
  }

  /** A 32-byte key for one purpose; knowing it tells nothing of the master key or of another purpose's. */
  derive(purpose: string): Buffer {
    const known = this.#derived.get(purpose);
    if (known !== undefined) {
      return known;
    }
    const key = Buffer.from(hkdfSync('sha256', this.#bytes, '', `granary/${purpose}`, 32));
    this.#derived.set(purpose, key);
    return key;
  }

  /** The same as `node:crypto` takes it ten times faster than bytes. */
  deriveKey(purpose: string): KeyObject {
    const known = this.#keyObjects.get(purpose);
    if (known !== undefined) {
      return known;
    }
    const key = createSecretKey(this.derive(purpose));
    this.#keyObjects.set(purpose, key);
    return key;
  }

  /** True for the same key, whoever holds it. */
  equals(other: MasterKey): boolean {
    return this.#bytes.equals(other.#bytes);
  }
}

/** Where keys come from that a process has not heard of yet. */
export interface KeySource {
  /** The first one is the current one; none when they cannot be told. */
  keys: readonly Buffer[];
  /** Those that seal nothing any more, and should not be needed to open anything. */
  retired: readonly Buffer[];
}

/** An unknown id makes the source be read again, but no oftener than this. */
const REREAD_INTERVAL_MS = 1000;

/** The master keys that a process knows: the current one seals, all of them open. */
export class MasterKeys {
  #keys: readonly [MasterKey, ...MasterKey[]];
  #retired: readonly MasterKey[] = [];
  readonly #source: (() => KeySource) | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  /** The first key is the current one. The source is asked when something was sealed with a key that is not here. */
  constructor(keys: readonly Buffer[], source?: () => KeySource) {
    this.#keys = toKeys(keys);
    this.#source = source;
  }

  get current(): MasterKey {
    return this.#keys[0];
  }

  get all(): readonly MasterKey[] {
    return this.#keys;
  }

  find(id: Buffer): MasterKey | undefined {
    return this.#known(id) ?? this.#read(id);
  }

  /** From now on these are the keys, the first of them the current one. */
  replace(keys: readonly Buffer[]): void {
    this.#keys = toKeys(keys);
  }

  #known(id: Buffer): MasterKey | undefined {
    return [...this.#keys, ...this.#retired].find((key) => key.id.equals(id));
  }

  #read(id: Buffer): MasterKey | undefined {
    if (this.#source === undefined || performance.now() - this.#readAt < REREAD_INTERVAL_MS) {
      return undefined;
    }
    this.#readAt = performance.now();
    const { keys, retired } = this.#source();
    if (keys.length > 0) {
      this.replace(keys);
    }
    this.#retired = retired.map((bytes) => new MasterKey(bytes));
    return this.#known(id);
  }
}

function toKeys(keys: readonly Buffer[]): [MasterKey, ...MasterKey[]] {
  const [first, ...others] = keys.map((bytes) => new MasterKey(bytes));
  if (first === undefined) {
    throw new GranaryError('InvalidInput', 'There is no master key.', { reason: 'InvalidMasterKey' });
  }
  return [first, ...others];
}
