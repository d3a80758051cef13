import { statement } from '../../database/database.js';
import type { BlobDamage } from '../../entities/enums.js';
import type { Granary } from '../context.js';
import { Pace } from '../pace.js';
import { lowestUuid } from '../uuid.js';
import { checkBlob, checkCopies } from './check-blob.js';
import { type CheckableBlob, checkableColumns } from './read-through.js';
import { repairBlob } from './repair-blob.js';
import {
  finishScrubRound,
  moveScrubRound,
  openScrubRound,
  type ScrubRoundState,
  type ScrubStep,
} from './scrub-round.js';
import { UnreachableStores } from './unreachable-stores.js';

/** Small enough for the content of all to be in memory at once. */
const batchSize = 32;

/** How often a round's place is written down, unless one blob takes longer. */
const usualStepMs = 3_000;

/** A single blob is read faster than the settings say when it would take longer: background work ends after six hours. */
const longestBlobSeconds = 5 * 60 * 60;

/** Newer blobs are for the next round: else one that writes outrun would have no end. */
const nextBlobs = statement(
  'next_blobs_to_scrub',
  `SELECT ${checkableColumns} FROM blob b
   WHERE b.state = 'live' AND b.id > COALESCE($1::uuid, ${lowestUuid})
     AND b.created_at <= (SELECT r.started_at FROM scrub_round r WHERE r.id = $2) ORDER BY b.id LIMIT ${batchSize}`,
);

export interface ScrubOptions {
  /** Begins a round now, when none is open. */
  start?: 'now' | 'if due';
  /** Ends the work at the next blob; a blob that is being read is left at once. */
  signal?: AbortSignal;
  /** Ends the work after so long, at the next blob; the round stays open. */
  limitMs?: number;
  stepMs?: number;
  /** Reads one blob, and each copy of it, in so long, whatever the rate; 5 hours by default. */
  longestBlobSeconds?: number;
}

/** What one run has done: part of a round, all of it, or nothing when no round was due. */
export interface Scrubbed extends ScrubStep {
  /** Blobs of which only presence and length were checked, for their key is not here. */
  closed: number;
  /** Blobs that could not be read, or whose copies could not, for a reason that says nothing of the bytes. */
  unreachable: number;
  outcome: 'finished' | 'to be continued' | 'not due';
}

/**
 * Goes on with the open round: reads every live blob that was there at its begin, and its copies, in the order of their ids, at the rate of the
 * settings. Marks what is damaged, takes the mark off what is good again, and repairs what has a good copy. May be killed
 * at any point and run anywhere: the round goes on where it was last written down.
 */
export async function scrub(granary: Granary, options: ScrubOptions = {}): Promise<Scrubbed> {
  const round = await openScrubRound(granary, options.start ?? 'if due');
  if (round === null) {
    return { ...nothing, closed: 0, unreachable: 0, outcome: 'not due' };
  }
  const run = new ScrubRun(granary, round, options);
  const outcome = await run.run();
  return { ...run.total, closed: run.closed, unreachable: run.unreachable, outcome };
}

const nothing: ScrubStep = { blobs: 0, bytes: 0, corrupt: 0, missing: 0, repaired: 0 };

class ScrubRun {
  readonly #granary: Granary;
  readonly #options: ScrubOptions;
  readonly #pace: Pace;
  readonly #endsAt: number;
  readonly #roundId: number;
  /** The place that is written down. */
  #written: string | null;
  #writtenAt = performance.now();
  #done: string | null;
  #step: ScrubStep = { ...nothing };
  readonly total: ScrubStep = { ...nothing };
  closed = 0;
  readonly #unreachable: UnreachableStores;

  constructor(granary: Granary, round: ScrubRoundState, options: ScrubOptions) {
    this.#granary = granary;
    this.#unreachable = new UnreachableStores(granary.log);
    this.#options = options;
    this.#roundId = round.id;
    this.#written = round.lastBlobId;
    this.#done = round.lastBlobId;
    this.#pace = new Pace(granary.settings.scrubRate, options.signal);
    this.#endsAt = performance.now() + (options.limitMs ?? Number.POSITIVE_INFINITY);
  }

  get unreachable(): number {
    return this.#unreachable.blobs;
  }

  async run(): Promise<'finished' | 'to be continued'> {
    const { database } = this.#granary;
    for (;;) {
      const blobs = await database.query<CheckableBlob>(nextBlobs, [this.#done, this.#roundId]);
      for (const blob of blobs) {
        if (this.#isOver() || !(await this.#scrub(blob)) || !(await this.#writeDown('when it is time'))) {
          await this.#writeDown('now');
          return 'to be continued';
        }
      }
      if (blobs.length < batchSize) {
        const isOurs = await this.#writeDown('now');
        const round = { id: this.#roundId, lastBlobId: this.#written };
        return isOurs && (await finishScrubRound(database, round)) ? 'finished' : 'to be continued';
      }
    }
  }

  #isOver(): boolean {
    return this.#options.signal?.aborted === true || performance.now() >= this.#endsAt;
  }

  /** False when the blob was left unread because of the signal. */
  async #scrub(blob: CheckableBlob): Promise<boolean> {
    const reading = await unlessAborted(this.#read(blob), this.#options.signal);
    if (reading === 'aborted') {
      return false;
    }
    const { bytes, damage, isRepaired, extent } = reading;
    const found = { blobs: 1, bytes, corrupt: count(damage, 'CORRUPT'), missing: count(damage, 'MISSING') };
    add(this.#step, { ...found, repaired: isRepaired ? 1 : 0 });
    this.closed += extent === 'presence' ? 1 : 0;
    this.#done = blob.id;
    this.#granary.metrics.scrubbedBlobs.inc();
    this.#granary.metrics.scrubbedBytes.inc(bytes);
    return true;
  }

  async #read(blob: CheckableBlob) {
    const pace = this.#paceFor(blob);
    const onBytes = (read: number) => pace.spend(read);
    const reading = await this.#unlessUnreachable(blob, () => checkBlob(this.#granary, blob, onBytes));
    const copied =
      blob.path === null ? 0 : await this.#unlessUnreachable(blob, () => checkCopies(this.#granary, blob, onBytes));
    const damage = reading?.damage ?? null;
    const repair =
      damage === null ? undefined : await this.#unlessUnreachable(blob, () => repairBlob(this.#granary, blob.id));
    const bytes = (reading?.bytes ?? 0) + (copied ?? 0);
    return { bytes, damage, isRepaired: repair === 'repaired', extent: reading?.extent };
  }

  /** One blob that cannot be reached must not keep those behind it unread for ever. */
  async #unlessUnreachable<T>(blob: CheckableBlob, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (this.#options.signal?.aborted) {
        throw error;
      }
      this.#unreachable.add(blob, error);
      return undefined;
    }
  }

  #paceFor({ storedSize }: CheckableBlob): Pace {
    const { longestBlobSeconds: longest = longestBlobSeconds, signal } = this.#options;
    const needed = storedSize / longest;
    return needed > this.#granary.settings.scrubRate ? new Pace(needed, signal) : this.#pace;
  }

  /** False when another process scrubs the same round, and has come further. */
  async #writeDown(when: 'now' | 'when it is time'): Promise<boolean> {
    const isTime = performance.now() - this.#writtenAt >= (this.#options.stepMs ?? usualStepMs);
    if (this.#done === null || this.#done === this.#written || (when === 'when it is time' && !isTime)) {
      return true;
    }
    const round = { id: this.#roundId, lastBlobId: this.#written };
    const progress = { lastBlobId: this.#done, step: this.#step };
    if (!(await moveScrubRound(this.#granary.database, round, progress))) {
      return false;
    }
    add(this.total, this.#step);
    this.#step = { ...nothing };
    this.#written = this.#done;
    this.#writtenAt = performance.now();
    return true;
  }
}

function count(damage: BlobDamage | null, kind: BlobDamage): number {
  return damage === kind ? 1 : 0;
}

function add(sum: ScrubStep, { blobs, bytes, corrupt, missing, repaired }: ScrubStep): void {
  sum.blobs += blobs;
  sum.bytes += bytes;
  sum.corrupt += corrupt;
  sum.missing += missing;
  sum.repaired += repaired;
}

/** The work's result, unless the signal comes first; what the work then comes to is nobody's business any more. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | 'aborted'> {
  if (signal === undefined) {
    return work;
  }
  const aborted = Promise.withResolvers<'aborted'>();
  const abort = () => aborted.resolve('aborted');
  signal.addEventListener('abort', abort, { once: true });
  try {
    const ended = work.catch((error: unknown) => {
      if (signal.aborted) {
        return 'aborted' as const;
      }
      throw error;
    });
    return await Promise.race([ended, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
