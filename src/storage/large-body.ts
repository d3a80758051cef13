import type { Compression, Seal } from './blob-store.js';
import { type BodyDigests, BodyPipeline } from './body-pipeline.js';
import type { BodyReader } from './body-reader.js';
import type { ChecksumAlgorithm } from './checksums.js';
import { formatOf } from './format/blob-encoder.js';
import { isWorthCompressing } from './format/frames.js';
import type { HashPool } from './hash-pool.js';
import { SLOT_SIZE, type SlotPool } from './slot-pool.js';
import type { StagingFile } from './staging.js';

/** The content of one upload that is in memory: 4 MiB, and less when there are many uploads. */
const MAX_SLOTS = 4;

export interface LargeBodyOptions {
  file: StagingFile;
  hashes: HashPool;
  slots: SlotPool;
  checksum?: ChecksumAlgorithm | undefined;
  seal: Seal | null;
  compression: Compression;
  /** Bytes that do not fill a slot are written when they have waited for this long. */
  flushAfterMs: number;
}

export interface LargeBody {
  /** What was read before the body turned out to be large. */
  start: Uint8Array;
  rest: BodyReader;
}

/** What is in the staging file. */
export interface StagedBody extends BodyDigests {
  storedSize: number;
  format: number;
}

/**
 * Takes a body into a staging file and through the hash threads. Chunks are copied into slots of shared memory; a full
 * slot is hashed, encoded and written at the same time, and is free again when all are done with it. Without a free
 * slot the sender waits.
 */
export async function receiveLargeBody(body: LargeBody, options: LargeBodyOptions): Promise<StagedBody> {
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

interface RunningPipeline {
  pipeline: BodyPipeline;
  format: number;
}

class SlotSink {
  readonly #options: LargeBodyOptions;
  readonly #inFlight = new Set<Promise<void>>();
  /** Begins with the first bytes, which tell whether they are worth compressing. */
  #running: Promise<RunningPipeline> | undefined;
  #current: Uint8Array | undefined;
  #filled = 0;
  /** The slot that was being filled at the last call of `flushLingering`. */
  #lingering: Uint8Array | undefined;
  #failure: { error: unknown } | undefined;

  constructor(options: LargeBodyOptions) {
    this.#options = options;
  }

  async add(chunk: Uint8Array): Promise<void> {
    let taken = 0;
    while (taken < chunk.length) {
      this.#current ??= await this.#takeSlot();
      const piece = chunk.subarray(taken, taken + SLOT_SIZE - this.#filled);
      this.#current.set(piece, this.#filled);
      this.#filled += piece.length;
      taken += piece.length;
      if (this.#filled === SLOT_SIZE) this.#dispatch(this.#current);
    }
  }

  /** Called at intervals: passes on a slot that has been filling for a whole interval. */
  flushLingering(): void {
    if (this.#current && this.#current === this.#lingering) this.#dispatch(this.#current);
    this.#lingering = this.#current;
  }

  async finish(): Promise<StagedBody> {
    if (this.#current) this.#dispatch(this.#current);
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    const { pipeline, format } = await this.#run(NOTHING);
    return { ...(await pipeline.finish()), format };
  }

  /** Resolves when nothing works on the slots or the file any more. */
  async abandon(): Promise<void> {
    if (this.#current) this.#options.slots.release(this.#current);
    this.#current = undefined;
    const [running] = await Promise.allSettled([this.#running]);
    if (running.status === 'fulfilled') running.value?.pipeline.abandon();
    await Promise.all(this.#inFlight);
  }

  async #takeSlot(): Promise<Uint8Array> {
    for (;;) {
      this.#throwFailure();
      const slot = this.#inFlight.size === 0 ? this.#options.slots.take() : this.#takeFurther();
      if (slot) {
        this.#filled = 0;
        return slot;
      }
      await Promise.race(this.#inFlight);
    }
  }

  #takeFurther(): Uint8Array | undefined {
    return this.#inFlight.size < MAX_SLOTS ? this.#options.slots.takeMore() : undefined;
  }

  #dispatch(slot: Uint8Array): void {
    this.#current = undefined;
    const work = this.#process(slot, this.#filled).finally(() => this.#inFlight.delete(work));
    this.#inFlight.add(work);
  }

  /** Never rejects: the first failure is kept for whoever asks next. */
  async #process(slot: Uint8Array, length: number): Promise<void> {
    const bytes = slot.subarray(0, length);
    try {
      const { pipeline } = await this.#run(bytes);
      await pipeline.process(bytes);
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      this.#options.slots.release(slot);
    }
  }

  #run(first: Uint8Array): Promise<RunningPipeline> {
    this.#running ??= this.#begin(first);
    return this.#running;
  }

  async #begin(first: Uint8Array): Promise<RunningPipeline> {
    const { seal, compression } = this.#options;
    const format = formatOf(seal, (await pays(first, compression)) ? 'compressed' : 'as it is');
    return { pipeline: new BodyPipeline({ ...this.#options, encoding: { format, seal } }), format };
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}

const NOTHING = new Uint8Array(0);

async function pays(first: Uint8Array, compression: Compression): Promise<boolean> {
  return compression === 'sample' ? isWorthCompressing(first) : compression === 'always';
}
