import { NotificationTargetKind } from '../../entities/notification-target.js';
import type { Granary } from '../context.js';
import { type NotificationMessage, type NotificationSender, SendFailure, sendLimitMs } from './notification-sender.js';
import type { TargetState } from './notification-targets.js';
import { openWebhook } from './send-webhook.js';

/** Connections that nothing went over for so long are closed. */
const idleMs = 60_000;

type Open = (granary: Granary, target: TargetState) => Promise<NotificationSender>;

/** Clients of brokers are loaded only where a target needs them. */
const openers: Readonly<Record<NotificationTargetKind, Open>> = {
  [NotificationTargetKind.WEBHOOK]: openWebhook,
  [NotificationTargetKind.REDIS]: async (...way) => (await import('./send-redis.js')).openRedis(...way),
  [NotificationTargetKind.NATS]: async (...way) => (await import('./send-nats.js')).openNats(...way),
  [NotificationTargetKind.AMQP]: async (...way) => (await import('./send-amqp.js')).openAmqp(...way),
  [NotificationTargetKind.KAFKA]: async (...way) => (await import('./send-kafka.js')).openKafka(...way),
};

interface Kept {
  readonly revision: number;
  readonly sender: Promise<NotificationSender>;
  timer: NodeJS.Timeout | undefined;
}

/** The ways to all targets: one connection each, which is opened when it is needed and anew after a failure. */
export class NotificationSenders {
  readonly #granary: Granary;
  readonly #kept = new Map<string, Kept>();

  constructor(granary: Granary) {
    this.#granary = granary;
  }

  /** Resolves when the target has taken the message over. */
  async send(target: TargetState, message: NotificationMessage): Promise<void> {
    const kept = this.#open(target);
    clearTimeout(kept.timer);
    try {
      await within(sendLimitMs, async () => (await kept.sender).send(message));
    } catch (error) {
      this.#drop(target.id, kept);
      throw error;
    }
    clearTimeout(kept.timer);
    kept.timer = setTimeout(() => this.#drop(target.id, kept), idleMs).unref();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#kept].map(([id, kept]) => this.#drop(id, kept)));
  }

  #open(target: TargetState): Kept {
    const known = this.#kept.get(target.id);
    if (known?.revision === target.revision) {
      return known;
    }
    if (known !== undefined) {
      this.#drop(target.id, known);
    }
    const kept: Kept = {
      revision: target.revision,
      sender: openers[target.kind](this.#granary, target),
      timer: undefined,
    };
    // Whoever sends hears of it too.
    kept.sender.catch(() => undefined);
    this.#kept.set(target.id, kept);
    return kept;
  }

  #drop(id: string, kept: Kept): Promise<void> {
    clearTimeout(kept.timer);
    if (this.#kept.get(id) === kept) {
      this.#kept.delete(id);
    }
    const { log } = this.#granary;
    return kept.sender
      .then((sender) => sender.close())
      .catch((error: unknown) => log.debug({ error: String(error) }, 'A way to a notification target did not close'));
  }
}

async function within(limitMs: number, work: () => Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new SendFailure('The target did not answer in time.')), limitMs);
  try {
    await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
