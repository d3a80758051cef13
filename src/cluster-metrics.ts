import cluster, { type Worker } from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';
import type { Metrics } from './operations/metrics.js';

type Numbers = MetricObjectWithValues<MetricValue<string>>[];

/** What processes of the cluster say to each other about metrics. */
export type MetricsMessage =
  /** A worker was scraped, and asks the primary process for the text of all. */
  | { kind: 'metrics-wanted'; id: string }
  /** The primary process asks each worker for its numbers. */
  | { kind: 'metrics-asked'; id: string }
  | { kind: 'metrics-numbers'; id: string; numbers: Numbers }
  | { kind: 'metrics-text'; id: string; text: string };

/** A process that is busy or dying is left out of a scrape after so long. */
const limitMs = 5_000;

/**
 * Lets a worker answer scrapes with the numbers of all processes: whichever of them a scraper's connection comes to, it
 * sees the same counters.
 */
export function gatherFromPrimary(metrics: Metrics): void {
  const waiting = new Map<string, (text: string) => void>();
  const answer = async (message: MetricsMessage): Promise<void> => {
    if (message.kind === 'metrics-asked') {
      const numbers = await metrics.registry.getMetricsAsJSON();
      tellPrimary({ kind: 'metrics-numbers', id: message.id, numbers });
    } else if (message.kind === 'metrics-text') {
      waiting.get(message.id)?.(message.text);
    }
  };
  process.on('message', (message: MetricsMessage) => void answer(message));
  metrics.collect = async () => {
    const id = randomUUID();
    const text = Promise.withResolvers<string>();
    waiting.set(id, text.resolve);
    const timer = setTimeout(
      () => text.reject(new Error('The metrics of the other processes do not come.')),
      2 * limitMs,
    );
    tellPrimary({ kind: 'metrics-wanted', id });
    try {
      return await text.promise;
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  };
}

/** A channel that is gone means that this process ends: nobody waits for the answer. */
function tellPrimary(message: MetricsMessage): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

/** Lets the primary process put the numbers of its workers and its own together, for the worker that was scraped. */
export function gatherFromWorkers(metrics: Metrics): { stop(): void } {
  const answer = async (asker: Worker, message: MetricsMessage): Promise<void> => {
    if (message.kind === 'metrics-wanted') {
      const text = await textOfAll(metrics);
      asker.send({ kind: 'metrics-text', id: message.id, text } satisfies MetricsMessage, () => undefined);
    }
  };
  const listen = (worker: Worker, message: MetricsMessage) => void answer(worker, message);
  cluster.on('message', listen);
  return { stop: () => void cluster.off('message', listen) };
}

async function textOfAll(metrics: Metrics): Promise<string> {
  const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected() === true);
  const numbers = await Promise.all(workers.map((worker) => (worker === undefined ? undefined : numbersOf(worker))));
  const own: Numbers = await metrics.registry.getMetricsAsJSON();
  const known = [own, ...numbers.filter((one) => one !== undefined)];
  return AggregatorRegistry.aggregate(known).metrics();
}

function numbersOf(worker: Worker): Promise<Numbers | undefined> {
  const id = randomUUID();
  return new Promise((resolve) => {
    const listen = (message: MetricsMessage): void => {
      if (message.kind === 'metrics-numbers' && message.id === id) {
        end(message.numbers);
      }
    };
    const timer = setTimeout(() => end(undefined), limitMs);
    const end = (numbers: Numbers | undefined): void => {
      clearTimeout(timer);
      worker.off('message', listen);
      resolve(numbers);
    };
    worker.on('message', listen);
    worker.send({ kind: 'metrics-asked', id } satisfies MetricsMessage, (error) => error && end(undefined));
  });
}
