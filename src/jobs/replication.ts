import { setTimeout as delay } from 'node:timers/promises';
import type { Granary } from '../operations/context.js';
import { Replicator } from '../operations/replication/replicate-versions.js';
import { continueResyncs } from '../operations/replication/resync-replication.js';
import { withdrawReplication } from '../operations/replication/withdraw-replication.js';

export interface ReplicationOptions {
  /** Between two looks for what is due. */
  pollMs?: number;
  /** From the first failure of a version to its next attempt. */
  firstRetrySeconds?: number;
}

const usualPollMs = 1_000;

/** Sends in progress may end in this time when the server stops; others begin anew elsewhere. */
const stopLimitMs = 10_000;

/** Sends what is queued for replication within about a second of its being written, until it is stopped. */
export function startReplication(granary: Granary, options: ReplicationOptions = {}): { stop(): Promise<void> } {
  const { pollMs = usualPollMs, firstRetrySeconds } = options;
  const replicator = new Replicator(granary, firstRetrySeconds === undefined ? {} : { firstRetrySeconds });
  const stopping = new AbortController();
  const loops = [
    follow(() => continueResyncs(granary)),
    follow(() => withdrawReplication(granary)),
    ...Array.from({ length: granary.settings.replicationConcurrency }, () => follow(() => replicator.runNext())),
  ];
  return {
    stop: async () => {
      stopping.abort();
      const ended = new AbortController();
      await Promise.race([
        Promise.all(loops),
        delay(stopLimitMs, undefined, { signal: ended.signal }).catch(() => undefined),
      ]);
      ended.abort();
      replicator.close();
      await Promise.all(loops);
    },
  };

  async function follow(work: () => Promise<number | boolean>): Promise<void> {
    while (!stopping.signal.aborted) {
      const found = await attempt(granary, work);
      if (!found) {
        await delay(pollMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }
}

async function attempt(granary: Granary, work: () => Promise<number | boolean>): Promise<number | boolean> {
  try {
    return await work();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    granary.log.warn({ error: text }, 'Replication waits: its queue cannot be read');
    return false;
  }
}
