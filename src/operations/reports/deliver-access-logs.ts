import { statement } from '../../database/database.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { bucketAcl, ownerOf, usesAcls } from '../access/acl-access.js';
import { type BucketState, selectBuckets, toBucketState } from '../buckets/bucket-cache.js';
import { type BucketLogging, logDelivery, logObjectKey } from '../buckets/bucket-logging.js';
import { logObjectGrants } from '../buckets/set-bucket-logging.js';
import type { Granary } from '../context.js';
import { deliverObject } from '../objects/deliver-object.js';

/** So many records make one object, and a bucket that has them need not wait. */
const recordsPerObject = 20_000;
const pageSize = 500;

/** What a target does not take is kept for so long, and no more of it than this. */
const longestWaitSeconds = 24 * 3600;
const mostWaitingRecords = 1_000_000;

export interface AccessLogOptions {
  signal?: AbortSignal;
  now?: Date;
  /** How old the first record of a bucket must be; the setting's when absent. */
  ageSeconds?: number;
}

interface Batch {
  key: string;
  lastId: number;
  day: string | null;
}

// From one bucket's first record to the next one's: what it costs grows with the buckets that log.
const listSources = statement(
  'list_access_log_sources',
  `WITH RECURSIVE source AS (
     (SELECT r.bucket_id, r.at FROM access_log_record r ORDER BY r.bucket_id, r.id LIMIT 1)
     UNION ALL
     SELECT n.bucket_id, n.at FROM source s CROSS JOIN LATERAL (
       SELECT r.bucket_id, r.at FROM access_log_record r WHERE r.bucket_id > s.bucket_id
       ORDER BY r.bucket_id, r.id LIMIT 1) n
   )
   SELECT s.bucket_id AS id FROM source s
   WHERE s.at <= $1::timestamptz - make_interval(secs => $2)
     OR EXISTS (SELECT FROM access_log_record r WHERE r.bucket_id = s.bucket_id ORDER BY r.id OFFSET $3 LIMIT 1)`,
);

const findBucket = statement('find_logged_bucket', `${selectBuckets} AND b.id = $1`);

const findBatch = statement(
  'find_access_log_batch',
  `SELECT b.key, b.last_id AS "lastId", b.day::text AS day, EXISTS (
     SELECT FROM access_log_record r
     WHERE r.bucket_id = b.bucket_id AND r.id <= b.last_id AND (b.day IS NULL OR (r.at AT TIME ZONE 'UTC')::date = b.day)
   ) AS "hasRecords"
   FROM access_log_batch b WHERE b.bucket_id = $1`,
);

const measureBatch = statement(
  'measure_access_log_batch',
  `WITH first AS (
     SELECT (at AT TIME ZONE 'UTC')::date AS day FROM access_log_record WHERE bucket_id = $1 ORDER BY id LIMIT 1
   )
   SELECT max(b.id) AS "lastId", CASE WHEN $2 THEN (SELECT day FROM first)::text END AS day FROM (
     SELECT r.id FROM access_log_record r
     WHERE r.bucket_id = $1 AND (NOT $2 OR (r.at AT TIME ZONE 'UTC')::date = (SELECT day FROM first))
     ORDER BY r.id LIMIT ${recordsPerObject}) b`,
);

const openBatch = statement(
  'open_access_log_batch',
  'INSERT INTO access_log_batch (bucket_id, key, last_id, day) VALUES ($1, $2, $3, $4)',
);

const readRecords = statement(
  'read_access_log_records',
  `SELECT r.id, r.line FROM access_log_record r
   WHERE r.bucket_id = $1 AND r.id > $2 AND r.id <= $3 AND ($4::date IS NULL OR (r.at AT TIME ZONE 'UTC')::date = $4)
   ORDER BY r.id LIMIT ${pageSize}`,
);

const closeBatch = statement(
  'close_access_log_batch',
  `WITH closed AS (DELETE FROM access_log_batch WHERE bucket_id = $1)
   DELETE FROM access_log_record WHERE bucket_id = $1 AND id = ANY ($2::bigint[])`,
);

const dropRecords = statement(
  'drop_access_log_records',
  `WITH dropped AS (
     DELETE FROM access_log_record WHERE bucket_id = $1 AND (at < $2::timestamptz OR id <= (
       SELECT id FROM access_log_record WHERE bucket_id = $1 ORDER BY id DESC OFFSET $3 LIMIT 1)) RETURNING 1)
   SELECT count(*)::integer AS count FROM dropped`,
);

/**
 * Writes what has gathered of access logs into objects of their targets. Each batch has its key before it is written,
 * so that a run that takes over from a killed one writes the same object again, and no line is lost or doubled.
 */
export async function deliverAccessLogs(
  granary: Granary,
  { signal, now = new Date(), ageSeconds = granary.settings.accessLogSeconds }: AccessLogOptions = {},
): Promise<{ objects: number; records: number }> {
  const figures = { objects: 0, records: 0 };
  const sources = await granary.database.query<{ id: number }>(listSources, [now, ageSeconds, recordsPerObject - 1]);
  for (const { id } of sources) {
    const source = await bucketOf(granary, id);
    try {
      for (;;) {
        const records = signal?.aborted ? 0 : await deliverBatch(granary, { id, source, now });
        figures.records += records;
        figures.objects += records > 0 ? 1 : 0;
        if (records < recordsPerObject && !(records > 0 && source?.configuration.logging?.keyFormat === 'EventTime')) {
          break;
        }
      }
    } catch (error) {
      await keepWithinBounds(granary, id, now);
      const text = isGranaryError(error) ? error.message : String(error);
      granary.log.warn({ bucket: source?.name, tenant: source?.tenantName, error: text }, 'An access log must wait');
    }
  }
  return figures;
}

/** Delivers one object, or forgets what nobody wants any more. @returns how many records it took; 0 when there are none. */
async function deliverBatch(
  granary: Granary,
  { id, source, now }: { id: number; source: BucketState | undefined; now: Date },
): Promise<number> {
  const logging = source?.configuration.logging;
  if (source === undefined || logging === undefined) {
    await granary.database.query(dropRecords, [id, 'infinity', 0]);
    await granary.database.query(closeBatch, [id, []]);
    return 0;
  }
  const target = await targetOf(granary, source, logging);
  const batch = await batchOf(granary, { source, logging, now });
  if (batch === undefined) {
    return 0;
  }
  const ids: number[] = [];
  await write(granary, { source, target, logging, batch, ids });
  await granary.database.query(closeBatch, [source.id, ids]);
  granary.metrics.deliveredLogs.inc(1);
  return ids.length;
}

async function bucketOf(granary: Granary, id: number): Promise<BucketState | undefined> {
  const [row] = await granary.database.query<Parameters<typeof toBucketState>[0]>(findBucket, [id]);
  return row === undefined ? undefined : toBucketState(row);
}

async function targetOf(granary: Granary, source: BucketState, { targetBucket }: BucketLogging): Promise<BucketState> {
  const target = await granary.buckets.find(source.tenantName, targetBucket);
  if (target === undefined) {
    throw new GranaryError('NotFound', 'The target bucket does not exist.');
  }
  return target;
}

/** The batch that was begun, or the next one. */
async function batchOf(
  granary: Granary,
  { source, logging, now }: { source: BucketState; logging: BucketLogging; now: Date },
): Promise<Batch | undefined> {
  const { database, settings } = granary;
  const [begun] = await database.query<Batch & { hasRecords: boolean }>(findBatch, [source.id]);
  if (begun?.hasRecords && begun.key.startsWith(logging.targetPrefix)) {
    return begun;
  }
  if (begun !== undefined) {
    // Its records were dropped while they waited; or the configuration has changed, which says where they go now.
    await database.query(closeBatch, [source.id, []]);
  }
  const byDay = logging.keyFormat === 'EventTime';
  const [found] = await database.query<{ lastId: number | null; day: string | null }>(measureBatch, [source.id, byDay]);
  if (found === undefined || found.lastId === null) {
    return undefined;
  }
  const { lastId, day } = found;
  // Of two objects of one second, the earlier stands first in lists.
  const unique = lastId.toString(16).toUpperCase().padStart(16, '0');
  const key = logObjectKey({ source, region: settings.s3Region, unique }, logging, { now, day });
  await database.query(openBatch, [source.id, key, lastId, day]);
  return { key, lastId, day };
}

interface Delivery {
  source: BucketState;
  target: BucketState;
  logging: BucketLogging;
  batch: Batch;
  /** Gets the ids of what was written. */
  ids: number[];
}

async function write(granary: Granary, { source, target, logging, batch, ids }: Delivery): Promise<void> {
  const grants = usesAcls(target) && logging.grants.length > 0 ? logObjectGrants(logging, ownerOf(target)) : [];
  await deliverObject(logDelivery(granary, source, `log-${source.id}-${batch.lastId}`), {
    ...{ target, key: batch.key, contentType: 'text/plain' },
    body: readBatch(granary, source.id, { batch, ids }),
    acl: grants.length === 0 ? undefined : { grants, owner: bucketAcl(target).owner.canonicalId },
  });
}

async function* readBatch(
  granary: Granary,
  bucketId: number,
  { batch, ids }: Pick<Delivery, 'batch' | 'ids'>,
): AsyncGenerator<Buffer> {
  let after = 0;
  for (;;) {
    const rows = await granary.database.query<{ id: number; line: string }>(readRecords, [
      ...[bucketId, after, batch.lastId, batch.day],
    ]);
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    after = last.id;
    ids.push(...rows.map(({ id }) => id));
    yield Buffer.from(rows.map(({ line }) => `${line}\n`).join(''));
  }
}

async function keepWithinBounds(granary: Granary, bucketId: number, now: Date): Promise<void> {
  const oldest = new Date(now.getTime() - longestWaitSeconds * 1000);
  const [dropped] = await granary.database.query<{ count: number }>(dropRecords, [
    ...[bucketId, oldest, mostWaitingRecords],
  ]);
  granary.metrics.droppedLogLines.inc(dropped?.count ?? 0);
}
