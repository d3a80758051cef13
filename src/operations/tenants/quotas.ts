import { type Database, type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type { TenantStates } from './tenant-states.js';

/** The most bytes and objects of a tenant, then those of a bucket; null for any number. As the SQL functions take it. */
export type QuotaLimits = readonly [
  tenantBytes: number | null,
  tenantObjects: number | null,
  bucketBytes: number | null,
  bucketObjects: number | null,
];

/** What counts against {@link QuotaLimits}, in its order. */
type QuotaUse = readonly [tenantBytes: number, tenantObjects: number, bucketBytes: number, bucketObjects: number];

/** For so long a sum is good enough to tell that a limit is far. */
const figureAgeMs = 1_000;

/**
 * A limit that is further away than this is far: no cluster writes as much, in writes of at most {@link largeWrite}
 * each, while a sum is good. Whatever is nearer is added up in the transaction of the write itself.
 */
const farBytes = 16 * 2 ** 30;
const farObjects = 100_000;
const largeWrite = 64 * 2 ** 20;

const sumUse = statement(
  'quota_use',
  `SELECT t.bytes AS "tenantBytes", t.objects AS "tenantObjects", b.bytes AS "bucketBytes", b.objects AS "bucketObjects"
   FROM quota_use_of_tenant($1) t, quota_use_of_bucket($2) b`,
);

const checkWrite = statement(
  'check_quota_of_write',
  `SELECT write_exceeds_quota(b, $1, $4::bigint[], $5) AS exceeds FROM begin_write($1, $2, $3, NULL, NULL) b
   WHERE b.outcome = 'ok'`,
);

const checkPart = statement(
  'check_quota_of_part',
  `SELECT exceeds_quota($1, $2::bigint[], $3 - COALESCE((
     SELECT p.size FROM upload_part p WHERE p.upload_id = $4::uuid AND p.part_number = $5), 0), 0) AS exceeds`,
);

interface Figure {
  use: Promise<QuotaUse>;
  readAt: number;
}

/** Which writes have to be held against a quota. Where there is none, asking is a look-up in memory. */
export class Quotas {
  readonly #database: Database;
  readonly #tenants: TenantStates;
  /** By bucket. */
  readonly #figures = new Map<number, Figure>();

  constructor(parts: { database: Database; tenants: TenantStates }) {
    this.#database = parts.database;
    this.#tenants = parts.tenants;
  }

  /** Null when neither the bucket nor its tenant has a quota of bytes or objects. */
  limitsOf(bucket: BucketState): QuotaLimits | null {
    const { quota } = this.#tenants.of(bucket.tenantId);
    if (quota === null && bucket.quota === null) {
      return null;
    }
    const limits: QuotaLimits = [
      quota?.bytes ?? null,
      quota?.objects ?? null,
      bucket.quota?.bytes ?? null,
      bucket.quota?.objects ?? null,
    ];
    return limits.every((limit) => limit === null) ? null : limits;
  }

  /** What the transaction of a write of so many bytes has to hold itself against: null while every limit is far. */
  async limitsNear(bucket: BucketState, size: number): Promise<QuotaLimits | null> {
    const limits = this.limitsOf(bucket);
    if (limits === null || size > largeWrite) {
      return limits;
    }
    const use = await this.#figure(bucket);
    const isFar = limits.every(
      (limit, i) => limit === null || (use[i] ?? 0) + (i % 2 ? farObjects : farBytes) <= limit,
    );
    return isFar ? null : limits;
  }

  async #figure(bucket: BucketState): Promise<QuotaUse> {
    const known = this.#figures.get(bucket.id);
    if (known !== undefined && performance.now() - known.readAt < figureAgeMs) {
      return known.use;
    }
    if (this.#figures.size > 10_000) {
      this.#figures.clear();
    }
    const figure: Figure = { use: quotaUse(this.#database, bucket), readAt: performance.now() };
    this.#figures.set(bucket.id, figure);
    figure.use.catch(() => this.#figures.delete(bucket.id));
    return figure.use;
  }
}

/**
 * Refuses, before a byte of the body is read, what would be refused after it: an object of this size under this key.
 * Who does not say how much comes is held against the quota when it is there.
 */
export async function refuseBeforeBody(
  context: RequestContext,
  bucket: BucketState,
  { key, size }: { key: string; size: number | undefined },
): Promise<void> {
  const limits = size === undefined ? null : await context.granary.quotas.limitsNear(bucket, size);
  if (limits === null) {
    return;
  }
  const values = [bucket.id, bucket.revision, key, limits, size];
  const [row] = await context.granary.database.query<{ exceeds: boolean }>(checkWrite, values);
  if (row?.exceeds) {
    throw await quotaExceeded(context, bucket);
  }
}

/** As {@link refuseBeforeBody}, for a part of an upload. */
export async function refusePartBeforeBody(
  context: RequestContext,
  bucket: BucketState,
  part: { uploadId: string; partNumber: number; size: number | undefined },
): Promise<void> {
  const limits = part.size === undefined ? null : await context.granary.quotas.limitsNear(bucket, part.size);
  if (limits === null) {
    return;
  }
  const values = [bucket.id, limits, part.size, part.uploadId, part.partNumber];
  const [row] = await context.granary.database.query<{ exceeds: boolean }>(checkPart, values);
  if (row?.exceeds) {
    throw await quotaExceeded(context, bucket);
  }
}

/** Runs what writes into a bucket by rows alone, in a transaction, and throws when more is used than may be. */
export async function withinQuota<T>(
  tx: Queryable,
  context: RequestContext,
  bucket: BucketState,
  work: () => Promise<T>,
): Promise<T> {
  const limits = context.granary.quotas.limitsOf(bucket);
  if (limits === null) {
    return work();
  }
  const before = await quotaUse(tx, bucket);
  const result = await work();
  const after = await quotaUse(tx, bucket);
  if (limits.some((limit, i) => limit !== null && isBeyond(limit, before[i] ?? 0, after[i] ?? 0))) {
    throw refusal(context, bucket, shortageOf(limits, after, before));
  }
  return result;
}

/** Not when it was beyond before, and has not grown: a lowered quota forbids nobody to move things. */
function isBeyond(limit: number, before: number, after: number): boolean {
  return after > limit && after > before;
}

/** The error that says which limit is reached, and how much there is now. */
export async function quotaExceeded(context: RequestContext, bucket: BucketState): Promise<GranaryError> {
  const limits = context.granary.quotas.limitsOf(bucket);
  const use = await quotaUse(context.granary.database, bucket);
  return refusal(context, bucket, limits === null ? undefined : shortageOf(limits, use));
}

async function quotaUse(database: Queryable, bucket: BucketState): Promise<QuotaUse> {
  const [row] = await database.query<Record<'tenantBytes' | 'tenantObjects' | 'bucketBytes' | 'bucketObjects', number>>(
    sumUse,
    [bucket.tenantId, bucket.id],
  );
  return row === undefined ? [0, 0, 0, 0] : [row.tenantBytes, row.tenantObjects, row.bucketBytes, row.bucketObjects];
}

interface Shortage {
  of: 'tenant' | 'bucket';
  unit: 'bytes' | 'objects';
  limit: number;
  used: number;
}

/** The limit of which the largest share is or would be used: that is the one that stands in the way, or the next to. */
function shortageOf(limits: QuotaLimits, use: QuotaUse, now = use): Shortage | undefined {
  const kinds = [
    { of: 'tenant', unit: 'bytes' },
    { of: 'tenant', unit: 'objects' },
    { of: 'bucket', unit: 'bytes' },
    { of: 'bucket', unit: 'objects' },
  ] as const;
  return kinds
    .flatMap((kind, i) => {
      const limit = limits[i];
      return limit === null || limit === undefined ? [] : [{ ...kind, limit, used: now[i] ?? 0, reached: use[i] ?? 0 }];
    })
    .sort((a, b) => b.reached * a.limit - a.reached * b.limit)[0];
}

/** The figures are for those who belong to the tenant. */
function refusal({ caller }: RequestContext, bucket: BucketState, shortage: Shortage | undefined): GranaryError {
  if (shortage === undefined || caller.kind === 'anonymous' || !isInsider(caller, bucket)) {
    return new GranaryError('QuotaExceeded', 'The quota is used up.');
  }
  const { of, unit, limit, used } = shortage;
  return new GranaryError(
    'QuotaExceeded',
    `The quota of the ${of} would be exceeded: it may hold ${limit} ${unit} and holds ${used}.`,
    { data: { Quota: `${of} ${unit}`, Limit: limit, Used: used } },
  );
}

function isInsider(caller: { tenantId: number; role: string }, bucket: BucketState): boolean {
  return caller.tenantId === bucket.tenantId || caller.role === 'ADMINISTRATOR';
}
