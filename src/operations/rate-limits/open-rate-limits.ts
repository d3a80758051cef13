import type { Settings } from '../../config/settings.js';
import type { Database } from '../../database/database.js';
import type { Log } from '../context.js';
import type { Metrics } from '../metrics.js';
import type { TenantStates } from '../tenants/tenant-states.js';
import { PostgresRateLimitStore } from './postgres-rate-limit-store.js';
import type { RateLimitStore } from './rate-limit-store.js';
import { RateLimiter, type StoreWatch } from './rate-limiter.js';
import { RateLimits } from './rate-limits.js';

interface Parts {
  database: Database;
  settings: Settings;
  tenants: TenantStates;
  metrics: Metrics;
  log: Log;
  closers: { defer(close: () => Promise<void>): void };
}

/** The limits of requests as the settings have them, counted where they say. */
export async function openRateLimits(parts: Parts): Promise<RateLimits> {
  const { database, settings, tenants, metrics, log, closers } = parts;
  const watch = watchStore(metrics, log);
  const limiter = new RateLimiter(await openStore(settings, database, watch), watch);
  closers.defer(() => limiter.close());
  return new RateLimits({
    limits: {
      address: settings.rateLimitAddress,
      anonymous: settings.rateLimitAnonymous,
      signIn: settings.rateLimitSignIn,
      share: settings.rateLimitShare,
      user: settings.rateLimitUser,
      accessKey: settings.rateLimitAccessKey,
      bucket: settings.rateLimitBucket,
    },
    limiter,
    tenants,
    onRefusal: (limit) => metrics.limitedRequests.inc({ limit }),
  });
}

async function openStore({ rateLimitStore }: Settings, database: Database, watch: StoreWatch): Promise<RateLimitStore> {
  if (rateLimitStore === 'postgres') {
    return new PostgresRateLimitStore(database);
  }
  const { RedisRateLimitStore } = await import('./redis-rate-limit-store.js');
  return new RedisRateLimitStore(rateLimitStore, (error) => watch.failed(error));
}

/** Says once that the store is away, and once that it is back. */
function watchStore(metrics: Metrics, log: Log): StoreWatch {
  let isAway = false;
  return {
    failed(error) {
      metrics.rateLimitFailures.inc();
      if (!isAway) {
        isAway = true;
        const problem = error instanceof Error ? error.message : String(error);
        log.warn({ problem }, 'The store of rate limits is away: each process counts by itself');
      }
    },
    works() {
      if (isAway) {
        isAway = false;
        log.warn({}, 'The store of rate limits is back');
      }
    },
  };
}
