import { Redis } from 'ioredis';
import type { RateLimitStore, WindowHits, WindowTotals } from './rate-limit-store.js';

const answerLimitMs = 1_000;

/** Counts in Redis 6 or later, or what speaks its protocol; keys go by themselves after two windows. */
export class RedisRateLimitStore implements RateLimitStore {
  readonly #redis: Redis;

  constructor(url: string, onProblem: (error: Error) => void) {
    this.#redis = new Redis(url, {
      keyPrefix: 'granary:rate:',
      connectTimeout: answerLimitMs,
      commandTimeout: answerLimitMs,
      maxRetriesPerRequest: 0,
      // A process that stops does not wait for a Redis that does not hang up.
      disconnectTimeout: 200,
      // A count that waits for a connection would come too late to be of use.
      enableOfflineQueue: false,
      retryStrategy: (attempt) => Math.min(attempt * 100, 2_000),
    });
    this.#redis.on('error', onProblem);
  }

  async add(windows: readonly WindowHits[]): Promise<WindowTotals[]> {
    const pipeline = this.#redis.pipeline();
    for (const { subject, windowStart, windowMs, hits } of windows) {
      const key = `${subject}:${windowStart}`;
      pipeline
        .incrby(key, hits)
        .pexpire(key, 2 * windowMs)
        .get(`${subject}:${windowStart - windowMs}`);
    }
    const answers = (await pipeline.exec()) ?? [];
    return windows.map((_, i) => {
      const [total, expiry, previous] = answers.slice(3 * i, 3 * i + 3);
      const error = total?.[0] ?? expiry?.[0] ?? previous?.[0];
      if (total === undefined || previous === undefined || error) {
        throw error ?? new Error('Redis gave no answer');
      }
      return { hits: Number(total[1]), previous: Number(previous[1] ?? 0) };
    });
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
  }
}
