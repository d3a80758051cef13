import { statement } from '../../database/database.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import { type DeliveryLane, lockLane, promoteNext } from './notification-queue.js';
import { describeSendFailure, sendLimitMs } from './notification-sender.js';
import { NotificationSenders } from './notification-senders.js';
import { findTargetById, type TargetState } from './notification-targets.js';

/** A delivery whose process died is taken up by another after so long. Longer than sending may take, so that it is in order. */
const leaseSeconds = (2 * sendLimitMs) / 1000;

const longestPauseSeconds = 3600;

// A target that does not answer must not keep all others waiting: $1 are those with enough under way.
const claim = statement(
  'claim_notification_delivery',
  `UPDATE notification_delivery d SET due_at = now() + make_interval(secs => $2), attempts = d.attempts + 1
   FROM (
     SELECT p.id FROM notification_delivery p JOIN notification_target t ON t.id = p.target_id AND t.enabled
     WHERE p.state = 'PENDING' AND p.due_at <= now() AND p.target_id <> ALL ($1::uuid[])
     ORDER BY p.due_at LIMIT 1 FOR UPDATE OF p SKIP LOCKED
   ) due WHERE d.id = due.id
   RETURNING d.id, d.tenant_id AS "tenantId", d.target_id AS "targetId", d.bucket_id AS "bucketId", d.key,
     d.event_name AS "eventName", d.body, d.attempts`,
);

const finish = statement('finish_notification_delivery', 'DELETE FROM notification_delivery WHERE id = $1');

const postpone = statement(
  'postpone_notification_delivery',
  `UPDATE notification_delivery SET due_at = now() + make_interval(secs => $2), error = $3
   WHERE id = $1 AND state = 'PENDING' AND attempts = $4`,
);

const bury = statement(
  'bury_notification_delivery',
  `UPDATE notification_delivery SET state = 'DEAD', due_at = NULL, dead_at = now(), error = $2
   WHERE id = $1 AND state = 'PENDING' AND attempts = $3 RETURNING id`,
);

interface Delivery extends DeliveryLane {
  id: number;
  tenantId: number;
  eventName: string;
  body: string;
  attempts: number;
}

/**
 * Sends what is queued: of a key to a target one at a time and in order, of different keys side by side. What fails is
 * tried again after a pause that doubles each time, and becomes a dead letter in the end; those behind it then follow.
 */
export class NotificationCourier {
  readonly #granary: Granary;
  readonly #senders: NotificationSenders;
  readonly #firstPauseSeconds: number;
  readonly #mostPerTarget: number;
  /** How much is on its way to each target. */
  readonly #underWay = new Map<string, number>();
  /** Claims come one after the other, so that each knows what the ones before it took. */
  #claiming: Promise<unknown> = Promise.resolve();

  constructor(granary: Granary, { firstPauseSeconds = 1 }: { firstPauseSeconds?: number } = {}) {
    this.#granary = granary;
    this.#senders = new NotificationSenders(granary);
    this.#firstPauseSeconds = firstPauseSeconds;
    this.#mostPerTarget = Math.max(1, Math.ceil(granary.settings.notificationConcurrency / 2));
  }

  /** Sends one notification that is due. Returns false when there is none. */
  async runNext(): Promise<boolean> {
    const claimed = this.#claiming.then(() => this.#claim());
    this.#claiming = claimed.catch(() => undefined);
    const delivery = await claimed;
    if (delivery === undefined) {
      return false;
    }
    try {
      await this.#deliver(delivery);
    } finally {
      this.#count(delivery.targetId, -1);
    }
    return true;
  }

  close(): Promise<void> {
    return this.#senders.close();
  }

  async #claim(): Promise<Delivery | undefined> {
    const busy = [...this.#underWay].flatMap(([id, count]) => (count >= this.#mostPerTarget ? [id] : []));
    const [delivery] = await this.#granary.database.query<Delivery>(claim, [busy, leaseSeconds]);
    if (delivery !== undefined) {
      this.#count(delivery.targetId, 1);
    }
    return delivery;
  }

  #count(targetId: string, change: number): void {
    const count = (this.#underWay.get(targetId) ?? 0) + change;
    if (count === 0) {
      this.#underWay.delete(targetId);
    } else {
      this.#underWay.set(targetId, count);
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { metrics } = this.#granary;
    const target = await findTargetById(this.#granary, { tenantId: delivery.tenantId, id: delivery.targetId });
    if (target === undefined) {
      return;
    }
    try {
      await this.#senders.send(target, delivery);
    } catch (error) {
      metrics.failedNotifications.inc({ kind: target.kind });
      await this.#fail(delivery, target, describeSendFailure(error));
      return;
    }
    metrics.deliveredNotifications.inc({ kind: target.kind });
    await this.#granary.database.transaction(async (tx) => {
      await lockLane(tx, delivery);
      await tx.query(finish, [delivery.id]);
      await promoteNext(tx, delivery);
    });
  }

  async #fail(delivery: Delivery, target: TargetState, problem: string): Promise<void> {
    const { database, settings } = this.#granary;
    if (delivery.attempts < settings.notificationAttempts) {
      const pause = Math.min(this.#firstPauseSeconds * 2 ** (delivery.attempts - 1), longestPauseSeconds);
      // Not all at once, when a target comes back.
      const seconds = pause * (0.75 + Math.random() / 2);
      await database.query(postpone, [delivery.id, seconds, problem, delivery.attempts]);
      return;
    }
    await this.#bury(delivery, target, problem);
  }

  async #bury(delivery: Delivery, target: TargetState, problem: string): Promise<void> {
    const { database, log, metrics } = this.#granary;
    const buried = await database.transaction(async (tx) => {
      await lockLane(tx, delivery);
      const rows = await tx.query(bury, [delivery.id, problem, delivery.attempts]);
      if (rows.length > 0) {
        await promoteNext(tx, delivery);
        const { tenantId, bucketId, key } = delivery;
        await recordEvent(
          tx,
          { requestId: 'notifications', sourceIp: null },
          {
            ...{ action: 'granary:NotificationFailed', tenantId, bucketId, key },
            details: { target: target.name, event: delivery.eventName, attempts: delivery.attempts, error: problem },
          },
        );
      }
      return rows.length > 0;
    });
    if (buried) {
      metrics.deadNotifications.inc({ kind: target.kind });
      log.warn({ target: target.id, problem }, 'A notification could not be delivered; it is a dead letter now');
    }
  }
}
