import { setTimeout as delay } from 'node:timers/promises';
import type { Granary } from './context.js';

const everyMs = 500;

interface Poll<Value> {
  watchers: number;
  latest?: { value: Value; text: string };
  failure?: { error: unknown };
  news: PromiseWithResolvers<void>;
}

/**
 * Looks again and again at what changes without a notice, whichever process changes it: once for all who watch the same
 * thing in this process, and only while somebody does.
 */
export class SharedPolls<Value> {
  readonly #polls = new Map<string, Poll<Value>>();
  readonly #describe: (value: Value) => string;

  /** What `describe` says is the same is no news. */
  constructor(describe: (value: Value) => string) {
    this.#describe = describe;
  }

  /** What `look` finds: at once, and whenever it is something else. Throws what `look` throws. */
  async *follow(key: string, look: () => Promise<Value>, signal: AbortSignal): AsyncGenerator<Value, void, undefined> {
    const poll = this.#enter(key, look);
    const stopped = Promise.withResolvers<void>();
    const stop = () => stopped.resolve();
    signal.addEventListener('abort', stop, { once: true });
    try {
      let seen: string | undefined;
      while (!signal.aborted) {
        if (poll.failure !== undefined) {
          throw poll.failure.error;
        }
        const news = poll.news.promise;
        if (poll.latest !== undefined && poll.latest.text !== seen) {
          seen = poll.latest.text;
          yield poll.latest.value;
        } else {
          await Promise.race([news, stopped.promise]);
        }
      }
    } finally {
      signal.removeEventListener('abort', stop);
      this.#leave(key, poll);
    }
  }

  #enter(key: string, look: () => Promise<Value>): Poll<Value> {
    let poll = this.#polls.get(key);
    if (poll === undefined) {
      poll = { watchers: 0, news: Promise.withResolvers() };
      this.#polls.set(key, poll);
      void this.#run(key, poll, look);
    }
    poll.watchers += 1;
    return poll;
  }

  #leave(key: string, poll: Poll<Value>): void {
    poll.watchers -= 1;
    if (poll.watchers === 0) {
      this.#forget(key, poll);
    }
  }

  #forget(key: string, poll: Poll<Value>): void {
    if (this.#polls.get(key) === poll) {
      this.#polls.delete(key);
    }
  }

  async #run(key: string, poll: Poll<Value>, look: () => Promise<Value>): Promise<void> {
    while (this.#polls.get(key) === poll) {
      try {
        const value = await look();
        const text = this.#describe(value);
        if (poll.latest?.text !== text) {
          poll.latest = { value, text };
          wake(poll);
        }
      } catch (error) {
        poll.failure = { error };
        this.#forget(key, poll);
        wake(poll);
      }
      await delay(everyMs, undefined, { ref: false });
    }
  }
}

/** One of these for each granary that this process works with. */
export function sharedPolls<Value>(describe: (value: Value) => string): (granary: Granary) => SharedPolls<Value> {
  const known = new WeakMap<Granary, SharedPolls<Value>>();
  return (granary) => {
    const polls = known.get(granary) ?? new SharedPolls(describe);
    known.set(granary, polls);
    return polls;
  };
}

function wake(poll: Poll<unknown>): void {
  const { resolve } = poll.news;
  poll.news = Promise.withResolvers();
  resolve();
}
