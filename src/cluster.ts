import cluster, { type Worker } from 'node:cluster';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gatherFromWorkers } from './cluster-metrics.js';
import type { Settings } from './config/settings.js';
import { GranaryError } from './errors.js';
import type { Addresses } from './listen.js';
import type { Closers } from './open-granary.js';
import type { Log } from './operations/context.js';
import { type Prepared, prepare, type RunningGranary, starting } from './start.js';

/** What a worker tells the process that started it. */
export type WorkerMessage = ({ kind: 'ready' } & Addresses) | { kind: 'failed'; message: string };

/** What a worker is told. */
export type PrimaryMessage = { kind: 'stop' };

const stopLimitMs = 25_000;
const longestPauseMs = 10_000;
// A worker that lived so long did not die of its start: the next one may come at once.
const healthyAfterMs = 60_000;

/**
 * Starts granary on several processes. This one owns the database, its schema and the background work; the workers
 * serve both ports, and one that dies is replaced.
 */
export async function startCluster(settings: Settings, log: Log): Promise<RunningGranary> {
  return starting(async (closers) => {
    const prepared = await prepare(settings, { log }, closers);
    const addresses = await startWorkers({ settings, log, closers, prepared });
    return { ...addresses, granary: prepared.granary, firstStart: prepared.firstStart };
  });
}

interface Fleet {
  settings: Settings;
  log: Log;
  closers: Closers;
  prepared: Prepared;
}

async function startWorkers({ settings, log, closers, prepared }: Fleet): Promise<Addresses> {
  const gathering = gatherFromWorkers(prepared.granary.metrics);
  closers.defer(() => gathering.stop());
  cluster.setupPrimary({ exec: join(import.meta.dirname, 'main.js'), args: [] });
  const stopping = new AbortController();
  closers.defer(() => stopWorkers(stopping));
  const fork = (): Worker => cluster.fork({ DATABASE_URL: prepared.databaseUrl });
  const first = await Promise.all(Array.from({ length: settings.workers }, () => ready(fork())));
  const replace = replacing({ fork, log, signal: stopping.signal });
  for (const { worker } of first) {
    log.debug({ worker: worker.process.pid }, 'A worker serves');
    replace(worker, 0);
  }
  const [{ addresses }] = first as [(typeof first)[number]];
  return addresses;
}

function ready(worker: Worker): Promise<{ worker: Worker; addresses: Addresses }> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'ready') {
        resolve({ worker, addresses: { httpUrl: message.httpUrl, s3Url: message.s3Url } });
      } else if (message.kind === 'failed') {
        reject(new GranaryError('InvalidInput', message.message));
      }
    });
    worker.once('exit', (code, signal) => reject(new Error(`A worker ended while it started (${signal ?? code})`)));
  });
}

function replacing(parts: { fork: () => Worker; log: Log; signal: AbortSignal }) {
  const { fork, log, signal } = parts;
  const watch = (worker: Worker, pauseMs: number): void => {
    const startedAt = Date.now();
    worker.once('exit', async (code, exitSignal) => {
      if (signal.aborted) {
        return;
      }
      const pause = Date.now() - startedAt > healthyAfterMs ? 0 : pauseMs;
      log.error({ worker: worker.process.pid, code, signal: exitSignal, pause }, 'A worker died and is replaced');
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) {
        watch(fork(), Math.min(Math.max(pause * 2, 250), longestPauseMs));
      }
    });
  };
  return watch;
}

async function stopWorkers(stopping: AbortController): Promise<void> {
  stopping.abort();
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  await Promise.all(workers.map(stopWorker));
}

async function stopWorker(worker: Worker): Promise<void> {
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), stopLimitMs);
  worker.send({ kind: 'stop' } satisfies PrimaryMessage, () => undefined);
  await exited;
  clearTimeout(timer);
}
