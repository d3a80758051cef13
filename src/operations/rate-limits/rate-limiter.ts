import { LRUCache } from 'lru-cache';
import type { RateLimitStore, WindowTotals } from './rate-limit-store.js';

/** So many requests in so many milliseconds. */
export interface RateLimit {
  readonly requests: number;
  readonly windowMs: number;
}

/** What becomes of one request. */
export interface Verdict {
  readonly admitted: boolean;
  readonly limit: RateLimit;
  /** How many more would be admitted now. */
  readonly remaining: number;
  /** When there is room again (when it is not admitted), or all of it: in whole seconds. */
  readonly resetSeconds: number;
}

/** What is told of the store's health. */
export interface StoreWatch {
  failed(error: unknown): void;
  works(): void;
}

/** Counts that wait for nobody are sent together, this often. */
const sendEveryMs = 100;

/** For so long a request waits for the store before it is judged by what this process knows. */
const waitLimitMs = 1_000;

/** After a failure the store is left alone for so long. */
const restMs = 1_000;

/** So many subjects are known at once; those that are forgotten begin anew. */
const mostSubjects = 100_000;

/** This share of what is left may be used up before the other processes hear of it. */
const unsentShare = 16;

/** One subject in its current window. */
interface Counter {
  readonly subject: string;
  readonly limit: RateLimit;
  windowStart: number;
  /** Of all processes, as far as the store has told. */
  known: number;
  previous: number;
  /** Admitted here since the last sending. */
  unsent: number;
  /** On their way to the store. */
  sending: number;
  /** Requests that wait for the next sending, and count in it. */
  waiting: ((verdict: Verdict) => void)[];
}

/**
 * Counts requests by subject in sliding windows: what was in the window before counts in proportion to how much of it is
 * still within reach. Far below a limit a request costs no more than a look into memory, and counts are sent to the
 * store together; near it each request is admitted by the total that the store tells.
 */
export class RateLimiter {
  readonly #store: RateLimitStore;
  readonly #watch: StoreWatch;
  readonly #counters = new LRUCache<string, Counter>({ max: mostSubjects });
  readonly #dirty = new Set<Counter>();
  #timer: NodeJS.Timeout | undefined;
  #sending = false;
  #restsUntil = 0;

  constructor(store: RateLimitStore, watch: StoreWatch) {
    this.#store = store;
    this.#watch = watch;
  }

  /** Counts a request of a subject unless it is one too many. `each` asks the store for every one of them. */
  admit(subject: string, limit: RateLimit, counting: 'together' | 'each' = 'together'): Verdict | Promise<Verdict> {
    const counter = this.#counterOf(subject, limit);
    const left = this.#left(counter);
    if (left < 1) {
      return this.#verdict(counter, 'refused');
    }
    const pending = counter.unsent + counter.sending + counter.waiting.length;
    const mayWait = counting === 'together' && pending < Math.max(1, Math.floor(left / unsentShare));
    if (mayWait || performance.now() < this.#restsUntil) {
      counter.unsent += 1;
      this.#dirty.add(counter);
      this.#timer ??= setTimeout(() => this.#send(), sendEveryMs).unref();
      return this.#verdict(counter, 'admitted');
    }
    return this.#ask(counter);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#store.close();
  }

  #counterOf(subject: string, limit: RateLimit): Counter {
    const windowStart = Math.floor(Date.now() / limit.windowMs) * limit.windowMs;
    const found = this.#counters.get(subject);
    if (found !== undefined && found.windowStart === windowStart && sameLimit(found.limit, limit)) {
      return found;
    }
    const isNext = found?.windowStart === windowStart - limit.windowMs && found.limit.windowMs === limit.windowMs;
    // With the window's end its counter is another one: what is on its way may still arrive in the old one.
    const counter: Counter = {
      subject,
      limit,
      windowStart,
      known: found?.windowStart === windowStart ? found.known : 0,
      previous: isNext ? found.known + found.unsent + found.sending : 0,
      unsent: 0,
      sending: 0,
      waiting: [],
    };
    this.#counters.set(subject, counter);
    return counter;
  }

  #ask(counter: Counter): Promise<Verdict> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(this.#verdict(counter, 'admitted')), waitLimitMs).unref();
      counter.waiting.push((verdict) => {
        clearTimeout(timer);
        resolve(verdict);
      });
      this.#dirty.add(counter);
      if (!this.#sending) {
        // With all that this turn of the event loop brings.
        setImmediate(() => this.#send());
      }
    });
  }

  /** Sends what has been counted, one message at a time: what comes meanwhile goes together with the next. */
  #send(): void {
    if (this.#sending || this.#dirty.size === 0) {
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending = true;
    const batch = [...this.#dirty].map((counter) => takeFrom(counter));
    this.#dirty.clear();
    void this.#exchange(batch).finally(() => {
      this.#sending = false;
      if ([...this.#dirty].some((counter) => counter.waiting.length > 0)) {
        this.#send();
      } else if (this.#dirty.size > 0) {
        this.#timer ??= setTimeout(() => this.#send(), sendEveryMs).unref();
      }
    });
  }

  async #exchange(batch: Sent[]): Promise<void> {
    const windows = batch.map(({ counter, hits }) => ({
      subject: counter.subject,
      windowStart: counter.windowStart,
      windowMs: counter.limit.windowMs,
      hits,
    }));
    try {
      const totals = await within(waitLimitMs, this.#store.add(windows));
      this.#watch.works();
      for (const [i, sent] of batch.entries()) {
        this.#settle(sent, totals[i]);
      }
    } catch (error) {
      this.#restsUntil = performance.now() + restMs;
      this.#watch.failed(error);
      for (const sent of batch) {
        this.#settle(sent, undefined);
      }
    }
  }

  /** Without totals the process goes by what it has counted itself. */
  #settle({ counter, hits, waiting }: Sent, totals: WindowTotals | undefined): void {
    counter.sending -= hits;
    counter.known = totals?.hits ?? counter.known + hits;
    counter.previous = Math.max(counter.previous, totals?.previous ?? 0);
    const beyond = Math.max(0, Math.ceil(counter.known + this.#faded(counter) - counter.limit.requests));
    for (const [i, resolve] of waiting.entries()) {
      resolve(this.#verdict(counter, i < waiting.length - beyond ? 'admitted' : 'refused'));
    }
  }

  /** What counts of the window before. */
  #faded({ windowStart, previous, limit }: Counter): number {
    return previous * Math.max(0, 1 - (Date.now() - windowStart) / limit.windowMs);
  }

  #left(counter: Counter): number {
    const { limit, known, unsent, sending, waiting } = counter;
    return limit.requests - known - unsent - sending - waiting.length - this.#faded(counter);
  }

  #verdict(counter: Counter, outcome: 'admitted' | 'refused'): Verdict {
    const { limit, windowStart, previous, known } = counter;
    const untilEnd = windowStart + limit.windowMs - Date.now();
    // When the window before fades, room comes back before the window ends; else not until then.
    const untilRoom = previous > 0 && known < limit.requests ? Math.min(untilEnd, limit.windowMs / previous) : untilEnd;
    return {
      admitted: outcome === 'admitted',
      limit,
      remaining: outcome === 'refused' ? 0 : Math.max(0, Math.floor(this.#left(counter))),
      resetSeconds: Math.max(1, Math.ceil((outcome === 'refused' ? untilRoom : untilEnd) / 1000)),
    };
  }
}

/** What of a counter is on its way. */
interface Sent {
  counter: Counter;
  hits: number;
  waiting: Counter['waiting'];
}

function takeFrom(counter: Counter): Sent {
  const { waiting } = counter;
  const hits = counter.unsent + waiting.length;
  counter.waiting = [];
  counter.unsent = 0;
  counter.sending += hits;
  return { counter, hits, waiting };
}

function sameLimit(a: RateLimit, b: RateLimit): boolean {
  return a === b || (a.requests === b.requests && a.windowMs === b.windowMs);
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // What comes of it later is of no consequence.
    work.catch(() => undefined);
  }
}
