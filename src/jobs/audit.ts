import { setTimeout as delay } from 'node:timers/promises';
import { EventSealer } from '../operations/audit/seal-events.js';
import type { Granary } from '../operations/context.js';

/** Chains new events again and again, until it is stopped. Of all processes that do it one at a time has work. */
export function startSealing(granary: Granary): { stop(): Promise<void> } {
  const sealer = new EventSealer(granary);
  const stopping = new AbortController();
  const intervalMs = granary.settings.auditSealSeconds * 1000;
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await attempt(granary, sealer);
      await delay(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const ended = loop();
  return {
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

async function attempt(granary: Granary, sealer: EventSealer): Promise<void> {
  try {
    const events = await sealer.run();
    granary.log.debug({ events }, 'Events are chained');
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    granary.log.warn({ error: text }, 'Events cannot be chained just now; it is tried again');
  }
}
