import { type Queryable, statement } from '../../database/database.js';

/** Where a bucket's round is, so that the next run goes on from there. */
export interface LifecyclePlace {
  /** Every version of the keys up to here is done; empty at the beginning. */
  lastKey: string;
}

const nextBucket = statement(
  'next_lifecycle_bucket',
  `SELECT b.id FROM bucket b JOIN tenant t ON t.id = b.tenant_id AND t.suspended_at IS NULL LEFT JOIN lifecycle_round r ON r.bucket_id = b.id
   WHERE b.deleted_at IS NULL AND b.lifecycle <> '[]' AND b.id <> ALL ($2::bigint[])
     AND (r.bucket_id IS NULL OR r.finished_at IS NULL OR r.started_at <= now() - make_interval(secs => $1))
   ORDER BY r.updated_at NULLS FIRST, b.id LIMIT 1`,
);

const openRound = statement(
  'open_lifecycle_round',
  `INSERT INTO lifecycle_round AS r (bucket_id) SELECT b.id FROM bucket b WHERE b.id = $1
   ON CONFLICT (bucket_id) DO UPDATE SET updated_at = now(), finished_at = NULL,
     started_at = CASE WHEN r.finished_at IS NULL THEN r.started_at ELSE now() END,
     last_key = CASE WHEN r.finished_at IS NULL THEN r.last_key ELSE '' END
   RETURNING r.last_key AS "lastKey"`,
);

const moveRound = statement(
  'move_lifecycle_round',
  'UPDATE lifecycle_round SET updated_at = now(), last_key = $2 WHERE bucket_id = $1',
);

const finishRound = statement(
  'finish_lifecycle_round',
  'UPDATE lifecycle_round SET updated_at = now(), finished_at = now() WHERE bucket_id = $1',
);

/**
 * The bucket with rules that has waited longest, among those whose round is open or whose last one began so many
 * seconds ago; undefined when there is none but those left out.
 */
export async function nextLifecycleBucket(
  database: Queryable,
  { everySeconds, leaveOut }: { everySeconds: number; leaveOut: readonly number[] },
): Promise<number | undefined> {
  const [row] = await database.query<{ id: number }>(nextBucket, [everySeconds, leaveOut]);
  return row?.id;
}

/** The bucket's open round, or a new one. Undefined when the bucket is gone. */
export async function openLifecycleRound(database: Queryable, bucketId: number): Promise<LifecyclePlace | undefined> {
  const [row] = await database.query<LifecyclePlace>(openRound, [bucketId]);
  return row;
}

/** Writes down how far a round has come: a restart goes on behind this key. */
export async function moveLifecycleRound(database: Queryable, bucketId: number, lastKey: string): Promise<void> {
  await database.query(moveRound, [bucketId, lastKey]);
}

/** Ends a round; the next one begins with the first key. */
export async function finishLifecycleRound(database: Queryable, bucketId: number): Promise<void> {
  await database.query(finishRound, [bucketId]);
}
