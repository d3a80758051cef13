import { type Database, type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { EventHorizon } from '../events/event-horizon.js';
import {
  eventRecord,
  type NotableBucket,
  type NotableEvent,
  type NotableVersion,
  notableActions,
  notificationName,
} from './notification-event.js';
import { insertDeliveries, type NewDelivery } from './notification-queue.js';
import { type BucketNotifications, ruleFor } from './notification-rules.js';

/** As many events of a tenant as are looked at in one transaction. */
const batchSize = 1000;

// A deleted bucket counts while its row is there: what was deleted before it is told.
const findTenants = statement(
  'find_notifying_tenants',
  `SELECT b.tenant_id AS "tenantId", GREATEST(min((b.configuration #>> '{notifications,after}')::bigint), max(c.event_id)) AS place
   FROM bucket b LEFT JOIN notification_cursor c ON c.tenant_id = b.tenant_id
   WHERE b.configuration -> 'notifications' IS NOT NULL GROUP BY b.tenant_id`,
);

const takeTurn = statement(
  'take_turn_queueing_notifications',
  `SELECT pg_try_advisory_xact_lock(hashtextextended('notifications', $1)) AS taken`,
);

const findPlace = statement(
  'find_notification_cursor',
  'SELECT event_id AS place FROM notification_cursor WHERE tenant_id = $1',
);

const moveOn = statement(
  'move_notification_cursor',
  `INSERT INTO notification_cursor (tenant_id, event_id) VALUES ($1, $2)
   ON CONFLICT (tenant_id) DO UPDATE SET event_id = excluded.event_id`,
);

const readEvents = statement(
  'read_events_to_notify_of',
  `SELECT id, at, action, outcome, actor_name AS "actorName", bucket_id AS "bucketId", key, version_id AS "versionId",
     request_id AS "requestId", source_ip AS "sourceIp", CASE WHEN action = 'granary:ReplicationFailed' THEN details END AS details
   FROM event WHERE tenant_id = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT ${batchSize}`,
);

const findBuckets = statement(
  'find_notifying_buckets',
  `SELECT b.id, b.name, b.region, b.versioning, u.canonical_id AS "ownerCanonicalId",
     b.configuration -> 'notifications' AS notifications
   FROM bucket b JOIN user_account u ON u.id = b.owner_id
   WHERE b.tenant_id = $1 AND b.configuration -> 'notifications' IS NOT NULL`,
);

const findTargets = statement(
  'find_notification_targets',
  'SELECT id, name FROM notification_target WHERE tenant_id = $1',
);

const findVersions = statement(
  'find_versions_to_notify_of',
  `SELECT id, size, etag, is_null AS "isNull", delete_marker AS "deleteMarker" FROM object_version
   WHERE id = ANY ($1::bigint[])`,
);

type NotifyingBucket = NotableBucket & { notifications: BucketNotifications };

/**
 * Turns the events of buckets that notify into deliveries, each once and none left out: the place up to which a tenant's
 * events were looked at moves in the transaction that queues what they give. Of all processes one at a time works on a
 * tenant.
 */
export class NotificationQueuer {
  readonly #granary: Granary;
  readonly #horizon = new EventHorizon();

  constructor(granary: Granary) {
    this.#granary = granary;
  }

  /** Queues what has become visible. Says how much that was, and whether there is more to look at now. */
  async run(): Promise<{ queued: number; isMore: boolean }> {
    const { database } = this.#granary;
    const tenants = await database.query<{ tenantId: number; place: number }>(findTenants);
    if (tenants.length === 0) {
      return { queued: 0, isMore: false };
    }
    const horizon = await this.#horizon.advance(database);
    let isMore = this.#horizon.isWaiting;
    let queued = 0;
    for (const { tenantId, place } of tenants) {
      if (place < horizon) {
        const turn = await this.#queueOf(database, { tenantId, place, horizon });
        isMore ||= turn.reached < horizon;
        queued += turn.queued;
      }
    }
    return { queued, isMore };
  }

  #queueOf(
    database: Database,
    { tenantId, place, horizon }: { tenantId: number; place: number; horizon: number },
  ): Promise<{ reached: number; queued: number }> {
    return database.transaction(async (tx) => {
      const [turn] = await tx.query<{ taken: boolean }>(takeTurn, [tenantId]);
      if (turn?.taken !== true) {
        return { reached: horizon, queued: 0 };
      }
      const [cursor] = await tx.query<{ place: number }>(findPlace, [tenantId]);
      const from = Math.max(place, cursor?.place ?? 0);
      const events = await tx.query<NotableEvent & { outcome: string }>(readEvents, [tenantId, from, horizon]);
      const reached = events.length === batchSize ? (events.at(-1)?.id ?? horizon) : horizon;
      const deliveries = await this.#deliveriesOf(tx, tenantId, events.filter(isNotable));
      await insertDeliveries(tx, tenantId, deliveries);
      await tx.query(moveOn, [tenantId, Math.max(from, reached)]);
      return { reached, queued: deliveries.length };
    });
  }

  async #deliveriesOf(tx: Queryable, tenantId: number, events: readonly NotableEvent[]): Promise<NewDelivery[]> {
    if (events.length === 0) {
      return [];
    }
    const buckets = new Map((await tx.query<NotifyingBucket>(findBuckets, [tenantId])).map((each) => [each.id, each]));
    const of = events.filter(({ bucketId, id }) => id > (buckets.get(bucketId)?.notifications.after ?? Infinity));
    if (of.length === 0) {
      return [];
    }
    const named = await tx.query<{ id: string; name: string }>(findTargets, [tenantId]);
    const targets = new Map(named.map(({ id, name }) => [name, id]));
    const ids = of.flatMap(({ versionId }) => (versionId === null ? [] : [versionId]));
    const versions = new Map((await tx.query<NotableVersion>(findVersions, [ids])).map((each) => [each.id, each]));
    return of.flatMap((event) => {
      const bucket = buckets.get(event.bucketId);
      const version = event.versionId === null ? undefined : versions.get(event.versionId);
      return bucket === undefined ? [] : this.#deliveryOf({ event, version, bucket, targets });
    });
  }

  #deliveryOf(parts: {
    event: NotableEvent;
    version: NotableVersion | undefined;
    bucket: NotifyingBucket;
    targets: ReadonlyMap<string, string>;
  }): NewDelivery[] {
    const { event, version, bucket, targets } = parts;
    const name = notificationName(event, version);
    const rule = name === undefined ? undefined : ruleFor(bucket.notifications.rules, { name, key: event.key });
    const target = rule === undefined ? undefined : targets.get(rule.target);
    if (name === undefined || rule === undefined || target === undefined) {
      return [];
    }
    const usualRegion = this.#granary.settings.s3Region;
    const body = eventRecord({ event, name, version, bucket, configurationId: rule.id, usualRegion });
    return [{ target, bucket: bucket.id, key: event.key, name, body }];
  }
}

function isNotable(event: NotableEvent & { outcome: string }): boolean {
  const isRight = event.outcome === 'SUCCESS' && notableActions.includes(event.action);
  return isRight && event.key !== null && event.bucketId !== null;
}
