import { setTimeout as delay } from 'node:timers/promises';
import { GranaryError } from '../../errors.js';
import { authorizeAction, theServer } from '../access/authorize-action.js';
import type { Granary, RequestContext } from '../context.js';
import { countStorage, type StorageFigures } from './count-storage.js';

export type { StorageFigures } from './count-storage.js';

/** Counting reads all rows of blobs: it is done once in so long, however many ask. */
const freshMs = 30_000;

/** Of a process's time no more than one part in so many is spent on counting, however many rows there are. */
const costShare = 20;

/** How long is waited for the first count; whoever asks later gets the last one. */
const patienceMs = 10_000;

interface Count {
  figures?: StorageFigures;
  /** By a clock that does not jump. */
  nextAt: number;
  underWay?: Promise<void>;
}

const counts = new WeakMap<Granary, Count>();

/**
 * What the stores hold, as of the last count of this process, which `at` tells; a new one begins in the background when
 * that is older than half a minute, or than twenty times what it took. Of two counts one is under way at most.
 * @param waitMs for the first count, while there is none. @returns undefined when there is none after that.
 */
export async function knownStorageFigures(granary: Granary, waitMs: number): Promise<StorageFigures | undefined> {
  const count = counts.get(granary) ?? { nextAt: 0 };
  counts.set(granary, count);
  if (count.underWay === undefined && performance.now() >= count.nextAt) {
    count.underWay = recount(granary, count);
  }
  if (count.figures === undefined) {
    const waiting = new AbortController();
    await Promise.race([count.underWay, delay(waitMs, undefined, { signal: waiting.signal, ref: false })]);
    waiting.abort();
  }
  return count.figures;
}

/** As {@link knownStorageFigures}. @throws GranaryError Unavailable when the first count is not done in ten seconds. */
export async function storageFigures(granary: Granary): Promise<StorageFigures> {
  const figures = await knownStorageFigures(granary, patienceMs);
  if (figures === undefined) {
    throw new GranaryError('Unavailable', 'What the stores hold is still being counted. Try again in a while.');
  }
  return figures;
}

async function recount({ database, store, log }: Granary, count: Count): Promise<void> {
  const startedAt = performance.now();
  try {
    count.figures = await countStorage(database, store.stores);
    count.nextAt = startedAt + freshMs;
  } catch (error) {
    log.warn({ error }, 'What the stores hold could not be counted');
  } finally {
    const endedAt = performance.now();
    count.nextAt = Math.max(count.nextAt, endedAt + costShare * (endedAt - startedAt));
    delete count.underWay;
  }
}

/** For administrators: what the stores hold; see {@link storageFigures}. */
export async function getStorage(context: RequestContext): Promise<StorageFigures> {
  authorizeAction(context, 'granary:GetStorage', theServer);
  return storageFigures(context.granary);
}
