import type { BodyReader } from './body-reader.js';
import type { ChecksumAlgorithm, DigestAlgorithm } from './checksums.js';
import type { HashJob, HashPool } from './hash-pool.js';
import { SLOT_SIZE, type SlotPool } from './slot-pool.js';
import type { StagingFile } from './staging.js';

/** The memory of one upload: 4 MiB. */
const MAX_SLOTS = 4;

/** How many bytes may wait for the final fsync, so that it stays short however long the upload was. */
const WRITEBACK_BYTES = 32 * 1024 * 1024;

export interface LargeBodyOptions {
  file: StagingFile;
  hashes: HashPool;
  slots: SlotPool;
  checksum?: ChecksumAlgorithm | undefined;
  /** Bytes that do not fill a slot are written when they have waited for this long. */
  flushAfterMs: number;
}

export interface LargeBody {
  /** What was read before the body turned out to be large. */
  start: Uint8Array;
  rest: BodyReader;
}

export interface BodyDigests {
  md5: Buffer;
  sha256: Buffer;
  checksum?: Buffer;
}

/**
 * Takes a body into a staging file and through the hash threads. Chunks are copied into slots of shared memory; a full
 * slot is written and hashed at the same time, and is free again when all are done with it. Without a free slot the
 * sender waits.
 */
export async function receiveLargeBody(body: LargeBody, options: LargeBodyOptions): Promise<BodyDigests> {
  const sink = new SlotSink(options);
  // A slow sender's bytes must not wait in memory: the age of the staging file shows that the upload lives.
  const flusher = setInterval(() => sink.flushLingering(), options.flushAfterMs);
  try {
    await sink.add(body.start);
    for (let chunk = await body.rest.next(); chunk; chunk = await body.rest.next()) await sink.add(chunk);
    return await sink.finish();
  } catch (error) {
    await sink.abandon();
    throw error;
  } finally {
    clearInterval(flusher);
  }
}

class SlotSink {
  readonly #options: LargeBodyOptions;
  readonly #md5Job: HashJob;
  readonly #shaJob: HashJob;
  readonly #inFlight = new Set<Promise<void>>();
  #current: Uint8Array | undefined;
  #filled = 0;
  /** The slot that was being filled at the last call of `flushLingering`. */
  #lingering: Uint8Array | undefined;
  #position = 0;
  #unsynced = 0;
  #failure: { error: unknown } | undefined;

  constructor(options: LargeBodyOptions) {
    this.#options = options;
    const sha: DigestAlgorithm[] = ['SHA256'];
    if (options.checksum && options.checksum !== 'SHA256') sha.push(options.checksum);
    // MD5 takes longer than all others together, so it has a thread to itself.
    [this.#md5Job, this.#shaJob] = options.hashes.start(['MD5'], sha) as [HashJob, HashJob];
  }

  async add(chunk: Uint8Array): Promise<void> {
    let taken = 0;
    while (taken < chunk.length) {
      this.#current ??= await this.#takeSlot();
      const piece = chunk.subarray(taken, taken + SLOT_SIZE - this.#filled);
      this.#current.set(piece, this.#filled);
      this.#filled += piece.length;
      taken += piece.length;
      if (this.#filled === SLOT_SIZE) this.#dispatch();
    }
  }

  /** Called at intervals: passes on a slot that has been filling for a whole interval. */
  flushLingering(): void {
    if (this.#current && this.#current === this.#lingering) this.#dispatch();
    this.#lingering = this.#current;
  }

  async finish(): Promise<BodyDigests> {
    if (this.#current) this.#dispatch();
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    const [[md5], [sha256, other]] = await Promise.all([this.#md5Job.finish(), this.#shaJob.finish()]);
    if (!md5 || !sha256) throw new Error('A hash job returned too few digests.');
    const checksum = this.#options.checksum === 'SHA256' ? sha256 : other;
    return checksum ? { md5, sha256, checksum } : { md5, sha256 };
  }

  /** Resolves when nothing works on the slots or the file any more. */
  async abandon(): Promise<void> {
    this.#md5Job.abandon();
    this.#shaJob.abandon();
    if (this.#current) this.#options.slots.release(this.#current);
    this.#current = undefined;
    await Promise.all(this.#inFlight);
  }

  async #takeSlot(): Promise<Uint8Array> {
    while (this.#inFlight.size >= MAX_SLOTS) await Promise.race(this.#inFlight);
    this.#throwFailure();
    this.#filled = 0;
    return this.#options.slots.take();
  }

  #dispatch(): void {
    const slot = this.#current as Uint8Array;
    this.#current = undefined;
    const work = this.#process(slot, this.#filled).finally(() => this.#inFlight.delete(work));
    this.#inFlight.add(work);
  }

  /** Never rejects: the first failure is kept for whoever asks next. */
  async #process(slot: Uint8Array, length: number): Promise<void> {
    const bytes = slot.subarray(0, length);
    const position = this.#position;
    this.#position += length;
    const outcomes = await Promise.allSettled([
      this.#options.file.write(bytes, position),
      this.#md5Job.update(bytes),
      this.#shaJob.update(bytes),
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') this.#failure ??= { error: outcome.reason };
    }
    this.#options.slots.release(slot);
    this.#countUnsynced(length);
  }

  #countUnsynced(length: number): void {
    this.#unsynced += length;
    if (this.#unsynced < WRITEBACK_BYTES || this.#failure) return;
    this.#unsynced = 0;
    this.#options.file.startWriteback();
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
