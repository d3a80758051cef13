import { setTimeout as delay } from 'node:timers/promises';
import type { Granary } from '../operations/context.js';
import { FolderJobRunner } from '../operations/folders/run-folder-jobs.js';

const pauseMs = 500;

/** Works on jobs of folders within moments of their being asked for, until it is stopped; batches under way end first. */
export function startFolderJobs(granary: Granary): { stop(): Promise<void> } {
  const runner = new FolderJobRunner(granary);
  const stopping = new AbortController();
  const follow = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      if (!(await attempt(granary, runner))) {
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const loops = Promise.all(Array.from({ length: granary.settings.jobConcurrency }, follow));
  return {
    stop: async () => {
      stopping.abort();
      await loops;
    },
  };
}

async function attempt(granary: Granary, runner: FolderJobRunner): Promise<boolean> {
  try {
    return await runner.runNext();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    granary.log.warn({ error: text }, 'Jobs wait: their queue cannot be read');
    return false;
  }
}
