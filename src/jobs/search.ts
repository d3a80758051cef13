import { setTimeout as delay } from 'node:timers/promises';
import type { Granary } from '../operations/context.js';
import { ObjectIndexer } from '../operations/search/index-objects.js';
import { Bell } from './bell.js';

/** Between two looks without an announcement: its process may have died. */
const pollMs = 1000;
/** Several changes shortly after one another are looked at together. */
const gatherMs = 50;
/** More in one batch than this, and the machine has other work: search then takes a small share of it. */
const busyBatch = 100;
/** Rests after a batch, in times of what the batch took. */
const restWhenBusy = 6;
const restWhenIdle = 0.5;
const longestRestMs = 5000;

/** Lets search follow the objects within moments, and within longer while many are written, until it is stopped. */
export async function startIndexing(granary: Granary): Promise<{ stop(): Promise<void> }> {
  const indexer = new ObjectIndexer(granary);
  const stopping = new AbortController();
  const bell = new Bell();
  let events = 0;
  const onNews = () => {
    events += 1;
    bell.ring();
  };
  const stopListening = await granary.database.listen('granary_event', onNews, onNews);
  const loop = follow();
  return {
    stop: async () => {
      stopping.abort();
      bell.ring();
      await stopListening();
      await loop;
    },
  };

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      // Before the look, so that what comes during it is not slept over.
      const { next } = bell;
      const heard = events;
      const started = performance.now();
      const { looked, isMore } = await attempt();
      const took = performance.now() - started;
      // While others write, their work goes first; a walk over what has been there has the machine to itself.
      const isBusy = looked >= busyBatch && events !== heard;
      await pause(Math.max(gatherMs, Math.min(took * (isBusy ? restWhenBusy : restWhenIdle), longestRestMs)));
      if (!isMore) {
        await Promise.race([next, pause(pollMs)]);
      }
    }
  }

  async function attempt(): Promise<{ looked: number; isMore: boolean }> {
    try {
      return await indexer.run();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      granary.log.warn({ error: text }, 'Search waits: what was changed cannot be read');
      return { looked: 0, isMore: false };
    }
  }

  function pause(milliseconds: number): Promise<void> {
    return delay(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}
