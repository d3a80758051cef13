import { setTimeout as delay } from 'node:timers/promises';
import { type Database, openDatabase } from '../../../src/database/database.js';
import { entities } from '../../../src/entities/index.js';
import { PostgresRateLimitStore } from '../../../src/operations/rate-limits/postgres-rate-limit-store.js';
import type { RateLimitStore } from '../../../src/operations/rate-limits/rate-limit-store.js';
import {
  type RateLimit,
  RateLimiter,
  type StoreWatch,
  type Verdict,
} from '../../../src/operations/rate-limits/rate-limiter.js';
import { prefixOf } from '../../../src/operations/rate-limits/rate-limits.js';
import { RedisRateLimitStore } from '../../../src/operations/rate-limits/redis-rate-limit-store.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { eventually } from '../../support/process.js';
import { programProblem, testUnless } from '../../support/programs.js';
import { startRedis, type TestRedis } from '../../support/redis.js';

const noRedis = programProblem('redis-server');
const silent: StoreWatch = { failed: () => undefined, works: () => undefined };
/** Windows begin at multiples of their length: the next of these begins in 2033. */
const long = 1e12;

let testDatabase: TestDatabase;
let database: Database;
let redis: TestRedis | undefined;
const limiters: RateLimiter[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase({ url: testDatabase.url, poolSize: 8, entities });
  redis = noRedis === undefined ? await startRedis() : undefined;
});

afterAll(async () => {
  await Promise.all(limiters.map((limiter) => limiter.close()));
  await redis?.stop();
  await database?.close();
  await testDatabase?.drop();
});

const stores: [name: string, problem: string | undefined, open: () => Promise<RateLimitStore>][] = [
  ['PostgreSQL', undefined, async () => new PostgresRateLimitStore(database)],
  ['Redis', noRedis, () => openRedis()],
];

async function openRedis(): Promise<RateLimitStore> {
  const store = new RedisRateLimitStore(redis?.url ?? '', () => undefined);
  await eventually(async () => (await store.add([hits('probe', 1)]).catch(() => undefined)) !== undefined);
  return store;
}

function hits(subject: string, count: number, windowStart = 0) {
  return { subject, windowStart, windowMs: long, hits: count };
}

/** One process of several. */
async function limiterOn(open: () => Promise<RateLimitStore>, watch = silent): Promise<RateLimiter> {
  const limiter = new RateLimiter(await open(), watch);
  limiters.push(limiter);
  return limiter;
}

async function admittedOf(limiter: RateLimiter, subject: string, requests: number, times: number): Promise<number> {
  let admitted = 0;
  for (let i = 0; i < times; i++) {
    const verdict = await limiter.admit(subject, { requests, windowMs: long });
    admitted += verdict.admitted ? 1 : 0;
  }
  return admitted;
}

describe.each(stores)('rate limits counted in %s', (name, problem, open) => {
  testUnless(problem, `${name} adds up what all processes send, and knows the window before`, async () => {
    const [one, other] = [await open(), await open()];
    expect(await one.add([hits('a', 3), hits('b', 1)])).toEqual([
      { hits: 3, previous: 0 },
      { hits: 1, previous: 0 },
    ]);
    expect(await other.add([hits('b', 5), hits('a', 2)])).toEqual([
      { hits: 6, previous: 0 },
      { hits: 5, previous: 0 },
    ]);
    expect(await one.add([hits('a', 1, long)])).toEqual([{ hits: 1, previous: 5 }]);
    await one.close();
    await other.close();
  });

  testUnless(
    problem,
    `processes together go beyond the limit by at most a sixteenth of it each in ${name}`,
    async () => {
      for (const [processCount, requests] of [
        [4, 200],
        [12, 40],
      ] as const) {
        const processes = await Promise.all(Array.from({ length: processCount }, () => limiterOn(open)));
        const subject = `shared by ${processCount}`;
        const lanes = processes.flatMap((limiter) => [1, 2, 3].map(() => admittedOf(limiter, subject, requests, 30)));
        const admitted = (await Promise.all(lanes)).reduce((sum, each) => sum + each, 0);
        expect(admitted).toBeGreaterThanOrEqual(requests);
        expect(admitted).toBeLessThanOrEqual(requests + processCount * Math.floor(requests / 16));
        for (const limiter of processes) {
          await eventually(async () => !(await limiter.admit(subject, { requests, windowMs: long })).admitted);
        }
      }
    },
  );

  testUnless(problem, `what is counted one by one is exact however many processes there are in ${name}`, async () => {
    const processes = await Promise.all(Array.from({ length: 12 }, () => limiterOn(open)));
    const verdicts = await Promise.all(
      processes.flatMap((limiter) =>
        Array.from({ length: 8 }, async () => limiter.admit('exact', { requests: 20, windowMs: long }, 'each')),
      ),
    );
    expect(verdicts.filter(({ admitted }) => admitted)).toHaveLength(20);
  });
});

test('room comes back by degrees when a window is over', async () => {
  const limiter = await limiterOn(async () => new PostgresRateLimitStore(database));
  const limit = { requests: 10, windowMs: 2_000 };
  const { subject, end } = await usedUp(limiter, limit);
  await delay(end - Date.now() + 10);
  // Just after the boundary nearly all of the window before still counts: no double burst.
  const { remaining } = await limiter.admit(subject, limit);
  expect(remaining).toBeLessThanOrEqual((limit.requests * (Date.now() - end)) / limit.windowMs);
  await eventually(async () => (await limiter.admit(subject, limit)).admitted);
});

/** Somebody who has used its limit up within one window; a machine that stalls may be late for that, and tries again. */
async function usedUp(limiter: RateLimiter, limit: RateLimit): Promise<{ subject: string; end: number }> {
  for (;;) {
    await delay(limit.windowMs - (Date.now() % limit.windowMs) + 5);
    const end = Date.now() - (Date.now() % limit.windowMs) + limit.windowMs;
    const subject = `sliding until ${end}`;
    const verdicts: Verdict[] = [];
    for (let i = 0; i < limit.requests; i++) {
      verdicts.push(await limiter.admit(subject, limit));
    }
    const refused = await limiter.admit(subject, limit);
    if (Date.now() < end) {
      expect(verdicts.filter(({ admitted }) => admitted)).toHaveLength(limit.requests);
      expect(refused).toMatchObject({ admitted: false, remaining: 0 });
      expect(refused.resetSeconds).toBeLessThanOrEqual(2);
      return { subject, end };
    }
  }
}

testUnless(noRedis, 'while the store is away each process counts by itself, and says so once', async () => {
  const own = await startRedis();
  const seen: string[] = [];
  const store = new RedisRateLimitStore(own.url, () => undefined);
  await eventually(async () => (await store.add([hits('probe', 1)]).catch(() => undefined)) !== undefined);
  const watch = { failed: () => seen.push('failed'), works: () => seen.push('works') };
  const limiter = await limiterOn(async () => store, watch as unknown as StoreWatch);
  expect(await admittedOf(limiter, 'away', 20, 5)).toBe(5);
  await own.stop();
  const began = performance.now();
  expect(await admittedOf(limiter, 'away', 20, 30)).toBe(15);
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(seen).toContain('failed');
  await own.restart();
  seen.length = 0;
  await eventually(async () => {
    await limiter.admit(`back ${Math.random()}`, { requests: 1_000, windowMs: long }, 'each');
    return seen.includes('works');
  });
  await own.stop();
});

test('an address is limited by what its holder cannot choose', () => {
  expect(prefixOf('192.0.2.1')).toBe('192.0.2.1');
  expect(prefixOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(prefixOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(prefixOf('2001:db8:1:2:ffff::')).toBe('2001:db8:1:2::/64');
  expect(prefixOf('2001:db8:1:3::1')).toBe('2001:db8:1:3::/64');
  expect(prefixOf('fe80::1%eth0')).toBe('fe80::/64');
  expect(prefixOf(null)).toBe('unknown');
  expect(prefixOf('nonsense')).toBe('unknown');
});
