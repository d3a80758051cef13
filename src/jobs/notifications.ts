import { setTimeout as delay } from 'node:timers/promises';
import type { Granary } from '../operations/context.js';
import { NotificationCourier } from '../operations/notifications/deliver-notifications.js';
import { NotificationQueuer } from '../operations/notifications/queue-notifications.js';
import { Bell } from './bell.js';

export interface NotificationOptions {
  /** Between two looks for what is due. */
  pollMs?: number;
  /** From the first failure of a notification to its next attempt. */
  firstPauseSeconds?: number;
}

const usualPollMs = 1_000;
/** Between two looks while a transaction holds up what came after it, and while news come thick and fast. */
const shortPauseMs = 50;

/** What is being sent may end in this time when the server stops; it is sent again otherwise. */
const stopLimitMs = 10_000;

/** Sends notifications within moments of what they tell of, until it is stopped. */
export async function startNotifications(
  granary: Granary,
  { pollMs = usualPollMs, ...options }: NotificationOptions = {},
): Promise<{ stop(): Promise<void> }> {
  const queuer = new NotificationQueuer(granary);
  const courier = new NotificationCourier(granary, options);
  const stopping = new AbortController();
  const [news, work] = [new Bell(), new Bell()];
  const stopListening = await granary.database.listen(
    'granary_event',
    () => news.ring(),
    () => news.ring(),
  );
  const queue = async (): Promise<boolean> => {
    const { queued, isMore } = await queuer.run();
    if (queued > 0) {
      work.ring();
    }
    await pause(shortPauseMs);
    return isMore;
  };
  const loops = [
    follow(queue, news),
    ...Array.from({ length: granary.settings.notificationConcurrency }, () => follow(() => courier.runNext(), work)),
  ];
  return {
    stop: async () => {
      stopping.abort();
      news.ring();
      work.ring();
      await stopListening();
      const ended = new AbortController();
      await Promise.race([
        Promise.all(loops),
        delay(stopLimitMs, undefined, { signal: ended.signal }).catch(() => undefined),
      ]);
      ended.abort();
      await courier.close();
      await Promise.all(loops);
    },
  };

  async function follow(run: () => Promise<boolean>, bell: Bell): Promise<void> {
    while (!stopping.signal.aborted) {
      // Before the look, so that what comes during it is not slept over.
      const { next } = bell;
      if (!(await attempt(granary, run))) {
        await Promise.race([next, pause(pollMs)]);
      }
    }
  }

  function pause(milliseconds: number): Promise<void> {
    return delay(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}

async function attempt(granary: Granary, run: () => Promise<boolean>): Promise<boolean> {
  try {
    return await run();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    granary.log.warn({ error: text }, 'Notifications wait: their queue cannot be read');
    return false;
  }
}
