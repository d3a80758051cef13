import { type Queryable, statement } from '../../database/database.js';

/** A notification to be sent. */
export interface NewDelivery {
  /** The id of the target. */
  target: string;
  bucket: number;
  /** Empty for a test event. */
  key: string;
  /** The event's name. */
  name: string;
  body: string;
}

/** Whose notifications come in order: those of a key to a target. */
export interface DeliveryLane {
  targetId: string;
  bucketId: number;
  key: string;
}

const laneHash = (target: string, bucket: string, key: string) =>
  `hashtextextended(${target}::text || '/' || ${key}, ${bucket})`;

const lockLanes = statement(
  'lock_notification_lanes',
  `SELECT pg_advisory_xact_lock(l.hash) FROM (
     SELECT DISTINCT ${laneHash('r.target', 'r.bucket', 'r.key')} AS hash
     FROM jsonb_to_recordset($1::jsonb) AS r(target uuid, bucket bigint, key text) ORDER BY 1
   ) l`,
);

// The first of a lane is due at once; the others are when those before them are gone.
const insert = statement(
  'insert_notification_deliveries',
  `INSERT INTO notification_delivery (tenant_id, target_id, bucket_id, key, event_name, body, due_at)
   SELECT $1, n.target, n.bucket, n.key, n.name, n.body, CASE WHEN n.place = 1 AND NOT EXISTS (
       SELECT FROM notification_delivery d WHERE d.target_id = n.target AND d.bucket_id = n.bucket AND d.key = n.key
         AND d.state = 'PENDING') THEN now() END
   FROM (
     SELECT r.target, r.bucket, r.key, r.name, r.body, r.number,
       row_number() OVER (PARTITION BY r.target, r.bucket, r.key ORDER BY r.number) AS place
     FROM jsonb_to_recordset($2::jsonb) AS r(target uuid, bucket bigint, key text, name text, body text, number integer)
   ) n ORDER BY n.number`,
);

const promote = statement(
  'promote_notification_delivery',
  `UPDATE notification_delivery d SET due_at = now()
   WHERE d.due_at IS NULL AND d.id = (
     SELECT n.id FROM notification_delivery n
     WHERE n.target_id = $1 AND n.bucket_id = $2 AND n.key = $3 AND n.state = 'PENDING' ORDER BY n.id LIMIT 1)`,
);

/** Queues notifications, in this order, behind those that are queued already. */
export async function insertDeliveries(
  tx: Queryable,
  tenantId: number,
  deliveries: readonly NewDelivery[],
): Promise<void> {
  if (deliveries.length === 0) {
    return;
  }
  await tx.query(lockLanes, [JSON.stringify(deliveries.map(({ target, bucket, key }) => ({ target, bucket, key })))]);
  await tx.query(insert, [tenantId, JSON.stringify(deliveries.map((each, number) => ({ ...each, number })))]);
}

/** Keeps others from queueing in a lane, and from taking out of it, to the end of the transaction. */
export async function lockLane(tx: Queryable, lane: DeliveryLane): Promise<void> {
  await tx.query(lockLanes, [JSON.stringify([{ target: lane.targetId, bucket: lane.bucketId, key: lane.key }])]);
}

/** Lets the first of a lane be sent; under {@link lockLane}, when the one before it is gone. */
export async function promoteNext(tx: Queryable, { targetId, bucketId, key }: DeliveryLane): Promise<void> {
  await tx.query(promote, [targetId, bucketId, key]);
}
