import { statement } from '../../database/database.js';
import { asking } from '../access/asking.js';
import { isPermitted, requireUser } from '../access/authorize.js';
import { type BucketState, selectBuckets, toBucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type { ObjectKind } from './object-kind.js';

/** How many objects there are of something, and how many bytes they have. */
export interface Counted {
  readonly objects: number;
  readonly bytes: number;
}

export interface KindFacts extends Counted {
  readonly kind: ObjectKind;
}

export interface BucketFacts extends Counted {
  readonly bucketId: number;
  readonly name: string;
  readonly kinds: readonly KindFacts[];
}

export interface ObjectFacts extends Counted {
  /** Those that hold the most bytes first, also among the kinds of each; what there is none of is not there. */
  readonly kinds: readonly KindFacts[];
  readonly buckets: readonly BucketFacts[];
}

const readBuckets = statement(
  'find_buckets_to_count',
  `${selectBuckets} AND b.tenant_id = $1 ORDER BY b.id LIMIT 10000`,
);

const readFacts = statement(
  'read_object_facts',
  `SELECT bucket_id AS "bucketId", kind, objects, bytes FROM search_fact
   WHERE bucket_id = ANY ($1::bigint[]) AND objects > 0`,
);

/**
 * What the buckets of the caller's tenant hold that it may list as a whole: current objects, as they were counted when
 * search last followed them. Nothing is scanned, so buckets of which it may list a part only are not in it.
 */
export async function objectFacts(context: RequestContext): Promise<ObjectFacts> {
  const { database } = context.granary;
  const { tenantId } = requireUser(context);
  const rows = await database.query<Parameters<typeof toBucketState>[0]>(readBuckets, [tenantId]);
  const buckets = await listable(context, rows.map(toBucketState));
  const ids = buckets.map(({ id }) => id);
  const facts = await database.query<KindFacts & { bucketId: number }>(readFacts, [ids]);
  const byBucket = Map.groupBy(facts, ({ bucketId }) => bucketId);
  const counted = buckets.map(({ id, name }) => {
    const kinds = byKind(byBucket.get(id) ?? []);
    return { bucketId: id, name, kinds, ...sumOf(kinds) };
  });
  return { ...sumOf(facts), kinds: byKind(facts), buckets: counted.toSorted(mostBytesFirst) };
}

async function listable(context: RequestContext, buckets: readonly BucketState[]): Promise<BucketState[]> {
  const asked = asking(context, { prefix: '' });
  const found: BucketState[] = [];
  for (const bucket of buckets) {
    if (await isPermitted(asked, { action: 's3:ListBucket', bucket })) {
      found.push(bucket);
    }
  }
  return found;
}

function byKind(facts: readonly KindFacts[]): KindFacts[] {
  const kinds = Map.groupBy(facts, ({ kind }) => kind);
  return Array.from(kinds, ([kind, ofKind]) => ({ kind, ...sumOf(ofKind) })).toSorted(mostBytesFirst);
}

function sumOf(facts: readonly Counted[]): Counted {
  return {
    objects: facts.reduce((sum, { objects }) => sum + objects, 0),
    bytes: facts.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function mostBytesFirst(left: Counted, right: Counted): number {
  return right.bytes - left.bytes || right.objects - left.objects;
}
