import { setTimeout as delay } from 'node:timers/promises';
import type { Granary } from '../operations/context.js';
import { FolderCounter } from '../operations/folders/folder-counter.js';

/** Readers add what is not folded in yet, so this may take its time. */
const pauseMs = 1_000;

/** Keeps what folders hold up to date, until it is stopped. */
export function startCountingFolders(granary: Granary): { stop(): Promise<void> } {
  const counter = new FolderCounter(granary);
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (!(await attempt(granary, counter))) {
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
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

async function attempt(granary: Granary, counter: FolderCounter): Promise<boolean> {
  try {
    return await counter.run();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    granary.log.warn({ error: text }, 'Folders cannot be counted just now; it is tried again');
    return false;
  }
}
